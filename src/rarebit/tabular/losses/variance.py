"""Compactness and separation by learnable class centroids (arXiv 2506.13987, Eq. 11-12)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from rarebit.tabular.losses.pairs import measure_distances, weighted_mean, with_slope

IntraKind = Literal["mse", "squared_norm"]


def intra_class_loss(
    embeddings: Tensor,
    labels: Tensor,
    centroids: Tensor,
    *,
    kind: IntraKind = "mse",
    weight: Tensor | None = None,
) -> Tensor:
    """Squared distance of the embeddings to the centroids of their classes, averaged over rows.

    Parameters
    ----------
    embeddings : Tensor of shape (..., n_rows, n_dims), floating
        Embeddings of the rows.
    labels : Tensor of shape (..., n_rows), int64
        Class of each row.
    centroids : Tensor of shape (..., n_classes, n_dims)
        Centroid of each class.
    kind : {"mse", "squared_norm"}, default="mse"
        ``"mse"`` averages the squares over the dimensions (the paper's Algorithm 1),
        ``"squared_norm"`` adds them (its Eq. 11).
    weight : Tensor of shape (..., n_rows), optional
        Factor on the loss of each row.

    Returns
    -------
    Tensor of shape (...)

    Examples
    --------
    >>> rows, centroids = torch.tensor([[3.0, 4.0]]), torch.zeros(1, 2)
    >>> intra_class_loss(rows, torch.tensor([0]), centroids, kind="squared_norm")
    tensor(25.)
    """
    index = labels.unsqueeze(-1).expand(embeddings.shape)
    squares = (embeddings - centroids.gather(-2, index)).square()
    per_row = squares.mean(dim=-1) if kind == "mse" else squares.sum(dim=-1)
    return weighted_mean(per_row, weight)


def inter_class_loss(centroids: Tensor, labels: Tensor) -> Tensor:
    """Penalty on close centroids of the classes in the batch (Eq. 12).

    ``-log sigmoid`` of the mean distance between them; 0 where the batch holds a single class.

    Parameters
    ----------
    centroids : Tensor of shape (..., n_classes, n_dims), floating
        Centroid of each class.
    labels : Tensor of shape (..., n_rows), int64
        Class of each row.

    Returns
    -------
    Tensor of shape (...)

    Examples
    --------
    >>> centroids = torch.tensor([[0.0], [0.0], [9.0]])
    >>> inter_class_loss(centroids, torch.tensor([0, 1, 1]))  # log(2): on one spot
    tensor(0.6931)
    """
    distance = measure_distances(centroids)
    with torch.no_grad():
        present = torch.zeros_like(centroids[..., 0]).scatter_(-1, labels, 1.0)
        n_present = present.sum(dim=-1)
        n_pairs = n_present * (n_present - 1)
        share = (present / n_pairs.clamp_min(1).unsqueeze(-1)).unsqueeze(-1) * present.unsqueeze(-2)
        mean = (distance * share).sum(dim=(-2, -1))
        value = functional.softplus(-mean) * (n_pairs > 0)
        slope = share * -torch.sigmoid(-mean)[..., None, None]
    return with_slope(distance, value, slope)
