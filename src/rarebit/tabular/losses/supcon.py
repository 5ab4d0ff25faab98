"""Supervised contrastive loss (Khosla et al. 2020; arXiv 2506.13987, Eq. 15)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from torch import Tensor

from rarebit.tabular._arrays import max_rows, namespace_of, sum_columns
from rarebit.tabular.losses.gradients import as_array, as_tensor, batch_labels, with_gradients
from rarebit.tabular.losses.labels import FAR, BatchLabels
from rarebit.tabular.losses.pairs import Pairs, compare_rows

if TYPE_CHECKING:
    from jaxtyping import Float, Integer

    Embeddings = Float[Tensor, "*batch rows dims"]
    Labels = Integer[Tensor, "*batch rows"]
    Weights = Float[Tensor, "*batch rows"]
    Loss = Float[Tensor, "*batch"]
    LossArray = Float[Any, "*batch"]
    ByPair = Float[Any, "*batch rows rows"]


def supcon_loss(
    embeddings: Embeddings,
    labels: Labels,
    *,
    temperature: float = 0.2,
    weight: Weights | None = None,
) -> tuple[Loss, Loss]:
    """Supervised contrastive loss: rows of a class attract, against all rows of the batch.

    For an anchor ``i`` with positives ``P``: the mean over ``p`` in ``P`` of
    ``-log(exp(s_ip / t) / sum over a != i of exp(s_ia / t))``, with ``s`` the cosine (Eq. 15);
    then the mean over the anchors. An anchor without a positive is left out of the mean and
    counted.

    Parameters
    ----------
    embeddings : Tensor of shape (..., n_rows, n_dims), floating
        Embeddings; leading axes are members trained together.
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
    batch, pairs = batch_labels(labels, weight, rows), compare_rows(rows)
    value, grad_square = supcon_value_and_grad(pairs, batch, temperature)
    loss = with_gradients(value, (embeddings, pairs.embedding_grad(grad_square)))
    return loss, as_tensor(batch.without_positive, embeddings)


def supcon_value_and_grad(
    pairs: Pairs, labels: BatchLabels, temperature: float
) -> tuple[LossArray, ByPair]:
    """Compute the SupCon loss and its gradient with respect to the squared distances."""
    # The cosine is 1 - square / 2; the constant cancels in the softmax.
    score_per_square = -0.5 / temperature
    xp, scores = namespace_of(pairs.square), pairs.square * score_per_square
    scores += _mask_self(xp, scores.shape[-1], scores.dtype, scores.device)
    # The matrix is symmetric: the maximum over the other axis is the same, and faster.
    scores -= max_rows(scores).mT
    odds = xp.exp(scores)
    total = sum_columns(odds)
    factor, share = labels.supcon_factor, labels.supcon_share
    # The sum over positives of share * (score - log total), where the shares add up to the factor.
    flat = (*scores.shape[:-2], -1)
    value = (factor * xp.log(total)).sum(axis=(-2, -1))
    value = value - xp.vecdot(share.reshape(flat), scores.reshape(flat))
    odds *= factor / total
    odds -= share
    odds *= score_per_square
    return value, odds


@lru_cache(maxsize=16)
def _mask_self(xp: Any, n_rows: int, dtype: Any, device: Any) -> Float[Any, "rows rows"]:
    """Matrix that takes each anchor itself out of the softmax over the others."""
    return xp.eye(n_rows, dtype=dtype, device=device) * -FAR
