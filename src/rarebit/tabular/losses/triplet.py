"""Triplet margin loss over the pairs of a Multi-Similarity miner (arXiv 2506.13987, Eq. 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rarebit.tabular._arrays import (
    argsort_rows,
    cumulative_sum,
    max_rows,
    min_rows,
    namespace_of,
    sum_columns,
)
from rarebit.tabular.losses.labels import FAR, BatchLabels
from rarebit.tabular.losses.pairs import Pairs

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

    LossArray = Float[Any, "*batch"]
    ByPair = Float[Any, "*batch rows rows"]
    MaskArray = Bool[Any, "*batch rows rows"]


def mine_pairs(pairs: Pairs, labels: BatchLabels, epsilon: float) -> tuple[MaskArray, MaskArray]:
    """Find the informative pairs (Wang et al. 2019, Multi-Similarity); matrix rows are anchors.

    A positive pair is kept if it is less similar than the anchor's most similar negative plus
    ``epsilon``; a negative pair if it is more similar than the anchor's least similar positive
    minus ``epsilon`` (cosine similarity).
    """
    # Cosines are 1 - square / 2: a difference of epsilon is one of 2 epsilon in the squares.
    # The matrices are symmetric: extremes over the other axis are the same, and faster.
    nearest_negative = min_rows(pairs.square + labels.not_negative).mT
    farthest_positive = max_rows(pairs.square + labels.not_positive).mT
    positive = pairs.square > nearest_negative - 2 * epsilon
    positive &= labels.positive
    negative = pairs.square < farthest_positive + 2 * epsilon
    negative &= labels.negative
    return positive, negative


def triplet_value_and_grad(
    pairs: Pairs,
    positive: MaskArray,
    negative: MaskArray,
    weight: Float[Any, "*batch rows"],
    margin: float,
) -> tuple[LossArray, LossArray, ByPair]:
    """Compute the triplet loss (Eq. 16), its number of triplets, its gradient w.r.t. the squares.

    The mean of ``d(a, p) - d(a, n) + margin`` over all triplets of the given pairs for which it is
    above 0 (averaged as in pytorch-metric-learning); 0 where no triplet violates the margin.

    Triplets are never enumerated. The sum is linear in the distances once the number of violating
    triplets of each pair is known, and one sort per anchor counts those: ``n**2 log n`` steps
    instead of ``n**3``.
    """
    xp = namespace_of(pairs.distance)
    counts = _count_violations(xp, pairs.distance, positive, negative, margin)
    of_anchor = sum_columns(counts.clip(min=0))[..., 0]
    n_violating = of_anchor.sum(axis=-1)
    share = weight / n_violating.clip(min=1)[..., None]
    of_anchor *= margin
    of_anchor += xp.vecdot(counts, pairs.distance)
    counts *= share[..., None]
    counts *= pairs.rate
    return xp.vecdot(of_anchor, share), n_violating, counts


def _count_violations(
    xp: Any, distance: ByPair, positive: MaskArray, negative: MaskArray, margin: float
) -> ByPair:
    """Count the violating triplets of each pair, negated for negative pairs."""
    dtype, n_rows = distance.dtype, distance.shape[-1]
    positives, negatives = (xp.asarray(mask, dtype=dtype) for mask in (positive, negative))
    kept = xp.asarray(positive | negative, dtype=dtype)
    # In this order, the negatives before a positive are those that violate the margin with it.
    value = positives * margin
    value += distance
    value += (1 - kept) * FAR
    order = argsort_rows(value)
    is_negative = negatives.ravel()[order]
    before = cumulative_sum(is_negative)  # negatives up to and including each place
    # A positive has as many violations as negatives before it; a negative as many as positives
    # after it: all positives except those up to its place.
    after = xp.arange(1, n_rows + 1, dtype=dtype, device=distance.device) - sum_columns(positives)
    after -= 2 * before
    after *= is_negative
    after += before
    counts = xp.empty_like(after)
    counts.ravel()[order] = after
    counts *= kept
    return counts
