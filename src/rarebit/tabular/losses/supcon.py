"""Supervised contrastive loss (Khosla et al. 2020; arXiv 2506.13987, Eq. 15)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from torch import Tensor

from rarebit.tabular._arrays import Array, namespace_of
from rarebit.tabular._rows import max_rows, sum_columns
from rarebit.tabular.losses.gradients import as_array, as_tensor, describe, with_slopes
from rarebit.tabular.losses.labels import FAR, BatchLabels
from rarebit.tabular.losses.pairs import Pairs, compare_rows


def supcon_loss(
    embeddings: Tensor, labels: Tensor, *, temperature: float = 0.2, weight: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Pull the rows of a class together, against all other rows of the batch.

    For an anchor ``i`` with positives ``P``: the mean over ``p`` in ``P`` of
    ``-log(exp(s_ip / t) / sum over a != i of exp(s_ia / t))``, with ``s`` the cosine; then the
    mean over the anchors. An anchor without a positive has no such loss: it is left out of the
    mean and counted.

    Parameters
    ----------
    embeddings : Tensor of shape (..., n_rows, n_dims), floating
        Embeddings; leading axes are members trained side by side.
    labels : Tensor of shape (..., n_rows), int64
        Class of each row.
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
    >>> import torch
    >>> loss, n_left_out = supcon_loss(torch.eye(3), torch.tensor([0, 0, 1]))
    >>> loss, n_left_out  # all similarities equal: log(2)
    (tensor(0.6931), tensor(1.))
    """
    rows = as_array(embeddings)
    known, pairs = describe(labels, weight, rows), compare_rows(rows)
    value, by_square = supcon_slope(pairs, known, temperature)
    loss = with_slopes(value, (embeddings, pairs.slope_by_embedding(by_square)))
    return loss, as_tensor(known.without_positive, embeddings)


def supcon_slope(pairs: Pairs, labels: BatchLabels, temperature: float) -> tuple[Array, Array]:
    """Work out the SupCon loss and its derivative by the squared distances."""
    # The cosine is 1 - square / 2; its constant cancels in the softmax.
    by_score = -0.5 / temperature
    xp, scores = namespace_of(pairs.square), pairs.square * by_score
    scores += _itself(xp, scores.shape[-1], scores.dtype, scores.device)
    # The matrix is symmetric: the maximum over the other axis is the same, and faster.
    scores -= max_rows(scores).mT
    odds = xp.exp(scores)
    total = sum_columns(odds)
    factor, share = labels.supcon_factor, labels.supcon_share
    # The sum over positives of share * (score - log total), whose shares add to the factor.
    flat = (*scores.shape[:-2], -1)
    value = (factor * xp.log(total)).sum(axis=(-2, -1))
    value = value - xp.vecdot(share.reshape(flat), scores.reshape(flat))
    odds *= factor / total
    odds -= share
    odds *= by_score
    return value, odds


@lru_cache(maxsize=16)
def _itself(xp: Any, n_rows: int, dtype: Any, device: Any) -> Array:
    """Matrix that takes each anchor itself out of the softmax over the others."""
    return xp.eye(n_rows, dtype=dtype, device=device) * -FAR
