"""Classical heads: what the paper compares with, and a control of the circuit's size."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rarebit.imaging.heads._base import Head, reduction

# Features after the reduction: the amplitudes of 8 wires.
REDUCED = 256


class LinearHead(Head):
    """The paper's classical head: the quantum head's Linear to 256 and ReLU, then Linear."""

    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.reduce = reduction(n_features, REDUCED)
        self.classify = nn.Linear(REDUCED, n_classes)


class PooledReadout(nn.Module):
    """Four numbers from 256 with the circuit's eight parameters, without a circuit.

    The squares of the normalised features (the circuit's probabilities) are summed over four
    quarters. Each sum is scaled, shifted and squashed to [-1, 1], the range of Z.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4))
        self.shift = nn.Parameter(torch.zeros(4))

    def forward(self, features: Tensor) -> Tensor:
        """Map features (n, 256) to (n, 4)."""
        squares = features.square()
        quarters = squares.reshape(len(squares), 4, -1).sum(dim=2)
        shares = quarters / squares.sum(dim=1, keepdim=True).clamp_min(torch.finfo().tiny)
        # The shares lie around a quarter: spread them as wide as Z.
        return torch.tanh(self.scale * (4 * shares - 1) + self.shift)


class ClassicalHead(Head):
    """The control of equal size: the quantum head with a classical pooling for its circuit."""

    interface = ("pool", "classify")

    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.reduce = reduction(n_features, REDUCED)
        self.pool = PooledReadout()
        self.classify = nn.Linear(4, n_classes)


class DirectHead(Head):
    """One linear layer on the backbone's features: the usual fine-tuning."""

    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.classify = nn.Linear(n_features, n_classes)
