"""What the metric losses and the miner share: one distance matrix of the batch."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Pairs:
    """All pairs of rows of a batch, in the normalised embedding space.

    Attributes
    ----------
    distance : Tensor of shape (..., n_rows, n_rows)
        Euclidean distance of the embeddings scaled to length 1.
    similarity : Tensor of shape (..., n_rows, n_rows)
        Their cosine.
    same : Tensor of shape (..., n_rows, n_rows), bool
        Whether the two rows have one class; True on the diagonal.
    positive : Tensor of shape (..., n_rows, n_rows), bool
        ``same`` without the diagonal: the positives of each anchor (row of the matrix).
    """

    distance: Tensor
    similarity: Tensor
    same: Tensor
    positive: Tensor


def make_pairs(embeddings: Tensor, labels: Tensor) -> Pairs:
    """Compare every row of a batch with every other, once for all metric losses.

    The distances come from differences, not from products, so that those of nearly equal
    embeddings are as exact as the others; cosines follow as ``1 - distance**2 / 2``.

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
    >>> pairs.similarity.round(decimals=3)
    tensor([[1., 1., 0.], [1., 1., 0.], [0., 0., 1.]])
    >>> pairs.positive.sum(dim=-1)
    tensor([1, 1, 0])
    """
    unit = functional.normalize(embeddings, dim=-1)
    distance = torch.cdist(unit, unit, compute_mode="donot_use_mm_for_euclid_dist")
    same = labels.unsqueeze(-1) == labels.unsqueeze(-2)
    diagonal = torch.eye(labels.shape[-1], dtype=torch.bool, device=labels.device)
    return Pairs(distance, 1 - distance.square() / 2, same, same & ~diagonal)


def weighted_mean(values: Tensor, weight: Tensor | None) -> Tensor:
    """Mean over the rows, each counted ``weight`` times.

    Divided by the number of rows, not by the weights of the batch: a batch of light rows is to
    move the network less than a batch of heavy ones.
    """
    return values.mean(dim=-1) if weight is None else (values * weight).mean(dim=-1)
