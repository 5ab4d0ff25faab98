"""Compactness and separation around learnable class centroids (arXiv 2506.13987, Eq. 11-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from rarebit.tabular._arrays import namespace_of, sum_columns
from rarebit.tabular.losses.labels import BatchLabels
from rarebit.tabular.losses.pairs import distance_and_rate

if TYPE_CHECKING:
    from jaxtyping import Float

    LossArray = Float[Any, "*batch"]
    EmbeddingArray = Float[Any, "*batch rows dims"]
    CentroidArray = Float[Any, "*batch classes dims"]

IntraKind = Literal["mse", "squared_norm"]


def intra_value_and_grads(
    embeddings: EmbeddingArray, labels: BatchLabels, centroids: CentroidArray, kind: IntraKind
) -> tuple[LossArray, EmbeddingArray, CentroidArray]:
    """Mean squared distance to the own class's centroid (Eq. 11), and its gradients.

    ``"mse"`` averages the squares over the dimensions (the paper's Algorithm 1), ``"squared_norm"``
    adds them (its Eq. 11).
    """
    xp = namespace_of(embeddings)
    difference = embeddings - labels.one_hot.mT @ centroids
    share = labels.mean_weight / (embeddings.shape[-1] if kind == "mse" else 1)
    value = xp.vecdot(xp.vecdot(difference, difference), share)
    difference *= 2 * share[..., None]
    return value, difference, -(labels.one_hot @ difference)


def inter_value_and_grad(
    centroids: CentroidArray, labels: BatchLabels
) -> tuple[LossArray, CentroidArray]:
    """Penalty on close centroids of the classes in the batch (Eq. 12), and its gradient.

    ``-log sigmoid`` of their mean pairwise distance; 0 if the batch has a single class.
    """
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
