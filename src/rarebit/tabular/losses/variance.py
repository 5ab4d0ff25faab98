"""Compactness and separation around learnable class centroids (arXiv 2506.13987, Eq. 11-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from torch import Tensor

from rarebit.tabular._arrays import namespace_of, sum_columns
from rarebit.tabular.losses.gradients import as_array, batch_labels, with_gradients
from rarebit.tabular.losses.labels import BatchLabels
from rarebit.tabular.losses.pairs import distance_and_rate

if TYPE_CHECKING:
    from jaxtyping import Float, Integer

    Embeddings = Float[Tensor, "*batch rows dims"]
    Labels = Integer[Tensor, "*batch rows"]
    Weights = Float[Tensor, "*batch rows"]
    Centroids = Float[Tensor, "*batch classes dims"]
    Loss = Float[Tensor, "*batch"]
    LossArray = Float[Any, "*batch"]
    EmbeddingArray = Float[Any, "*batch rows dims"]
    CentroidArray = Float[Any, "*batch classes dims"]

IntraKind = Literal["mse", "squared_norm"]


def intra_class_loss(
    embeddings: Embeddings,
    labels: Labels,
    centroids: Centroids,
    *,
    kind: IntraKind = "mse",
    weight: Weights | None = None,
) -> Loss:
    """Mean squared distance of the embeddings to their class's centroid (Eq. 11).

    ``"mse"`` averages the squares over the dimensions (the paper's Algorithm 1), ``"squared_norm"``
    adds them (its Eq. 11).
    """
    rows, centers = as_array(embeddings), as_array(centroids)
    batch = batch_labels(labels, weight, rows, centers.shape[-2])
    value, *grads = intra_value_and_grads(rows, batch, centers, kind)
    return with_gradients(value, *zip((embeddings, centroids), grads, strict=True))


def intra_value_and_grads(
    embeddings: EmbeddingArray, labels: BatchLabels, centroids: CentroidArray, kind: IntraKind
) -> tuple[LossArray, EmbeddingArray, CentroidArray]:
    """Compute the loss and its gradients with respect to the embeddings and the centroids."""
    xp = namespace_of(embeddings)
    difference = embeddings - labels.one_hot.mT @ centroids
    share = labels.mean_weight / (embeddings.shape[-1] if kind == "mse" else 1)
    value = xp.vecdot(xp.vecdot(difference, difference), share)
    difference *= 2 * share[..., None]
    return value, difference, -(labels.one_hot @ difference)


def inter_class_loss(centroids: Centroids, labels: Labels) -> Loss:
    """Penalty on close centroids of the classes in the batch (Eq. 12).

    ``-log sigmoid`` of their mean pairwise distance; 0 if the batch has a single class.
    """
    centers = as_array(centroids)
    batch = batch_labels(labels, None, centers, centers.shape[-2], of_rows=False)
    value, grad = inter_value_and_grad(centers, batch)
    return with_gradients(value, (centroids, grad))


def inter_value_and_grad(
    centroids: CentroidArray, labels: BatchLabels
) -> tuple[LossArray, CentroidArray]:
    """Compute the loss and its gradient with respect to the centroids."""
    xp = namespace_of(centroids)
    points = xp.asarray(centroids, dtype=xp.float64)
    products = points @ points.mT
    norms = xp.vecdot(points, points)
    square = norms[..., :, None] + norms[..., None, :] - 2 * products
    distance, rate = distance_and_rate(xp.asarray(square, dtype=centroids.dtype))
    present = labels.present
    n_present = present.sum(axis=-1)
    n_pairs = (n_present * (n_present - 1)).clip(min=1)
    mean = xp.vecdot(present, (distance @ present[..., None])[..., 0]) / n_pairs
    zero = xp.zeros((), dtype=mean.dtype, device=centroids.device)
    value = xp.logaddexp(zero, -mean) * (n_present > 1)
    # Chain rule: with respect to the mean, each distance (which occurs twice), and its square.
    factor = -4 * xp.exp(-xp.logaddexp(zero, mean)) / n_pairs
    weight = rate * present[..., None, :]
    weight *= (factor[..., None] * present)[..., None]
    return value, sum_columns(weight) * centroids - weight @ centroids
