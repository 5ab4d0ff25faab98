"""Recurrent and convolutional networks for tables (arXiv 2506.13987, section 4.4).

The paper does not say what the sequence is. Here recurrent networks see one step of all features
(so that a bidirectional one is two of them side by side), and the convolutional one sees the
features as positions of one channel, in the order of the table.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from rarebit.tabular.layers import Linear


class Recurrent(nn.Module):
    """A GRU or LSTM over one step, then a linear classifier.

    The same function of the same parameters, drawn alike, as torch's over a sequence of length
    one. It starts from an empty state, of which only the biases matter: the weights by which
    torch's would multiply it are not held.

    Parameters
    ----------
    n_features, n_classes : int
        Numbers of features and classes.
    cell : {"gru", "lstm"}, default="gru"
        Kind of unit.
    bidirectional : bool, default=False
        Whether a second one, run backwards, stands beside it.
    width : int, default=128
        Hidden units in each direction.

    Examples
    --------
    >>> Recurrent(5, 3, cell="lstm", bidirectional=True)(torch.zeros(4, 5)).shape
    torch.Size([4, 3])
    """

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
        n_directions = 2 if bidirectional else 1
        self.cell = cell
        # Parts of the gates: direction, then gate, then unit.
        self.parts = (n_directions, {"gru": 3, "lstm": 4}[cell], width)
        n_outputs = n_directions * self.parts[1] * width
        self.gates = Linear(n_features, n_outputs)
        self.state_bias = nn.Parameter(torch.empty(n_outputs))
        for parameter in (self.gates.weight, self.gates.bias, self.state_bias):
            nn.init.uniform_(parameter, -(width**-0.5), width**-0.5)
        self.leave = Linear(width * n_directions, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(..., n_rows, n_features)`` to ``(..., n_rows, n_classes)``."""
        by_input, by_state = (
            gates.reshape(*gates.shape[:-1], *self.parts).unbind(-2)
            for gates in (self.gates(x), self.state_bias.unsqueeze(-2))
        )
        unit = self._gru if self.cell == "gru" else self._lstm
        return self.leave(unit(by_input, by_state).flatten(-2))

    @staticmethod
    def _gru(by_input: tuple[Tensor, ...], by_state: tuple[Tensor, ...]) -> Tensor:
        reset = torch.sigmoid(by_input[0] + by_state[0])
        update = torch.sigmoid(by_input[1] + by_state[1])
        new = torch.tanh(by_input[2] + reset * by_state[2])
        return new - update * new

    @staticmethod
    def _lstm(by_input: tuple[Tensor, ...], by_state: tuple[Tensor, ...]) -> Tensor:
        enter, _, new, leave = (a + b for a, b in zip(by_input, by_state, strict=True))
        return torch.sigmoid(leave) * torch.tanh(torch.sigmoid(enter) * torch.tanh(new))


class Convolutional(nn.Module):
    """Two one-dimensional convolutions over the features, then a linear classifier.

    The classifier sees every position: pooling over columns, which are no neighbours of one
    another but by accident, would lose which feature was which. A convolution is a linear map of
    the windows, and is drawn as torch's are.

    Parameters
    ----------
    n_features, n_classes : int
        Numbers of features and classes.
    channels : tuple of two int, default=(32, 64)
        Filters of the two convolutions.

    Examples
    --------
    >>> Convolutional(5, 3)(torch.zeros(4, 5)).shape
    torch.Size([4, 3])
    """

    def __init__(
        self, n_features: int, n_classes: int, channels: tuple[int, int] = (32, 64)
    ) -> None:
        super().__init__()
        self.filters1 = Linear(_KERNEL, channels[0])
        self.filters2 = Linear(_KERNEL * channels[0], channels[1])
        self.leave = Linear(channels[1] * n_features, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(..., n_rows, n_features)`` to ``(..., n_rows, n_classes)``."""
        x = x.unsqueeze(-1)  # one channel, behind the positions
        for filters in (self.filters1, self.filters2):
            x = functional.relu(filters(_windows(x)))
        return self.leave(x.flatten(-2))


_KERNEL = 3


def _windows(x: Tensor) -> Tensor:
    """Give each position its neighbours': ``(..., n, channels)`` to ``(..., n, 3 * channels)``."""
    return functional.pad(x, (0, 0, 1, 1)).unfold(-2, _KERNEL, 1).flatten(-2)
