import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebit.quantum import (
    Circuit,
    IsingHamiltonian,
    Operation,
    OuterHamiltonian,
    PauliString,
    Weight,
    adjoint,
    expectation,
    rotation_layers,
    simulate,
    z,
)

seeds = st.integers(0, 2**32 - 1)


def some_observables(rng, n_wires):
    letters = "".join(rng.choice(list("XYZ"), size=n_wires))
    fields = rng.normal(size=n_wires)
    return [
        PauliString(letters, tuple(range(n_wires))),
        z(n_wires - 1),
        IsingHamiltonian(rng.normal(size=(n_wires, n_wires)), fields),
        OuterHamiltonian(rng.normal(size=2**n_wires) + 1j * rng.normal(size=2**n_wires)),
    ]


@given(seeds, st.integers(1, 10), st.booleans(), st.booleans(), st.booleans())
@settings(max_examples=30, deadline=None)
def test_adjoint_equals_autograd(random_circuit, seed, n_wires, only_real, each_row, has_state):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(seed)
    circuit = random_circuit(rng, n_wires, only_real=only_real)
    arrays = {
        "weights": rng.normal(size=(3, circuit.n_weights) if each_row else circuit.n_weights),
        "inputs": rng.normal(size=(3, 3)),
    }
    if has_state:
        state = rng.normal(size=(3, 2**n_wires)) + 1j * rng.normal(size=(3, 2**n_wires))
        arrays["initial_state"] = state / np.linalg.norm(state, axis=1, keepdims=True)
    observables = some_observables(rng, n_wires)
    cotangent = rng.normal(size=(3, len(observables)))
    found = adjoint(
        circuit, observables, **arrays, cotangent=cotangent, wants_initial_state=has_state
    )

    tensors = {name: torch.tensor(a, requires_grad=True) for name, a in arrays.items()}
    state = simulate(circuit, **tensors)
    values = torch.stack([expectation(item, state) for item in observables], dim=-1)
    np.testing.assert_allclose(found.values, values.detach().numpy(), atol=1e-12)
    total = (values * torch.tensor(cotangent)).sum()
    if total.requires_grad:
        total.backward()
    for name, tensor in tensors.items():
        expected = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
        np.testing.assert_allclose(getattr(found, name), expected.numpy(), atol=1e-10)


@given(seeds, st.integers(1, 5))
@settings(max_examples=10, deadline=None)
def test_adjoint_equals_finite_differences(random_circuit, seed, n_wires):
    rng = np.random.default_rng(seed)
    circuit = random_circuit(rng, n_wires)
    weights, inputs = rng.normal(size=circuit.n_weights), rng.normal(size=3)
    observables = some_observables(rng, n_wires)
    found = adjoint(circuit, observables, weights, inputs)

    def total(weights, inputs):
        return adjoint(circuit, observables, weights, inputs).values.sum()

    step = 1e-5
    for k in range(len(weights)):
        shift = step * np.eye(len(weights))[k]
        slope = (total(weights + shift, inputs) - total(weights - shift, inputs)) / (2 * step)
        np.testing.assert_allclose(found.weights[k], slope, atol=1e-8)
    for k in range(3):
        shift = step * np.eye(3)[k]
        slope = (total(weights, inputs + shift) - total(weights, inputs - shift)) / (2 * step)
        np.testing.assert_allclose(found.inputs[k], slope, atol=1e-8)


@pytest.mark.parametrize("n_wires", [2, 6])
def test_gradients_equal_pennylane(random_circuit, n_wires):
    qml = pytest.importorskip("pennylane")
    torch = pytest.importorskip("torch")
    from rarebit.quantum.pennylane_backend import to_qnode

    rng = np.random.default_rng(n_wires)
    circuit = random_circuit(rng, n_wires, 40)
    observables = some_observables(rng, n_wires)[:3]
    weights, inputs = rng.normal(size=circuit.n_weights), rng.normal(size=3)
    qnode = to_qnode(circuit, observables, device=qml.device("default.qubit"), interface="torch")
    tensors = [torch.tensor(array, requires_grad=True) for array in (weights, inputs)]
    sum(qnode(*tensors)).backward()
    found = adjoint(circuit, observables, weights, inputs)
    assert circuit.n_weights
    assert circuit.n_inputs
    np.testing.assert_allclose(found.weights, tensors[0].grad.numpy(), atol=1e-10)
    np.testing.assert_allclose(found.inputs, tensors[1].grad.numpy(), atol=1e-10)


def test_one_weight_in_many_gates_gets_the_sum():
    operations = [Operation("RY", (wire,), (Weight(0),)) for wire in range(3)] * 2
    weights = np.array([0.2])
    found = adjoint(Circuit(3, operations), [z(0), z(1), z(2)], weights)
    np.testing.assert_allclose(found.weights, -3 * 2 * np.sin(2 * weights))


def test_many_wires_and_single_precision():
    rng = np.random.default_rng(0)
    circuit = rotation_layers(11, 1)
    weights = rng.normal(size=(2, 11)).astype(np.float32)
    found = adjoint(circuit, [z(wire) for wire in range(11)], weights)
    assert found.weights.dtype == np.float32
    np.testing.assert_allclose(found.values, np.cos(weights), atol=1e-5)
    np.testing.assert_allclose(found.weights, -np.sin(weights), atol=1e-5)
