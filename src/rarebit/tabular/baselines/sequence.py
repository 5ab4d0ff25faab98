"""Recurrent and convolutional networks for tables (arXiv 2506.13987, section 4.4).

The paper does not say what the sequence is. Here recurrent networks see one step of all features
(so that a bidirectional one is two of them in parallel), and the convolutional one sees the
features as positions of one channel, in the order of the table.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn


class Recurrent(nn.Module):
    """A GRU or LSTM of ``width`` units per direction over one step, then a linear classifier."""

    def __init__(
        self,
        n_features: int,
        n_classes: int,
        *,
        cell: Literal["gru", "lstm"] = "gru",
        bidirectional: bool = False,
        width: int = 128,
    ) -> None:
        super().__init__()
        kind = {"gru": nn.GRU, "lstm": nn.LSTM}[cell]
        self.recurrent = kind(n_features, width, batch_first=True, bidirectional=bidirectional)
        self.leave = nn.Linear(width * (2 if bidirectional else 1), n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n_rows, n_features)`` to ``(n_rows, n_classes)``."""
        out, _ = self.recurrent(x.unsqueeze(1))
        scores: Tensor = self.leave(out.squeeze(1))
        return scores


class Convolutional(nn.Module):
    """Two one-dimensional convolutions over the features, then a linear classifier.

    The classifier sees every position. Pooling would lose which feature is which, and columns that
    are next to each other are so by accident.
    """

    def __init__(
        self, n_features: int, n_classes: int, channels: tuple[int, int] = (32, 64)
    ) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv1d(1, channels[0], kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Conv1d(channels[0], channels[1], kernel_size=3, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(channels[1] * n_features, n_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n_rows, n_features)`` to ``(n_rows, n_classes)``."""
        return torch.as_tensor(self.layers(x.unsqueeze(1)))
