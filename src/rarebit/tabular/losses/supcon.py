"""Supervised contrastive loss (Khosla et al. 2020; arXiv 2506.13987, Eq. 15)."""

from __future__ import annotations

import torch
from torch import Tensor

from rarebit.tabular.losses.pairs import Pairs, with_slope


def supcon_loss(
    pairs: Pairs, *, temperature: float = 0.2, weight: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Pull the rows of a class together, against all other rows of the batch.

    For an anchor ``i`` with positives ``P``: the mean over ``p`` in ``P`` of
    ``-log(exp(s_ip / t) / sum over a != i of exp(s_ia / t))``; then the mean over the anchors.
    An anchor without a positive has no such loss: it is left out of the mean and counted.

    Parameters
    ----------
    pairs : Pairs
        The batch, from :func:`make_pairs`.
    temperature : float, default=0.2
        The temperature ``t``.
    weight : Tensor of shape (..., n_rows), optional
        Factor on the loss of each anchor.

    Returns
    -------
    loss : Tensor of shape (...)
        0 where no anchor has a positive.
    n_left_out : Tensor of shape (...)
        Anchors without a positive.

    Examples
    --------
    >>> from rarebit.tabular.losses import make_pairs
    >>> labels = torch.tensor([0, 0, 1])
    >>> loss, n_left_out = supcon_loss(make_pairs(torch.eye(3), labels))
    >>> loss, n_left_out  # all similarities equal: log(2)
    (tensor(0.6931), tensor(1.))
    """
    with torch.no_grad():
        positive = pairs.positive.to(pairs.square.dtype)
        n_positives = positive.sum(dim=-1)
        has_positive = n_positives.clamp_max(1)
        n_counted = has_positive.sum(dim=-1)
        factor = has_positive / n_counted.clamp_min(1).unsqueeze(-1)
        if weight is not None:
            factor = factor * weight
        share = positive * (factor / n_positives.clamp_min(1)).unsqueeze(-1)
        # The cosine is 1 - d**2 / 2; its constant cancels in the softmax. The anchor itself is
        # out of it by a finite number: where there is nothing else, its share of 0 leaves 0.
        scores = pairs.square * (-0.5 / temperature)
        lowest = torch.finfo(scores.dtype).min
        scores.diagonal(dim1=-2, dim2=-1).fill_(lowest)
        log_share = scores.log_softmax(dim=-1)
        value = -(share * log_share).sum(dim=(-2, -1))
        by_score = log_share.exp_().mul_(factor.unsqueeze(-1)).sub_(share)
        slope = by_score.mul_(pairs.distance).mul_(-1 / temperature)
    return with_slope(pairs.distance, value, slope), scores.shape[-1] - n_counted
