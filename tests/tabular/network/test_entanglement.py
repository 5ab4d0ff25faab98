"""The entanglement layer (Eq. 1-3): a loop, its shape along a ray, and its controls."""

import math

import numpy as np
import pytest
import torch
from scipy.optimize import brentq

from rarebit.tabular.network.entanglement import (
    CircuitGate,
    EqualParameterGate,
    QuantumEntanglement,
    make_entanglement,
)


def test_equals_the_loop():
    torch.manual_seed(0)
    layer, x = QuantumEntanglement(5).double(), torch.randn(7, 5, dtype=torch.float64)
    theta, out = layer.theta.tolist(), layer(x)
    for row, found in zip(x.tolist(), out.tolist(), strict=True):
        projected = [value * math.cos(angle) for value, angle in zip(row, theta, strict=True)]
        inner = sum(p * math.sin(angle) for p, angle in zip(projected, theta, strict=True))
        gate = 1 / (1 + math.exp(-inner))
        assert found == pytest.approx([p * gate for p in projected], rel=1e-12)


def test_along_a_ray_it_is_silu_with_its_minimum_near_minus_1_28():
    torch.manual_seed(0)
    layer, ray = QuantumEntanglement(4).double(), torch.randn(4, dtype=torch.float64)
    with torch.no_grad():
        rate = float((ray * layer.theta.cos()) @ layer.theta.sin())
        argument = torch.linspace(-8, 8, 100_001, dtype=torch.float64)
        out = layer(argument.unsqueeze(-1) / rate * ray)
        silu = torch.nn.functional.silu(argument).unsqueeze(-1) * (ray * layer.theta.cos()) / rate
    torch.testing.assert_close(out, silu)
    along = (out @ (ray * layer.theta.cos())) * rate
    assert float(argument[along.argmin()]) == pytest.approx(-1.2785, abs=1e-3)


def test_it_is_not_injective_for_a_general_theta():
    layer = QuantumEntanglement(1).double()
    torch.nn.init.constant_(layer.theta, 0.7)
    rate = math.cos(0.7) * math.sin(0.7)

    def silu(argument):
        return argument / (1 + math.exp(-argument))

    # SiLU falls to the left of its minimum and rises to the right: -0.2 has a twin there.
    twin = brentq(lambda argument: silu(argument) - silu(-0.2), -20, -1.2785)
    with torch.no_grad():
        out = layer(torch.tensor([[twin / rate], [-0.2 / rate]], dtype=torch.float64))
    assert twin < -1.2785
    torch.testing.assert_close(out[0], out[1])


@pytest.mark.parametrize("n_features", [1, 6])
def test_the_classical_control_has_as_many_parameters(n_features):
    sizes = {
        sum(p.numel() for p in layer(n_features).parameters())
        for layer in (QuantumEntanglement, EqualParameterGate)
    }
    assert sizes == {n_features}


def test_the_circuit_gate_is_between_0_and_1_and_every_parameter_has_a_gradient():
    torch.manual_seed(0)
    layer, x = CircuitGate(3), torch.rand(6, 3) + 0.5
    out = layer(x)
    gate = out / (x * layer.theta.cos())
    assert ((gate >= 0) & (gate <= 1)).all()
    torch.testing.assert_close(gate[:, 0], gate[:, 1])
    out.square().sum().backward()
    for name, parameter in layer.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_the_circuit_gate_is_its_expectation_value():
    """H and RY(angle) on each wire, two layers of RY(theta) and CNOT, then (1 + <Z>) / 2."""
    torch.manual_seed(0)
    layer, x = CircuitGate(3, n_wires=2), torch.tensor([[0.3, -1.0, 0.5]])
    angles = layer.angles(x)[0].tolist()
    weights = [w for p in layer.circuit.parameters() for w in p.ravel().tolist()]
    assert len(weights) == 4

    def ry(angle):
        c, s = math.cos(angle / 2), math.sin(angle / 2)
        return np.array([[c, -s], [s, c]])

    state = np.ones(4) / 2
    cnot = np.eye(4)[[0, 1, 3, 2]]
    state = np.kron(ry(angles[0]), ry(angles[1])) @ state
    for first, second in (weights[:2], weights[2:]):
        state = cnot @ np.kron(ry(first), ry(second)) @ state
    gate = (1 + state @ np.diag([1, -1, 1, -1]) @ state) / 2
    expected = x * layer.theta.cos() * gate
    torch.testing.assert_close(layer(x).detach(), expected.detach(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["entanglement", "gate", "circuit"])
def test_kinds(kind):
    layers = {
        "entanglement": QuantumEntanglement,
        "gate": EqualParameterGate,
        "circuit": CircuitGate,
    }
    assert type(make_entanglement(kind, 4)) is layers[kind]


def test_none_is_the_identity():
    x = torch.randn(3, 4)
    assert make_entanglement("none", 4)(x) is x
