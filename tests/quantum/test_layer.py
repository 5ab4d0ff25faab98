import math

import numpy as np
import pytest

from rarebit.exceptions import InputError
from rarebit.quantum import (
    PauliString,
    adjoint,
    amplitude_state,
    angle_encoding,
    expectation,
    reuploading,
    rotation_layers,
    simulate,
    to_angles,
    z,
)

pytest.importorskip("torch")
import torch

from rarebit.quantum import QuantumLayer


def make_layer(encoding="centered", observables=None, **options):
    ansatz = rotation_layers(3, 2, rotations=("RZ", "RY"), entangler="CNOT", wiring="circular")
    circuit = ansatz if encoding == "amplitude" else angle_encoding(3) + ansatz
    torch.manual_seed(0)
    return QuantumLayer(circuit, observables, encoding=encoding, **options).double()


@pytest.mark.parametrize("encoding", ["centered", "pi_x", "x", "arcsin", "amplitude"])
def test_values_and_gradients_are_exact(encoding):
    layer = make_layer(encoding, [z(0), PauliString("XY", (0, 2))])
    features = torch.rand(4, 3, dtype=torch.float64, requires_grad=True)

    def run(weights, features):
        return torch.func.functional_call(layer, {"weights": weights}, (features,))

    assert torch.autograd.gradcheck(run, (layer.weights, features))
    if encoding == "amplitude":
        state = simulate(layer.circuit, layer.weights, initial_state=amplitude_state(features, 3))
    else:
        state = simulate(layer.circuit, layer.weights, to_angles(features, encoding))
    expected = torch.stack([expectation(item, state) for item in layer.observables], dim=-1)
    np.testing.assert_allclose(layer(features).detach(), expected.detach(), atol=1e-12)


def test_the_pennylane_backend_agrees():
    pytest.importorskip("pennylane")
    own = make_layer()
    other = make_layer(backend="pennylane")
    other.load_state_dict(own.state_dict())
    features = torch.rand(5, 3, dtype=torch.float64)
    gradients = []
    for layer in (own, other):
        layer(features).square().sum().backward()
        gradients.append(layer.weights.grad.numpy())
    np.testing.assert_allclose(own(features).detach(), other(features).detach(), atol=1e-10)
    np.testing.assert_allclose(*gradients, atol=1e-10)


def test_shapes_and_dtypes():
    layer = make_layer()
    features = torch.rand(2, 5, 3)
    found = layer(features)
    np.testing.assert_allclose(found[1, 4].detach(), layer(features[1, 4]).detach(), atol=1e-6)
    np.testing.assert_allclose(found[0].detach(), layer(features[0]).detach(), atol=1e-6)
    assert layer(torch.rand(4, 3)).dtype == torch.float32
    assert layer(torch.rand(0, 3)).shape == (0, 3)


def test_state_dict_holds_the_weights_alone(tmp_path):
    layer = make_layer()
    assert list(layer.state_dict()) == ["weights"]
    assert layer.weights.shape == (12,)
    assert (layer.weights >= 0).all()
    assert (layer.weights < 2 * math.pi).all()
    assert "n_weights=12" in repr(layer)


def test_a_zero_row_gives_no_nan():
    layer = make_layer("amplitude")
    features = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    found = layer(features)
    found.sum().backward()
    # A zero row encodes |0...0>, whatever the other features.
    first = torch.from_numpy(np.eye(8)[0])
    np.testing.assert_allclose(found.detach(), layer(first.expand(2, 8)).detach())
    np.testing.assert_array_equal(features.grad, np.zeros((2, 3)))


def test_it_learns():
    # A parity of two bits, which no linear layer separates.
    torch.manual_seed(0)
    circuit = reuploading(2, [rotation_layers(2, 2, entangler="CNOT")] * 2)
    layer = QuantumLayer(circuit, [z(0, 1)], encoding="pi_x")
    features = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    target = torch.tensor([1.0, -1.0, -1.0, 1.0])
    features = 0.5 - features / 2  # angles of 0 and pi / 2, away from the fold
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.2)
    for _ in range(60):
        optimizer.zero_grad()
        loss = (layer(features)[:, 0] - target).square().mean()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1


def test_gradients_go_only_where_they_are_needed():
    layer = make_layer()
    layer.weights.requires_grad_(False)
    features = torch.rand(2, 3, dtype=torch.float64, requires_grad=True)
    layer(features).sum().backward()
    found = adjoint(
        layer.circuit,
        layer.observables,
        layer.weights.numpy(),
        to_angles(features.detach().numpy()),
    )
    np.testing.assert_allclose(features.grad, math.pi * found.inputs)
    assert layer.weights.grad is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoding": "amplitude"}, "must take no inputs"),
        ({"backend": "qiskit"}, "backend is 'qiskit'"),
    ],
)
def test_wrong_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        QuantumLayer(angle_encoding(2), **options)


@pytest.mark.parametrize(
    ("features", "message"),
    [
        (torch.zeros(3, 7), r"features has shape \(3, 7\); the circuit takes \(\.\.\., 1\)"),
        (torch.zeros(3, 0), r"features has shape \(3, 0\)"),
        (torch.zeros(()), r"features has shape \(\)"),
        (torch.zeros(3, 1, dtype=torch.int64), "of type torch.int64: give a floating-point"),
        (torch.zeros(3, 1, dtype=torch.complex64), "of type torch.complex64"),
        ([[0.0]], "of type list"),
    ],
)
def test_features_are_as_many_as_the_circuit_takes(features, message):
    with pytest.raises(InputError, match=message):
        QuantumLayer(angle_encoding(1))(features)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoding": "y"}, "encoding is 'y'"),
        ({"encoding": ["x"]}, "encoding is"),
        ({"observables": z(0)}, "observables is"),
        ({"observables": []}, "observables is"),
        ({"observables": ["Z"]}, "observables is"),
        ({"circuit": 3}, "circuit is 3"),
    ],
)
def test_a_layer_of_something_else(options, message):
    with pytest.raises(InputError, match=message):
        QuantumLayer(**{"circuit": angle_encoding(2), **options})


def test_a_layer_beyond_the_memory_says_so():
    with pytest.raises(InputError, match="Simulating 2 states of 40 wires needs at least"):
        QuantumLayer(angle_encoding(40))(torch.zeros(2, 40))
