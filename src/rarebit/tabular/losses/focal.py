"""Focal loss (arXiv 2506.13987, Eq. 10)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from rarebit.tabular.losses.pairs import weighted_mean


def focal_loss(
    logits: Tensor, labels: Tensor, *, gamma: float = 3.0, weight: Tensor | None = None
) -> Tensor:
    """Cross-entropy that counts rows less the better they are classified.

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
    >>> focal_loss(torch.zeros(1, 2), torch.tensor([1]), gamma=1.0)  # 0.5 * log(2)
    tensor(0.3466)
    """
    flat = functional.cross_entropy(logits.flatten(0, -2), labels.flatten(), reduction="none")
    entropy = flat.view(labels.shape)
    if gamma == 0:
        return weighted_mean(entropy, weight)
    # 1 - p without cancellation. Kept from 0, where the slope of a power below 1 is infinite.
    miss = torch.expm1(-entropy).neg().clamp_min(torch.finfo(entropy.dtype).tiny)
    return weighted_mean(miss**gamma * entropy, weight)
