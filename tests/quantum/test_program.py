import numpy as np
import pytest

from rarebit.quantum import (
    Circuit,
    Operation,
    Weight,
    angle_encoding,
    entangling_layers,
    rotation_layers,
)
from rarebit.quantum.gates import GATES
from rarebit.quantum.program import (
    Dense,
    Layer,
    Monomial,
    compile_circuit,
    monomial_action,
    split_wires,
)


def kinds(circuit):
    return [type(step) for step in compile_circuit(circuit).steps]


def test_gates_are_fused():
    # H and RY of all wires are one layer, all CNOTs, CZs and Toffolis one permutation with signs.
    circuit = angle_encoding(4) + entangling_layers(4) + rotation_layers(4, 2)
    assert kinds(circuit) == [Layer, Monomial, Layer, Monomial, Layer, Monomial]


def test_a_gate_moves_back_to_the_step_it_can_join():
    operations = [
        Operation("RY", (0,), (Weight(0),)),
        Operation("CNOT", (0, 1)),
        Operation("RY", (2,), (Weight(1),)),
        Operation("CRY", (0, 2), (Weight(2),)),
        Operation("X", (1,)),
    ]
    assert kinds(Circuit(3, operations)) == [Layer, Monomial, Dense]


def test_signs_cost_no_index_and_permutations_no_factor():
    (cz,) = compile_circuit(entangling_layers(3, ["CZ"])).steps
    (cnot,) = compile_circuit(entangling_layers(3, ["CNOT"])).steps
    assert cz.index is None
    assert cnot.factor is None
    np.testing.assert_array_equal(cnot.index[cnot.inverse], np.arange(8))


@pytest.mark.parametrize("n_wires", [1, 4, 5, 6, 11, 16])
@pytest.mark.parametrize("each_state", [False, True])
def test_blocks_cover_the_wires_in_order(n_wires, each_state):
    blocks = split_wires(n_wires, each_state=each_state)
    assert [wire for block in blocks for wire in block] == list(range(n_wires))
    assert max(map(len, blocks)) <= 4


@pytest.mark.parametrize("name", ["PauliY", "CNOT", "SWAP", "Toffoli"])
def test_monomial_action_is_the_matrix(name):
    gate = GATES[name]
    wires = tuple(range(gate.n_wires))
    index, factor = monomial_action(gate.constant, wires, gate.n_wires)
    lifted = np.zeros_like(gate.constant)
    lifted[np.arange(len(index)), index] = factor
    np.testing.assert_array_equal(lifted, gate.constant)


def test_traces_are_partial_traces():
    (layer,) = compile_circuit(rotation_layers(3, 1, entangler=None)).steps
    (block,) = layer.blocks
    parts = [np.random.default_rng(0).normal(size=(2, 2)) for _ in range(3)]
    matrix = np.kron(np.kron(parts[0], parts[1]), parts[2])
    traced = matrix.ravel()[block.traces].sum(axis=-1)
    for wire in range(3):
        others = np.prod([np.trace(part) for k, part in enumerate(parts) if k != wire])
        np.testing.assert_allclose(traced[wire], others * parts[wire])
