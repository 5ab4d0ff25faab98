"""The quantum entanglement layer (arXiv 2506.13987, Eq. 1-3) and the controls to compare it with.

What the layer computes is classical: features scaled by ``cos(theta)``, times one gate a row. Two
facts about it:

- Along a ray ``x = r v`` it is ``r * sigmoid(c r)`` times a constant vector, ``c = (v cos theta) .
  sin theta``: a SiLU, whose minimum lies where its argument ``c r`` is near -1.28.
- SiLU takes values twice, so the layer is not injective unless ``c`` vanishes on every ray, that
  is, unless ``sin(2 theta) = 0`` throughout. The proof sketch of the paper's Proposition 1 (a layer
  that keeps everything, before a universal approximator) does not hold for a fixed general theta.
"""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor, nn

from rarebit._common.parameters import check_sizes, check_values
from rarebit.tabular.layers import Linear

Quantum = Literal["entanglement", "gate", "circuit", "none"]


class QuantumEntanglement(nn.Module):
    """Scale the features by ``cos(theta)``, then by one gate a row.

    ``p = x * cos(theta)`` (Eq. 1), ``s = sigmoid(p . sin(theta))`` (Eq. 2), output ``p * s``
    (Eq. 3). ``theta`` starts from a standard normal draw.

    Parameters
    ----------
    n_features : int
        Number of features.

    Examples
    --------
    >>> layer = QuantumEntanglement(2)
    >>> _ = torch.nn.init.zeros_(layer.theta)
    >>> layer(torch.tensor([[2.0, -4.0]])).detach()  # cos 0 = 1, gate sigmoid(0) = 1/2
    tensor([[ 1., -2.]])
    """

    def __init__(self, n_features: int) -> None:
        super().__init__()
        check_sizes(n_features=n_features)
        self.theta = nn.Parameter(torch.randn(n_features))

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``(..., n_rows, n_features)``; the shape stays."""
        theta = self.theta.unsqueeze(-2)
        projected = x * theta.cos()
        gate = torch.sigmoid(projected @ theta.sin().mT)
        return projected * gate


class EqualParameterGate(nn.Module):
    """Classical control: ``x * sigmoid(x . w)``, as many parameters, no sine and cosine.

    Parameters
    ----------
    n_features : int
        Number of features.

    Examples
    --------
    >>> layer = EqualParameterGate(2)
    >>> _ = torch.nn.init.zeros_(layer.direction)
    >>> layer(torch.tensor([[2.0, -4.0]])).detach()
    tensor([[ 1., -2.]])
    """

    def __init__(self, n_features: int) -> None:
        super().__init__()
        check_sizes(n_features=n_features)
        # Spread so that the gate's argument starts at unit scale for standardised features.
        self.direction = nn.Parameter(torch.randn(n_features) / n_features**0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``(..., n_rows, n_features)``; the shape stays."""
        return x * torch.sigmoid(x @ self.direction.unsqueeze(-2).mT)


class CircuitGate(nn.Module):
    """Control with a true variational circuit: it computes the gate, all else as in Eq. 1-3.

    A linear map gives an angle a wire, the circuit two layers of RY and CNOT, and the gate is
    ``(1 + <Z>) / 2`` of its last wire. Members of this layer cannot be stacked.

    Parameters
    ----------
    n_features : int
        Number of features.
    n_wires : int, default=4
        Number of wires.

    Examples
    --------
    >>> CircuitGate(3)(torch.ones(2, 3)).shape
    torch.Size([2, 3])
    """

    def __init__(self, n_features: int, n_wires: int = 4) -> None:
        super().__init__()
        check_sizes(n_features=n_features, n_wires=n_wires)
        # Simulators load when a circuit is asked for.
        from rarebit.quantum import angle_encoding, rotation_layers, z
        from rarebit.quantum.layer import QuantumLayer

        self.theta = nn.Parameter(torch.randn(n_features))
        self.angles = Linear(n_features, n_wires)
        circuit = angle_encoding(n_wires) + rotation_layers(n_wires, 2, entangler="CNOT")
        # CNOTs run towards the last wire: its Z depends on all of them.
        self.circuit = QuantumLayer(circuit, [z(n_wires - 1)])

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``(n_rows, n_features)``; the shape stays."""
        gate = (1 + self.circuit(self.angles(x))) / 2
        return x * self.theta.cos() * gate


def make_entanglement(kind: Quantum, n_features: int) -> nn.Module:
    """Build the layer named ``kind``; ``"none"`` passes its input on."""
    check_values({"quantum": kind}, {"quantum": get_args(Quantum)})
    if kind == "none":
        return nn.Identity()
    layers = {
        "entanglement": QuantumEntanglement,
        "gate": EqualParameterGate,
        "circuit": CircuitGate,
    }
    return layers[kind](n_features)
