"""The attention block (arXiv 2506.13987, Eq. 4-6), its affine control, and one over features.

The paper applies self-attention to each row as a sequence of length one. The softmax of a single
score is 1, so the block is exactly affine, ``x + W_O (W_V x + b_V) + b_O``: the query and key
weights change no output and get no gradient. :class:`AffineResidual` is its control;
:class:`FeatureTokenAttention`, where every feature is a token, is the version that attends.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from rarebit._common.parameters import check_sizes, check_value
from rarebit.tabular.network.layers import Linear

Attention = Literal["sample", "affine", "features", "none"]


class SampleAttention(nn.Module):
    """Single-head self-attention over a sequence of length one, with residual.

    The same function of the same parameters, drawn alike, as
    ``x + torch.nn.MultiheadAttention(n_features, 1)(x, x, x)`` with each row a sequence. Queries
    and keys, which drop out of it, are kept as parameters but not computed.
    """

    def __init__(self, n_features: int) -> None:
        super().__init__()
        check_sizes(n_features=n_features)
        self.query = Linear(n_features, n_features)
        self.key = Linear(n_features, n_features)
        self.value = Linear(n_features, n_features)
        self.output = Linear(n_features, n_features)
        # MultiheadAttention draws the three as one matrix of 3 n rows and n columns.
        bound = (6 / (4 * n_features)) ** 0.5
        for part in (self.query, self.key, self.value):
            nn.init.uniform_(part.weight, -bound, bound)
            nn.init.zeros_(part.bias)
        for part in (self.query, self.key):
            part.requires_grad_(False)
        nn.init.zeros_(self.output.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``(..., n_rows, n_features)`` to the same shape."""
        return x + self.output(self.value(x))


class AffineResidual(nn.Module):
    """Control of :class:`SampleAttention`: ``x + W x + b``, all that the block can express."""

    def __init__(self, n_features: int) -> None:
        super().__init__()
        check_sizes(n_features=n_features)
        self.linear = Linear(n_features, n_features)

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``(..., n_rows, n_features)`` to the same shape."""
        return x + self.linear(x)


class FeatureTokenAttention(nn.Module):
    """Single-head self-attention between the features of a row, with residual.

    Feature ``j`` becomes the token ``x_j * w_j + b_j``; what its token gathers from the others is
    mapped to one number and added to the feature. Time and memory grow with the square of the
    number of features.
    """

    def __init__(self, n_features: int, width: int = 8) -> None:
        super().__init__()
        check_sizes(n_features=n_features, width=width)
        self.scale = nn.Parameter(torch.randn(n_features, width))
        self.place = nn.Parameter(torch.randn(n_features, width))
        self.query_key_value = Linear(width, 3 * width)
        self.output = Linear(width, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Transform ``(..., n_rows, n_features)`` to the same shape."""
        tokens = x.unsqueeze(-1) * self.scale.unsqueeze(-3) + self.place.unsqueeze(-3)
        query, key, value = self.query_key_value(tokens).chunk(3, dim=-1)
        gathered = functional.scaled_dot_product_attention(query, key, value)
        return x + self.output(gathered).squeeze(-1)


_BLOCKS: dict[Attention, type[nn.Module]] = {
    "sample": SampleAttention,
    "affine": AffineResidual,
    "features": FeatureTokenAttention,
    "none": nn.Identity,
}


def make_attention(kind: Attention, n_features: int) -> nn.Module:
    """Build the block named ``kind``; ``"none"`` is the identity."""
    return _BLOCKS[check_value("attention", kind, *_BLOCKS)](n_features)
