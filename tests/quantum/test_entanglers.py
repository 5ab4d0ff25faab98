import numpy as np
import pytest

from rarebit.exceptions import InputError
from rarebit.quantum import (
    angle_encoding,
    entangling_layers,
    rotation_layers,
    simulate,
    to_angles,
    z_expectations,
)
from rarebit.quantum.entanglers import wire_groups


@pytest.mark.parametrize(
    ("size", "wiring", "expected"),
    [
        (2, "linear", [(0, 1), (1, 2), (2, 3)]),
        (2, "circular", [(0, 1), (1, 2), (2, 3), (3, 0)]),
        (2, "all", [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]),
        (3, "linear", [(0, 1, 2), (1, 2, 3)]),
        (3, "circular", [(0, 1, 2), (1, 2, 3), (2, 3, 0), (3, 0, 1)]),
        (3, "all", [(0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3)]),
    ],
)
def test_groups_of_four_wires(size, wiring, expected):
    assert wire_groups(4, size, wiring) == expected


def test_groups_of_few_wires():
    assert wire_groups(2, 2, "circular") == [(0, 1)]
    assert wire_groups(3, 3, "circular") == [(0, 1, 2), (1, 2, 0), (2, 0, 1)]
    assert wire_groups(2, 3, "circular") == []
    assert wire_groups(1, 2, "all") == []


def test_layers_come_one_after_the_other():
    names = [operation.name for operation in entangling_layers(3, wiring="all").operations]
    assert names == ["CNOT"] * 3 + ["CZ"] * 3 + ["Toffoli"]


@pytest.mark.parametrize("wiring", ["linear", "circular", "all"])
@pytest.mark.parametrize("entangler", ["CNOT", "CZ", "Toffoli"])
@pytest.mark.parametrize("n_wires", [2, 3, 5])
def test_entanglers_equal_pennylane(pennylane_state, entangler, wiring, n_wires):
    circuit = angle_encoding(n_wires) + entangling_layers(n_wires, [entangler], wiring)
    angles = np.linspace(-1, 1.3, n_wires)
    expected = pennylane_state(circuit, None, angles)
    np.testing.assert_allclose(simulate(circuit, inputs=angles), expected, atol=1e-12)


def test_cz_changes_read_outs_in_z_only_before_a_rotation():
    angles = to_angles(np.random.default_rng(0).uniform(size=(5, 4)))

    def read(*parts):
        circuit = sum(parts, angle_encoding(4))
        return z_expectations(simulate(circuit, weights, angles), pairs=True)

    weights = np.random.default_rng(1).normal(size=4)
    cnot, cz, toffoli = (entangling_layers(4, [name]) for name in ("CNOT", "CZ", "Toffoli"))
    rotations = rotation_layers(4, 1, entangler=None)
    np.testing.assert_allclose(read(cnot, cz), read(cnot), atol=1e-12)
    np.testing.assert_allclose(read(cnot, cz, toffoli), read(cnot, toffoli), atol=1e-12)
    assert np.abs(read(cnot, cz, rotations) - read(cnot, rotations)).max() > 0.1


def test_rotation_layers_number_their_weights_in_time_order():
    circuit = rotation_layers(2, 2, rotations=("RZ", "RY"))
    indices = [op.parameters[0].index for op in circuit.operations if op.parameters]
    assert indices == list(range(8))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((["SWAP"],), "entangler is 'SWAP'"), ((["CZ"], "ring"), "wiring is 'ring'")],
)
def test_unknown_options_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        entangling_layers(3, *arguments)
