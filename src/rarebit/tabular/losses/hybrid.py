"""The hybrid loss of QCL-MixNet (arXiv 2506.13987, Eq. 9 and 14)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import add
from typing import Any, NamedTuple, get_args

import torch
from torch import Tensor, nn

from rarebit._common.parameters import Bounds, Rule, check_sizes, check_values
from rarebit.exceptions import InputError
from rarebit.tabular._arrays import Array, namespace_of
from rarebit.tabular.losses.focal import focal_slope
from rarebit.tabular.losses.gradients import as_array, as_tensor, describe, with_slopes
from rarebit.tabular.losses.labels import BatchLabels
from rarebit.tabular.losses.pairs import compare_rows
from rarebit.tabular.losses.supcon import supcon_slope
from rarebit.tabular.losses.triplet import mine_pairs, triplet_slope
from rarebit.tabular.losses.variance import IntraKind, inter_slope, intra_slope

_RULES: dict[str, Rule] = {
    "balance": (Bounds(float, 0, 1),),
    **dict.fromkeys(("focal_weight", "intra_weight", "inter_weight"), (Bounds(float, 0),)),
    **dict.fromkeys(("supcon_weight", "triplet_weight", "gamma"), (Bounds(float, 0),)),
    "intra": get_args(IntraKind),
    "temperature": (Bounds(float, 0, open_low=True),),
    **dict.fromkeys(("margin", "epsilon"), (Bounds(float, 0),)),
}


@dataclass(frozen=True)
class HybridSettings:
    """Constants of the hybrid loss; the defaults are the paper's.

    Attributes
    ----------
    balance : float
        Share of the focal variance loss (Eq. 14); the rest goes to SupCon and triplet.
    focal_weight, intra_weight, inter_weight, supcon_weight, triplet_weight : float
        Weight of each part; a part of weight 0 is not computed.
    gamma, intra, temperature, margin, epsilon
        See :func:`focal_loss`, :func:`intra_class_loss`, :func:`supcon_loss`,
        :func:`triplet_loss` and :func:`mine_multi_similarity`.

    Raises
    ------
    InputError
        If one is no number of the range that it has.
    """

    balance: float = 0.5
    focal_weight: float = 1.0
    intra_weight: float = 0.8
    inter_weight: float = 1.0
    supcon_weight: float = 1.0
    triplet_weight: float = 1.0
    gamma: float = 3.0
    intra: IntraKind = "mse"
    temperature: float = 0.2
    margin: float = 0.5
    epsilon: float = 0.1

    def __post_init__(self) -> None:
        check_values(vars(self), _RULES)

    @property
    def coefficients(self) -> tuple[float, ...]:
        """Factors of focal, intra, inter, SupCon and triplet in the loss."""
        variance = (self.focal_weight, self.intra_weight, self.inter_weight)
        contrast = (self.supcon_weight, self.triplet_weight)
        rest = 1 - self.balance
        return (*(self.balance * w for w in variance), *(rest * w for w in contrast))


class HybridLossParts(NamedTuple):
    """The loss of a batch and what it is made of, each of shape ``(...)``; parts unweighted.

    ``without_positive`` counts the anchors that SupCon left out, ``without_triplet`` is 1 for a
    batch in which no triplet violates the margin: there the triplet loss is left out.
    """

    loss: Tensor
    focal: Tensor
    intra: Tensor
    inter: Tensor
    supcon: Tensor
    triplet: Tensor
    without_positive: Tensor
    without_triplet: Tensor


class HybridSlopes(NamedTuple):
    """The figures of :class:`HybridLossParts`, and the derivatives of the loss."""

    parts: Array
    by_logits: Array
    by_embeddings: Array
    by_centroids: Array


def hybrid_slopes(
    logits: Array,
    embeddings: Array,
    labels: BatchLabels,
    centroids: Array,
    settings: HybridSettings,
) -> HybridSlopes:
    """Work out the loss of a batch and its derivatives.

    Parameters
    ----------
    logits : array of shape (..., n_rows, n_classes)
        Scores of the classifier.
    embeddings : array of shape (..., n_rows, n_dims)
        Output of the projection head.
    labels : BatchLabels
        Labels of the rows, described.
    centroids : array of shape (..., n_classes, n_dims)
        Centroid of each class.
    settings : HybridSettings
        Weights and constants.

    Returns
    -------
    HybridSlopes
        ``parts`` is of shape ``(8, ...)``, in the order of :class:`HybridLossParts`.
    """
    xp, s, coefficients = namespace_of(logits), settings, settings.coefficients
    use_focal, use_intra, use_inter, use_supcon, use_triplet = coefficients
    place = {"dtype": logits.dtype, "device": logits.device}
    parts = xp.zeros((len(HybridLossParts._fields), *logits.shape[:-2]), **place)
    variables = (logits, embeddings, centroids)
    by_logits, by_embeddings, by_centroids = (xp.zeros(v.shape, **place) for v in variables)
    if use_focal:
        parts[1], by_logits = focal_slope(logits, labels, s.gamma)
        by_logits *= use_focal
    if use_intra:
        parts[2], by_embeddings, by_centroids = intra_slope(embeddings, labels, centroids, s.intra)
        by_embeddings *= use_intra
        by_centroids *= use_intra
    if use_inter:
        parts[3], slope = inter_slope(centroids, labels)
        by_centroids += use_inter * slope
    if use_supcon or use_triplet:
        pairs, by_square = compare_rows(embeddings), []
        if use_supcon:
            parts[4], slope = supcon_slope(pairs, labels, s.temperature)
            parts[6] = labels.without_positive
            slope *= use_supcon
            by_square.append(slope)
        if use_triplet:
            mined = mine_pairs(pairs, labels, s.epsilon)
            parts[5], n_violating, slope = triplet_slope(pairs, *mined, labels.weight, s.margin)
            parts[7] = n_violating == 0
            slope *= use_triplet
            by_square.append(slope)
        by_embeddings += pairs.slope_by_embedding(reduce(add, by_square))
    flat = parts.reshape(len(parts), -1)
    flat[0] = _constants(xp, coefficients, **place) @ flat[1:6]
    return HybridSlopes(parts, by_logits, by_embeddings, by_centroids)


@lru_cache(maxsize=16)
def _constants(xp: Any, numbers: tuple[float, ...], dtype: Any, device: Any) -> Array:
    """Send numbers to a device, where they stay: a device waits for what comes from outside."""
    return xp.asarray(numbers, dtype=dtype, device=device)


class HybridLoss(nn.Module):
    """``a * (focal + 0.8 intra + inter) + (1 - a) * (SupCon + triplet)``, with its centroids.

    Parameters
    ----------
    n_classes : int
        Number of classes.
    n_dims : int, default=8
        Width of the embedding.
    settings : HybridSettings, default=HybridSettings()
        Weights and constants.

    Examples
    --------
    >>> loss = HybridLoss(n_classes=2)
    >>> parts = loss(torch.zeros(3, 2), torch.eye(3, 8), torch.tensor([0, 0, 1]))
    >>> parts.without_positive
    tensor(1.)
    """

    def __init__(
        self, n_classes: int, n_dims: int = 8, settings: HybridSettings = HybridSettings()
    ) -> None:
        super().__init__()
        check_sizes(n_classes=n_classes, n_dims=n_dims)
        self.settings = settings
        self.centroids = nn.Parameter(torch.randn(n_classes, n_dims))

    def forward(
        self, logits: Tensor, embeddings: Tensor, labels: Tensor, weight: Tensor | None = None
    ) -> HybridLossParts:
        """Compute the loss of a batch.

        Parameters
        ----------
        logits : Tensor of shape (..., n_rows, n_classes)
            Scores of the classifier.
        embeddings : Tensor of shape (..., n_rows, n_dims)
            Output of the projection head.
        labels : Tensor of shape (..., n_rows), int64
            Class of each row.
        weight : Tensor of shape (..., n_rows), optional
            Weight of each row.

        Returns
        -------
        HybridLossParts
            The loss carries the gradient, its parts are for looking at.

        Raises
        ------
        InputError
            If the shapes do not fit each other, or there are no rows.
        """
        shape, (n_classes, n_dims) = labels.shape, self.centroids.shape[-2:]
        fits = logits.shape == (*shape, n_classes) and embeddings.shape == (*shape, n_dims)
        if not (fits and labels.numel()):
            raise InputError(
                f"{logits.shape=}, {embeddings.shape=} and {labels.shape=}: give {n_classes} "
                f"scores, {n_dims} dimensions and one label for each row, and one row at least."
            )
        scores, rows, centroids = map(as_array, (logits, embeddings, self.centroids))
        known = describe(labels, weight, scores, scores.shape[-1])
        parts, *slopes = hybrid_slopes(scores, rows, known, centroids, self.settings)
        variables = (logits, embeddings, self.centroids)
        loss = with_slopes(parts[0], *zip(variables, slopes, strict=True))
        return HybridLossParts(loss, *(as_tensor(part, logits) for part in parts[1:]))
