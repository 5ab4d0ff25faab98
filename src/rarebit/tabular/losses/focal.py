"""Focal loss (arXiv 2506.13987, Eq. 10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import Tensor

from rarebit.tabular._arrays import max_rows, namespace_of, sum_rows
from rarebit.tabular.losses.gradients import as_array, batch_labels, with_gradients
from rarebit.tabular.losses.labels import BatchLabels

if TYPE_CHECKING:
    from jaxtyping import Float, Integer

    Logits = Float[Tensor, "*batch rows classes"]
    LogitsArray = Float[Any, "*batch rows classes"]
    Labels = Integer[Tensor, "*batch rows"]
    Weights = Float[Tensor, "*batch rows"]
    Loss = Float[Tensor, "*batch"]
    LossArray = Float[Any, "*batch"]


def focal_loss(
    logits: Logits, labels: Labels, *, gamma: float = 3.0, weight: Weights | None = None
) -> Loss:
    """Cross-entropy that gives well classified rows less weight.

    ``-(1 - p)**gamma * log(p)`` with ``p`` the softmax probability of the row's class (Eq. 10),
    averaged over the rows.

    Parameters
    ----------
    logits : Tensor of shape (..., n_rows, n_classes), floating
        Scores before the softmax.
    labels : Tensor of shape (..., n_rows), int64
        Class of each row.
    gamma : float, default=3.0
        Focusing parameter; 0 gives cross-entropy.
    weight : Tensor of shape (..., n_rows), optional
        Factor on the loss of each row.

    Returns
    -------
    Tensor of shape (...)

    Examples
    --------
    >>> import torch
    >>> focal_loss(torch.zeros(1, 2), torch.tensor([1]), gamma=1.0)  # 0.5 * log(2)
    tensor(0.3466)
    """
    scores = as_array(logits)
    batch = batch_labels(labels, weight, scores, scores.shape[-1])
    value, grad = focal_value_and_grad(scores, batch, gamma)
    return with_gradients(value, (logits, grad))


def focal_value_and_grad(
    logits: LogitsArray, labels: BatchLabels, gamma: float
) -> tuple[LossArray, LogitsArray]:
    """Compute the focal loss and its gradient with respect to the logits."""
    xp = namespace_of(logits)
    # Classes first: a short last axis, as of few classes, is slow in NumPy.
    scores = xp.empty(logits.mT.shape, dtype=logits.dtype, device=logits.device)
    scores[...] = logits.mT
    scores -= max_rows(scores)
    odds = xp.exp(scores)
    total = sum_rows(odds)
    log_p = sum_rows(scores * labels.one_hot) - xp.log(total)
    # 1 - p without cancellation, and never 0: the gradient of a power below 1 is infinite there.
    miss = (-xp.expm1(log_p)).clip(min=xp.finfo(logits.dtype).tiny)
    power = miss ** (gamma - 1)
    weight = labels.mean_weight[..., None, :]
    value = -(power * miss * log_p * weight).sum(axis=(-2, -1))
    grad_log_p = power * (gamma * (1 - miss) * log_p - miss) * weight
    odds /= total
    grad = labels.one_hot - odds
    grad *= grad_log_p
    return value, grad.mT
