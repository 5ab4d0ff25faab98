"""The quantum entanglement layer (arXiv 2506.13987, Eq. 1-3) and its controls.

The layer is classical: it scales features by ``cos(theta)``, then multiplies the row by one gate.
Two properties:

- Along a ray ``x = r v`` it is ``r * sigmoid(c r)`` times a constant vector, with ``c = (v cos
  theta) . sin theta``: a SiLU, whose minimum is where its argument ``c r`` is near -1.28.
- SiLU takes values twice, so the layer is not injective unless ``c`` vanishes on every ray, that
  is, unless ``sin(2 theta) = 0`` throughout. The proof sketch of the paper's Proposition 1 (a layer
  that keeps all information, before a universal approximator) does not hold for a general fixed
  theta.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn

from rarebit._common.parameters import check_sizes, check_value
from rarebit.tabular.network.layers import Linear

Quantum = Literal["entanglement", "gate", "circuit", "none"]


class QuantumEntanglement(nn.Module):
    """Scale the features by ``cos(theta)``, then multiply each row by a gate.

    ``p = x * cos(theta)`` (Eq. 1), ``s = sigmoid(p . sin(theta))`` (Eq. 2), output ``p * s``
    (Eq. 3). ``theta`` starts from a standard normal draw.
    """

    def __init__(self, n_features: int) -> None:
        super().__init__()
        check_sizes(n_features=n_features)
        self.theta = nn.Parameter(torch.randn(n_features))

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``(..., n_rows, n_features)`` to the same shape."""
        theta = self.theta.unsqueeze(-2)
        projected = x * theta.cos()
        gate = torch.sigmoid(projected @ theta.sin().mT)
        return projected * gate


class EqualParameterGate(nn.Module):
    """Classical control: ``x * sigmoid(x . w)``, as many parameters, no sine and cosine."""

    def __init__(self, n_features: int) -> None:
        super().__init__()
        check_sizes(n_features=n_features)
        # Scaled so that the gate's argument starts with unit variance for standardised features.
        self.direction = nn.Parameter(torch.randn(n_features) / n_features**0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``(..., n_rows, n_features)`` to the same shape."""
        return x * torch.sigmoid(x @ self.direction.unsqueeze(-2).mT)


class CircuitGate(nn.Module):
    """Control with a true variational circuit as the gate; the rest is Eq. 1-3.

    A linear map gives one angle per wire, the circuit has two layers of RY and CNOT, and the gate
    is ``(1 + <Z>) / 2`` of its last wire. Members of this layer cannot be stacked.
    """

    def __init__(self, n_features: int, n_wires: int = 4) -> None:
        super().__init__()
        check_sizes(n_features=n_features, n_wires=n_wires)
        # Simulators are slow to import: only this layer needs them.
        from rarebit.quantum import angle_encoding, rotation_layers, z
        from rarebit.quantum.layer import QuantumLayer

        self.theta = nn.Parameter(torch.randn(n_features))
        self.angles = Linear(n_features, n_wires)
        circuit = angle_encoding(n_wires) + rotation_layers(n_wires, 2, entangler="CNOT")
        # The CNOTs run towards the last wire: its Z depends on all wires.
        self.circuit = QuantumLayer(circuit, [z(n_wires - 1)])

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``(n_rows, n_features)`` to the same shape."""
        gate = (1 + self.circuit(self.angles(x))) / 2
        return x * self.theta.cos() * gate


_LAYERS: dict[Quantum, type[nn.Module]] = {
    "entanglement": QuantumEntanglement,
    "gate": EqualParameterGate,
    "circuit": CircuitGate,
    "none": nn.Identity,
}


def make_entanglement(kind: Quantum, n_features: int) -> nn.Module:
    """Build the layer named ``kind``; ``"none"`` is the identity."""
    return _LAYERS[check_value("quantum", kind, *_LAYERS)](n_features)
