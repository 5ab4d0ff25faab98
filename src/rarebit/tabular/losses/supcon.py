"""Supervised contrastive loss (Khosla et al. 2020; arXiv 2506.13987, Eq. 15)."""

from __future__ import annotations

import torch
from torch import Tensor

from rarebit.tabular.losses.pairs import Pairs


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
    n_left_out : Tensor of shape (...), int64
        Anchors without a positive.

    Examples
    --------
    >>> from rarebit.tabular.losses import make_pairs
    >>> labels = torch.tensor([0, 0, 1])
    >>> loss, n_left_out = supcon_loss(make_pairs(torch.eye(3), labels))
    >>> loss, n_left_out  # all similarities equal: log(2)
    (tensor(0.6931), tensor(1))
    """
    positive = pairs.positive.to(pairs.similarity.dtype)
    n_positives = positive.sum(dim=-1)
    has_positive = n_positives > 0
    n_rows = positive.shape[-1]
    scores = pairs.similarity / temperature
    diagonal = torch.eye(n_rows, dtype=torch.bool, device=scores.device)
    log_total = scores.masked_fill(diagonal, -torch.inf).logsumexp(dim=-1)
    mean_positive = (scores * positive).sum(dim=-1) / n_positives.clamp_min(1)
    # Where, not a product: the only row of a batch has log_total = -inf.
    per_anchor = torch.where(has_positive, log_total - mean_positive, 0.0)
    if weight is not None:
        per_anchor = per_anchor * weight
    n_counted = has_positive.sum(dim=-1)
    return per_anchor.sum(dim=-1) / n_counted.clamp_min(1), n_rows - n_counted
