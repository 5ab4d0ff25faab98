import numpy as np
import pytest

from rarebit.exceptions import InputError
from rarebit.quantum.gates import ALIASES, GATES, get_gate

qml = pytest.importorskip("pennylane")


@pytest.mark.parametrize("name", GATES)
@pytest.mark.parametrize("angle", [-2.3, 0.0, 0.7])
def test_matrix_is_that_of_pennylane(name, angle):
    gate = GATES[name]
    operation = getattr(qml, name)(*[angle] * gate.n_params, wires=range(gate.n_wires))
    np.testing.assert_allclose(gate.matrix(angle), qml.matrix(operation), atol=1e-12)


@pytest.mark.parametrize("name", [name for name, gate in GATES.items() if gate.n_params])
def test_generator_is_the_derivative_over_the_gate(name):
    gate, angle, step = GATES[name], 0.9, 1e-6
    slope = (gate.matrix(angle + step) - gate.matrix(angle - step)) / (2 * step)
    np.testing.assert_allclose(gate.generator @ gate.matrix(angle), slope, atol=1e-9)


def test_kinds_of_gates():
    monomial = {name for name, gate in GATES.items() if gate.is_monomial}
    real = {name for name, gate in GATES.items() if gate.is_real}
    assert monomial == {
        *("PauliX", "PauliY", "PauliZ", "S", "T"),
        *("CNOT", "CZ", "SWAP", "Toffoli"),
    }
    assert real == {
        *("Hadamard", "PauliX", "PauliZ", "RY", "CRY"),
        *("CNOT", "CZ", "SWAP", "Toffoli"),
    }


def test_short_names_lead_to_gates():
    assert all(get_gate(short).name == name for short, name in ALIASES.items())


def test_unknown_gate_is_refused():
    with pytest.raises(InputError, match="gate is 'RW'"):
        get_gate("RW")
