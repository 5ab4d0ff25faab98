"""Heads: the circuit against its closed form, explicit matrices and PennyLane; its controls."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from rarebit.exceptions import InputError
from rarebit.imaging import Hardware
from rarebit.imaging.heads import HEADS, QuantumHead
from rarebit.imaging.heads.build import build_head
from rarebit.imaging.heads.circuits import AngleReadout, CircuitReadout, ring_circuit
from rarebit.imaging.heads.classical import ClassicalHead, LinearHead
from rarebit.imaging.heads.quantum import LQERHead
from rarebit.quantum import simulate
from rarebit.quantum.noise import NoiseModel

READINGS = {"embedded": (8, 4), "full": (8, 8), "compact": (4, 4)}
X, Z, ONE = np.array([[0, 1], [1, 0]]), np.diag([1, -1]), np.eye(2)


def kron(*factors):
    out = np.eye(1)
    for factor in factors:
        out = np.kron(out, factor)
    return out


def on_wire(matrix, wire, n_wires):
    return kron(*[matrix if w == wire else ONE for w in range(n_wires)])


def explicit_matrix(weights, n_wires, n_gate_wires, entangle=True):
    """The circuit, gate by gate, as a product of full matrices."""
    total = np.eye(2**n_wires)
    for layer in np.reshape(weights, (-1, n_gate_wires)):
        for wire, angle in enumerate(layer):
            c, s = np.cos(angle / 2), np.sin(angle / 2)
            total = on_wire(np.array([[c, -s], [s, c]]), wire, n_wires) @ total
        for control in range(n_gate_wires if entangle else 0):
            target = (control + 1) % n_gate_wires
            zero, one = np.diag([1, 0]), np.diag([0, 1])
            flip = on_wire(one, control, n_wires) @ on_wire(X, target, n_wires)
            total = (on_wire(zero, control, n_wires) + flip) @ total
    return total


@pytest.mark.parametrize("entangle", [True, False])
@pytest.mark.parametrize("reading", ["embedded", "compact"])
def test_closed_form_is_the_quadratic_form_of_explicit_matrices(reading, entangle):
    n_wires, n_gates = READINGS[reading]
    torch.manual_seed(0)
    readout = CircuitReadout(n_wires, n_gates, 2, entangle=entangle, backend="closed_form").double()
    weights = readout.weights.detach().numpy()
    u = explicit_matrix(weights, n_wires, n_gates, entangle)
    h = torch.rand(6, 2**n_wires, dtype=torch.float64)
    for wire in range(n_gates):
        observable = u.T @ on_wire(Z, wire, n_wires) @ u
        expected = np.einsum("ni,ij,nj->n", h, observable, h) / (h**2).sum(1).numpy()
        np.testing.assert_allclose(readout(h)[:, wire].detach(), expected, atol=1e-12)


@pytest.mark.parametrize("reading", READINGS)
def test_backends_agree_forward_and_backward(reading):
    torch.manual_seed(0)
    readouts = {
        backend: CircuitReadout(*READINGS[reading], 2, backend=backend).double()
        for backend in ("closed_form", "state", "pennylane")
    }
    weights = readouts["state"].weights.detach().clone()
    h = torch.rand(3, 2 ** READINGS[reading][0], dtype=torch.float64) - 0.2
    cotangent = torch.rand(3, READINGS[reading][1], dtype=torch.float64)
    found = {}
    for backend, readout in readouts.items():
        readout.weights.data.copy_(weights)
        x = h.clone().requires_grad_()
        out = readout(x)
        out.backward(cotangent)
        found[backend] = out.detach(), x.grad, readout.weights.grad
    for backend in ("closed_form", "state"):
        for ours, theirs in zip(found[backend], found["pennylane"], strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_angle_readout_agrees_with_pennylane():
    from rarebit.quantum import QuantumLayer

    torch.manual_seed(0)
    ours = AngleReadout(4, 2).double()
    theirs = QuantumLayer(ours.layer.circuit, backend="pennylane").double()
    theirs.load_state_dict(ours.layer.state_dict())
    x = torch.rand(3, 4, dtype=torch.float64)
    a, b = x.clone().requires_grad_(), x.clone().requires_grad_()
    ours(a).sum().backward()
    theirs(b).sum().backward()
    np.testing.assert_allclose(ours(x).detach(), theirs(x).detach(), atol=1e-6)
    np.testing.assert_allclose(a.grad, b.grad, atol=1e-6)
    np.testing.assert_allclose(ours.layer.weights.grad, theirs.weights.grad, atol=1e-6)


def test_the_ring_goes_around_in_order():
    operations = ring_circuit(8, 4, 2, entangle=True).operations
    assert [(op.name, op.wires) for op in operations[:8]] == [
        *[("RY", (wire,)) for wire in range(4)],
        *[("CNOT", pair) for pair in [(0, 1), (1, 2), (2, 3), (3, 0)]],
    ]
    assert len(operations) == 16
    assert ring_circuit(8, 4, 2, entangle=True).n_weights == 8
    assert not ring_circuit(4, 4, 2, entangle=False).gate_counts.get("CNOT")


def test_without_entanglers_two_layers_are_one_rotation():
    """RY angles add up: the control has four parameters that do anything, not eight."""
    readout = CircuitReadout(4, 4, 2, entangle=False).double()
    folded = CircuitReadout(4, 4, 1, entangle=False).double()
    folded.weights.data.copy_(readout.weights.data.reshape(2, 4).sum(dim=0))
    h = torch.rand(5, 16, dtype=torch.float64)
    np.testing.assert_allclose(readout(h).detach(), folded(h).detach(), atol=1e-12)


@pytest.mark.parametrize("backend", ["closed_form", "state"])
def test_zeros_and_extreme_rows_give_no_nan(backend):
    readout = CircuitReadout(8, 4, 2, backend=backend)
    h = torch.zeros(5, 256)
    h[1] = 1e-30
    h[2] = 1e30
    h[3, 7] = 1e-42 if backend == "closed_form" else 1e-34  # subnormal
    h[4] = torch.rand(256)
    h.requires_grad_()
    out = readout(h)
    out.square().sum().backward()
    assert torch.isfinite(out).all()
    assert torch.isfinite(h.grad).all()
    assert torch.isfinite(readout.weights.grad).all()
    state = simulate(readout.gates, readout.weights.detach())
    np.testing.assert_allclose(
        out[0].detach(), state.square() @ readout.signs, atol=1e-6
    )  # the state |0...0>
    assert (h.grad[0] == 0).all()
    np.testing.assert_allclose(out[1].detach(), out[2].detach(), atol=1e-6)


def test_the_scale_of_the_features_does_not_matter():
    readout = CircuitReadout(8, 4, 2).double()
    h = torch.rand(2, 256, dtype=torch.float64, requires_grad=True)
    out = readout(h)
    np.testing.assert_allclose(readout(7 * h).detach(), out.detach(), atol=1e-12)
    out[:, 0].sum().backward()
    np.testing.assert_allclose((h.grad * h).sum(dim=1).detach(), 0, atol=1e-12)
    assert torch.autograd.gradcheck(readout, (h[:1].detach().requires_grad_(),))


@pytest.mark.parametrize("name", HEADS)
def test_every_head_maps_and_learns(name):
    torch.manual_seed(0)
    head = build_head(name, 24, 3)
    features, codes = torch.rand(5, 24), torch.tensor([0, 1, 2, 0, 1])
    optimizer = torch.optim.SGD(head.parameters(), lr=0.01)
    losses = []
    for _ in range(20):
        out = head(features)
        assert out.shape == (5, 3)
        losses.append(nn.functional.cross_entropy(out, codes))
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert all(later < earlier for earlier, later in pairwise(losses))
    assert torch.isfinite(head(torch.zeros(1, 24))).all()
    again = build_head(name, 24, 3)
    again.load_state_dict(head.state_dict())
    assert torch.equal(again(torch.ones(2, 24)), head(torch.ones(2, 24)))


def count(part):
    return sum(p.numel() for p in part.parameters())


def test_a_circuit_is_computed_in_full_under_mixed_precision():
    readout, features = CircuitReadout(8, 4, 2), torch.rand(5, 256, dtype=torch.bfloat16)
    features.requires_grad_()
    with torch.autocast("cpu", torch.bfloat16):
        found = readout(features)
        found.sum().backward()
    assert found.dtype == torch.float32
    assert torch.equal(found, readout(features.float()))
    assert features.grad.dtype == torch.bfloat16
    assert bool(features.grad.abs().sum() > 0)


def test_parameters_as_the_paper_counts_them_and_whole():
    head = QuantumHead(1280, 2)
    assert (count(head.circuit), count(head.classify)) == (8, 10)
    assert count(head.reduce) == 327_936
    linear = LinearHead(1280, 2)
    assert count(linear.classify) == 514
    assert count(linear.reduce) == 327_936
    classical = ClassicalHead(1280, 2)
    assert (count(classical.pool), count(classical.classify)) == (8, 10)
    assert pytest.approx(0.965, abs=5e-4) == 1 - 18 / 514  # the published 96.5 %
    assert 1 - count(head) / count(linear) < 0.002  # of the whole head


def test_lqer_without_its_circuit_is_the_residual_alone():
    torch.manual_seed(0)
    head = LQERHead(10, 2).eval()
    x = torch.rand(4, 10)
    reduced = head.reduce(x)
    z = head.circuit(reduced * torch.pi / 2)
    np.testing.assert_allclose(
        (head(x) - head.classify(reduced)).detach(),
        (z @ head.classify.weight.T).detach(),
        atol=1e-6,
    )


@pytest.mark.parametrize("make", [lambda: CircuitReadout(8, 4, 2), lambda: AngleReadout(4, 2)])
def test_noise_shrinks_and_vanishes(make):
    torch.manual_seed(0)
    readout = make().eval()
    x = torch.rand(3, 256 if isinstance(readout, CircuitReadout) else 4)
    exact = readout(x).detach()
    readout.hardware = Hardware(noise=NoiseModel())
    np.testing.assert_allclose(readout(x).detach(), exact, atol=1e-5)
    readout.hardware = Hardware(noise=NoiseModel(depolarizing=0.75))
    np.testing.assert_allclose(readout(x).detach(), 0, atol=1e-5)
    readout.hardware = Hardware(noise=NoiseModel(readout_error=0.1))
    np.testing.assert_allclose(readout(x).detach(), 0.8 * exact, atol=1e-5)
    readout.train()  # training is exact
    np.testing.assert_allclose(readout(x).detach(), exact, atol=1e-6)


def test_noise_on_the_parts_is_noise_on_the_whole_state():
    from rarebit.quantum import amplitude_state
    from rarebit.quantum.noise import noisy_expectations

    readout = CircuitReadout(6, 3, 2).double().eval()
    noise = NoiseModel(depolarizing=0.02, amplitude_damping=0.05, readout_error=0.03)
    readout.hardware = Hardware(noise=noise)
    h = torch.rand(2, 64, dtype=torch.float64)
    whole = noisy_expectations(
        readout.layer.circuit,
        readout.layer.observables,
        noise,
        readout.weights.detach().numpy(),
        initial_state=amplitude_state(h.numpy(), 6),
        method="density",
    )
    np.testing.assert_allclose(readout(h).detach(), whole.values, atol=1e-10)


def test_shots_scatter_around_the_exact_value_as_they_should():
    readout = CircuitReadout(4, 4, 2).eval()
    h = torch.rand(1, 16).expand(4000, -1)
    exact = readout(h)[0].detach().numpy()
    readout.hardware = Hardware(shots=100, random_state=0)
    sampled = readout(h).detach().numpy()
    np.testing.assert_allclose(sampled.mean(axis=0), exact, atol=0.01)
    np.testing.assert_allclose(sampled.std(axis=0), np.sqrt((1 - exact**2) / 100), rtol=0.05)
    assert np.array_equal(readout(h).detach().numpy(), sampled)


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: build_head("qubits", 8, 2), "head is 'qubits': give 'quantum'"),
        (lambda: build_head("quantum", 8, 2, 0), "n_layers"),
        (lambda: QuantumHead(8, 2, reading="four"), "reading is 'four': give 'embedded'"),
        (lambda: QuantumHead(8, 2, backend="qiskit"), "backend is 'qiskit': give 'closed_form'"),
        (lambda: Hardware(shots=0), "shots"),
    ],
)
def test_invalid_arguments(make, what):
    with pytest.raises(InputError, match=what):
        make()
