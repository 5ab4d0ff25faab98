"""Triplet margin loss over the pairs of a Multi-Similarity miner (arXiv 2506.13987, Eq. 16)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rarebit.tabular._arrays import Array, namespace_of
from rarebit.tabular._rows import argsort_rows, max_rows, min_rows, running_sums, sum_columns
from rarebit.tabular.losses.gradients import as_array, as_tensor, describe, with_slopes
from rarebit.tabular.losses.labels import FAR, BatchLabels
from rarebit.tabular.losses.pairs import Pairs, compare_rows


def mine_multi_similarity(
    embeddings: Tensor, labels: Tensor, *, epsilon: float = 0.1
) -> tuple[Tensor, Tensor]:
    """Find the pairs worth learning from (Wang et al. 2019, Multi-Similarity loss).

    A positive pair is kept if some negative of its anchor is more similar, or less so by under
    ``epsilon``; a negative pair if some positive of its anchor is less similar, or more so by
    under ``epsilon``.

    Parameters
    ----------
    embeddings : Tensor of shape (..., n_rows, n_dims), floating
        Embeddings; leading axes are members trained side by side.
    labels : Tensor of shape (..., n_rows), int64
        Class of each row.
    epsilon : float, default=0.1
        Tolerance of the comparison of cosines.

    Returns
    -------
    positive, negative : Tensor of shape (..., n_rows, n_rows), bool
        The kept pairs; a row of the matrix is an anchor.

    Examples
    --------
    >>> embeddings = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1]])
    >>> positive, negative = mine_multi_similarity(embeddings, torch.tensor([0, 0, 1]))
    >>> positive[0], negative[0]
    (tensor([False,  True, False]), tensor([False, False,  True]))
    """
    rows = as_array(embeddings)
    kept = mine_pairs(compare_rows(rows), describe(labels, None, rows), epsilon)
    positive, negative = (torch.asarray(mask, device=embeddings.device) for mask in kept)
    return positive, negative


def mine_pairs(pairs: Pairs, labels: BatchLabels, epsilon: float) -> tuple[Array, Array]:
    """Find the pairs worth learning from among those compared."""
    # Cosines are 1 - square / 2: a difference of epsilon is one of 2 epsilon in squares.
    # The matrices are symmetric: extremes over the other axis are the same, and faster.
    nearest_negative = min_rows(pairs.square + labels.not_negative).mT
    farthest_positive = max_rows(pairs.square + labels.not_positive).mT
    positive = pairs.square > nearest_negative - 2 * epsilon
    positive &= labels.positive
    negative = pairs.square < farthest_positive + 2 * epsilon
    negative &= labels.negative
    return positive, negative


def triplet_loss(
    embeddings: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    margin: float = 0.5,
    weight: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Hinge on the distance to a positive against the distance to a negative.

    The mean of ``d(a, p) - d(a, n) + margin`` over all triplets of the given pairs for which it is
    above 0 (as pytorch-metric-learning averages), with un-squared distances.

    No triplet is ever listed. The sum is linear in the distances once it is known how many
    violating triplets each pair is part of, and one sort for each anchor counts those: this takes
    ``n**2 log n`` steps where a list takes ``n**3``.

    Parameters
    ----------
    embeddings : Tensor of shape (..., n_rows, n_dims), floating
        Embeddings; leading axes are members trained side by side.
    positive, negative : Tensor of shape (..., n_rows, n_rows), bool
        The pairs that triplets are made of, as :func:`mine_multi_similarity` gives them.
    margin : float, default=0.5
        The margin.
    weight : Tensor of shape (..., n_rows), optional
        Factor on the triplets of each anchor.

    Returns
    -------
    loss : Tensor of shape (...)
        0 where no triplet violates the margin.
    n_violating : Tensor of shape (...)
        Triplets in the mean.

    Examples
    --------
    >>> embeddings = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    >>> mined = mine_multi_similarity(embeddings, torch.tensor([0, 0, 1]))
    >>> loss, n_violating = triplet_loss(embeddings, *mined)
    >>> loss, n_violating  # (2**0.5 - 0 + 0.5) and (2**0.5 - 2**0.5 + 0.5), averaged
    (tensor(1.2071), tensor(2.))
    """
    rows = as_array(embeddings)
    weights = as_array(torch.ones_like(embeddings[..., 0]) if weight is None else weight)
    pairs = compare_rows(rows)
    value, n_violating, by_square = triplet_slope(
        pairs, as_array(positive), as_array(negative), weights, margin
    )
    loss = with_slopes(value, (embeddings, pairs.slope_by_embedding(by_square)))
    return loss, as_tensor(n_violating, embeddings)


def triplet_slope(
    pairs: Pairs, positive: Array, negative: Array, weight: Array, margin: float
) -> tuple[Array, Array, Array]:
    """Work out the triplet loss, the number of triplets in it, its derivative by the squares."""
    xp = namespace_of(pairs.distance)
    counts = _violations(xp, pairs.distance, positive, negative, margin)
    of_anchor = sum_columns(counts.clip(min=0))[..., 0]
    n_violating = of_anchor.sum(axis=-1)
    share = weight / n_violating.clip(min=1)[..., None]
    of_anchor *= margin
    of_anchor += xp.vecdot(counts, pairs.distance)
    counts *= share[..., None]
    counts *= pairs.rate
    return xp.vecdot(of_anchor, share), n_violating, counts


def _violations(xp: Any, distance: Array, positive: Array, negative: Array, margin: float) -> Array:
    """Count the violating triplets of each pair; those of negative pairs with a minus sign."""
    dtype, n_rows = distance.dtype, distance.shape[-1]
    positives, negatives = (xp.asarray(mask, dtype=dtype) for mask in (positive, negative))
    kept = xp.asarray(positive | negative, dtype=dtype)
    # In this order, the negatives before a positive are those that violate the margin with it.
    value = positives * margin
    value += distance
    value += (1 - kept) * FAR
    order = argsort_rows(value)
    is_negative = negatives.ravel()[order]
    before = running_sums(is_negative)  # negatives up to and with each place
    # A positive has as many violations as negatives before it; a negative as many as positives
    # after it, all positives but those up to its place.
    after = xp.arange(1, n_rows + 1, dtype=dtype, device=distance.device) - sum_columns(positives)
    after -= 2 * before
    after *= is_negative
    after += before
    counts = xp.empty_like(after)
    counts.ravel()[order] = after
    counts *= kept
    return counts
