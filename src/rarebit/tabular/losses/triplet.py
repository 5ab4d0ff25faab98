"""Triplet margin loss over the pairs of a Multi-Similarity miner (arXiv 2506.13987, Eq. 16)."""

from __future__ import annotations

import torch
from torch import Tensor

from rarebit.tabular._sorting import argsort_rows
from rarebit.tabular.losses.pairs import Pairs, with_slope


def mine_multi_similarity(pairs: Pairs, *, epsilon: float = 0.1) -> tuple[Tensor, Tensor]:
    """Find the pairs worth learning from (Wang et al. 2019, Multi-Similarity loss).

    A positive pair is kept if some negative of its anchor is more similar, or less so by under
    ``epsilon``; a negative pair if some positive of its anchor is less similar, or more so by
    under ``epsilon``.

    Parameters
    ----------
    pairs : Pairs
        The batch, from :func:`make_pairs`.
    epsilon : float, default=0.1
        Tolerance of the comparison of cosines.

    Returns
    -------
    positive, negative : Tensor of shape (..., n_rows, n_rows), bool
        The kept pairs; a row of the matrix is an anchor.

    Examples
    --------
    >>> from rarebit.tabular.losses import make_pairs
    >>> embeddings = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1]])
    >>> positive, negative = mine_multi_similarity(make_pairs(embeddings, torch.tensor([0, 0, 1])))
    >>> positive[0], negative[0]
    (tensor([False,  True, False]), tensor([False, False,  True]))
    """
    # Cosines are 1 - d**2 / 2, so that a difference of epsilon is one of 2 epsilon in squares.
    square, different = pairs.square, ~pairs.same
    nearest_negative = square.masked_fill(pairs.same, torch.inf).amin(-1, keepdim=True)
    farthest_positive = square.masked_fill(~pairs.positive, -torch.inf).amax(-1, keepdim=True)
    positive = pairs.positive & (square > nearest_negative - 2 * epsilon)
    negative = different & (square < farthest_positive + 2 * epsilon)
    return positive, negative


def triplet_loss(
    pairs: Pairs,
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
    pairs : Pairs
        The batch, from :func:`make_pairs`.
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
    >>> from rarebit.tabular.losses import make_pairs
    >>> embeddings = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    >>> pairs = make_pairs(embeddings, torch.tensor([0, 0, 1]))
    >>> loss, n_violating = triplet_loss(pairs, *mine_multi_similarity(pairs))
    >>> loss, n_violating  # (2**0.5 - 0 + 0.5) and (2**0.5 - 2**0.5 + 0.5), averaged
    (tensor(1.2071), tensor(2.))
    """
    with torch.no_grad():
        slope = _violations(pairs.distance, positive, negative, margin)
        n_violating = slope.clamp_min(0).sum(dim=(-2, -1))
        slope /= n_violating.clamp_min(1)[..., None, None]
        if weight is not None:
            slope *= weight.unsqueeze(-1)
        value = (slope * pairs.distance + margin * slope.clamp_min(0)).sum(dim=(-2, -1))
    return with_slope(pairs.distance, value, slope), n_violating


def _violations(distance: Tensor, positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """Count the violating triplets of each pair; those of negative pairs with a minus sign."""
    kept = positive | negative
    # In this order, the negatives before a positive are those that violate the margin with it.
    value = torch.add(distance, positive, alpha=margin).masked_fill_(~kept, torch.inf)
    order = argsort_rows(value)
    is_negative = negative.to(distance.dtype).gather(-1, order)
    negatives = is_negative.cumsum(dim=-1)  # up to and with each place
    # A positive has as many violations as negatives before it; a negative as many as positives
    # after it, all positives but those up to its place.
    place = torch.arange(1, order.shape[-1] + 1, dtype=distance.dtype, device=distance.device)
    n_positives = positive.sum(dim=-1, keepdim=True)
    signed = torch.where(is_negative > 0, place - negatives - n_positives, negatives)
    return torch.empty_like(distance).scatter_(-1, order, signed).mul_(kept)
