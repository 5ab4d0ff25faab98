"""What the metric losses and the miner share: one distance matrix of the batch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Pairs:
    """All pairs of rows of a batch, in the normalised embedding space.

    Attributes
    ----------
    distance : Tensor of shape (..., n_rows, n_rows)
        Euclidean distance ``d`` of the embeddings scaled to length 1 (cosine ``1 - d**2 / 2``).
    square : Tensor of shape (..., n_rows, n_rows)
        Its square, without a gradient.
    same : Tensor of shape (..., n_rows, n_rows), bool
        Whether the two rows have one class; True on the diagonal.
    positive : Tensor of shape (..., n_rows, n_rows), bool
        ``same`` without the diagonal: the positives of each anchor (row of the matrix).
    """

    distance: Tensor
    square: Tensor
    same: Tensor
    positive: Tensor


def make_pairs(embeddings: Tensor, labels: Tensor) -> Pairs:
    """Compare every row of a batch with every other, once for all metric losses.

    Parameters
    ----------
    embeddings : Tensor of shape (..., n_rows, n_dims), floating
        Embeddings; leading axes are members trained side by side.
    labels : Tensor of shape (..., n_rows), int64
        Class of each row.

    Returns
    -------
    Pairs

    Examples
    --------
    >>> embeddings = torch.tensor([[3.0, 0.0], [1.0, 0.0], [0.0, 2.0]])
    >>> pairs = make_pairs(embeddings, torch.tensor([0, 0, 1]))
    >>> pairs.distance[0]
    tensor([0.0000, 0.0000, 1.4142])
    >>> pairs.positive.sum(dim=-1)
    tensor([1, 1, 0])
    """
    distance = measure_distances(functional.normalize(embeddings, dim=-1))
    same = labels.unsqueeze(-1) == labels.unsqueeze(-2)
    positive = same & off_diagonal(labels.shape[-1], labels.device)
    return Pairs(distance, distance.detach().square(), same, positive)


def measure_distances(points: Tensor) -> Tensor:
    """Measure the Euclidean distances between all rows.

    From differences, not from products, so that those of nearly equal rows are as exact as the
    others; the gradient of equal rows is 0.
    """
    return torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist")


def with_slope(distance: Tensor, value: Tensor, slope: Tensor) -> Tensor:
    """Give a loss whose derivative by each distance has been worked out beside its value.

    The metric losses take dozens of small operations; having autograd trace those, too, would
    double their time.

    Parameters
    ----------
    distance : Tensor of shape (..., n_rows, n_rows)
        What the loss is a function of.
    value : Tensor of shape (...)
        The loss.
    slope : Tensor of shape (..., n_rows, n_rows)
        Its derivative by each distance.

    Returns
    -------
    Tensor of shape (...)
        ``value``, with ``slope`` as its gradient.

    Examples
    --------
    >>> distance = torch.tensor([[2.0]], requires_grad=True)
    >>> with_slope(distance, torch.tensor(4.0), torch.tensor([[4.0]])).backward()  # its square
    >>> distance.grad
    tensor([[4.]])
    """
    tangent = (distance * slope).sum(dim=(-2, -1))
    return tangent + (value - tangent.detach())


@lru_cache(maxsize=16)
def off_diagonal(n_rows: int, device: torch.device) -> Tensor:
    """Mask of all pairs of different rows, kept: every batch but the last has the same size."""
    return ~torch.eye(n_rows, dtype=torch.bool, device=device)


def weighted_mean(values: Tensor, weight: Tensor | None) -> Tensor:
    """Mean over the rows, each counted ``weight`` times.

    Divided by the number of rows, not by the weights of the batch: a batch of light rows is to
    move the network less than a batch of heavy ones.
    """
    return values.mean(dim=-1) if weight is None else (values * weight).mean(dim=-1)
