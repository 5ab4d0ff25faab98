"""kNN-guided mixup (arXiv 2506.13987, Eq. 7-8) and the alternatives to compare it with."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rarebit._common.parameters import COUNT, POSITIVE, TRUTH, Rule, check_values
from rarebit.exceptions import InputError
from rarebit.tabular._arrays import Array, argsort_rows, namespace_of
from rarebit.tabular.losses.gradients import as_array, as_tensor

Mixup = Literal["knn", "random", "uniform", "none"]

MIXUP_RULES: dict[str, Rule] = {
    "kind": get_args(Mixup),
    "n_neighbors": COUNT,
    "alpha": POSITIVE,
    "coefficient": ("batch", "sample"),
    "space": ("input", "embedding"),
    "same_class": TRUTH,
}


@dataclass(frozen=True)
class MixupSettings:
    """How a batch is mixed; the defaults are the paper's, where it states them.

    See the parameters of QCLMixNetClassifier. With ``"uniform"`` all classes of the batch are
    equally likely; with ``same_class`` an anchor without a partner of its class is not mixed.
    """

    kind: Mixup = "knn"
    n_neighbors: int = 5
    alpha: float = 0.4
    coefficient: Literal["batch", "sample"] = "batch"
    space: Literal["input", "embedding"] = "input"
    same_class: bool = False

    def __post_init__(self) -> None:
        check_values(vars(self), MIXUP_RULES)


def draw_mixup(n_rows: int, settings: MixupSettings, rng: np.random.Generator) -> np.ndarray:
    """Draw ``(n_rows, 2)`` numbers for mixing rows: coefficients, and picks of partners in [0, 1).

    The coefficient is ``max(lambda, 1 - lambda)`` with lambda from Beta(alpha, alpha).
    """
    coefficient = rng.beta(settings.alpha, settings.alpha, size=n_rows)
    pick = rng.random(n_rows)
    return np.column_stack([np.maximum(coefficient, 1 - coefficient), pick]).astype(np.float32)


def choose_partners(points: Array, labels: Array, pick: Array, settings: MixupSettings) -> Array:
    """Choose the position ``(..., n_rows)`` of the row that each row of a batch is mixed with.

    Neighbours are searched among ``points`` ``(..., n_rows, n_dims)``; ``pick`` ``(..., n_rows)``
    are uniform numbers in [0, 1). A row without any possible partner is its own.
    """
    xp = namespace_of(points)
    if settings.kind == "none":
        own = xp.arange(labels.shape[-1], device=labels.device)
        return xp.asarray(xp.broadcast_to(own, labels.shape), copy=True)
    allowed = ~xp.eye(labels.shape[-1], dtype=xp.bool, device=labels.device)
    if settings.same_class:
        allowed = allowed & (labels[..., :, None] == labels[..., None, :])
    if settings.kind == "knn":
        return _pick_neighbor(xp, points, allowed, pick, settings.n_neighbors)
    allowed = xp.broadcast_to(allowed, (*labels.shape, labels.shape[-1]))
    weights = xp.asarray(allowed, dtype=pick.dtype)
    if settings.kind == "uniform":
        # Every class has the same weight, however many of its rows are allowed.
        same = labels[..., :, None] == labels[..., None, :]
        weights /= (weights @ xp.asarray(same, dtype=pick.dtype)).clip(min=1)
    return _pick_by_weight(xp, weights, pick)


def _pick_neighbor(xp: Any, points: Array, allowed: Array, pick: Array, n_neighbors: int) -> Array:
    """Pick one of the nearest allowed rows, or the row itself if none is allowed."""
    squares = xp.vecdot(points, points)
    distance = points @ points.mT
    distance *= -2
    distance += squares[..., None, :]
    distance += squares[..., :, None]
    distance = distance.clip(min=0)
    distance += xp.asarray(xp.where(allowed, 0.0, math.inf), dtype=points.dtype)
    order = argsort_rows(distance)
    available = allowed.sum(axis=-1).clip(max=n_neighbors)
    # The upper bound is for a uniform number that float32 rounds up to 1.
    rank = xp.asarray(xp.asarray(pick, dtype=xp.float64) * available, dtype=xp.int64)
    rank = xp.minimum(rank, available - 1).clip(min=0)
    n_rows = order.shape[-1]
    chosen = xp.take_along_axis(order, rank[..., None], axis=-1)[..., 0] % n_rows
    return xp.where(available > 0, chosen, xp.arange(n_rows, device=order.device))


def _pick_by_weight(xp: Any, weights: Array, pick: Array) -> Array:
    """Pick a row with probability proportional to its weight, or the row itself if all are 0."""
    cumulative = weights.cumsum(axis=-1)
    total = cumulative[..., -1]
    chosen = (cumulative <= (pick * total)[..., None]).sum(axis=-1)
    place = xp.arange(weights.shape[-1], device=weights.device)
    last = xp.max(place * (weights > 0), axis=-1)  # rounding errors may lead past it
    return xp.where(total > 0, xp.minimum(chosen, last), place)


def mix_rows(
    x: Array,
    labels: Array,
    draws: Array,
    settings: MixupSettings,
    points: Array | None = None,
) -> tuple[Array, Array, Array]:
    """Mix like :func:`mix_batch`, with arrays: the mixed rows, the partners, the coefficients."""
    xp = namespace_of(x)
    coefficient, pick = xp.asarray(draws[..., 0], dtype=x.dtype, copy=True), draws[..., 1]
    if settings.coefficient == "batch":
        coefficient[...] = draws[..., :1, 0]
    partner = choose_partners(x if points is None else points, labels, pick, settings)
    n_rows, n_features = x.shape[-2:]
    starts = xp.arange(0, math.prod(labels.shape), n_rows, device=x.device)  # of each batch
    mixed = x.reshape(-1, n_features)[partner + starts.reshape(*labels.shape[:-1], 1)]
    mixed -= x
    mixed *= 1 - coefficient[..., None]
    mixed += x
    return mixed, partner, coefficient


@dataclass(frozen=True)
class Mixed:
    """A mixed batch.

    ``x`` (..., n_rows, n_features): ``coefficient * x + (1 - coefficient) * x[partner]`` (Eq. 7).
    ``partner`` (..., n_rows): Position of the row that each row was mixed with.
    ``coefficient`` (..., n_rows): Share of the anchor, at least 0.5.
    """

    x: Tensor
    partner: Tensor
    coefficient: Tensor

    def labels(self, y: Tensor, n_classes: int) -> Tensor:
        """Mix the one-hot labels in the same way (Eq. 8); the paper's loss uses the anchor's."""
        one_hot = functional.one_hot(y, n_classes).to(self.x.dtype)
        index = self.partner.unsqueeze(-1).expand(one_hot.shape)
        share = self.coefficient.unsqueeze(-1)
        return share * one_hot + (1 - share) * one_hot.gather(-2, index)


def mix_batch(
    x: Tensor,
    labels: Tensor,
    draws: Tensor,
    settings: MixupSettings = MixupSettings(),
    *,
    points: Tensor | None = None,
) -> Mixed:
    """Mix every row of a batch with a partner from the same batch (Eq. 7).

    ``x`` (..., n_rows, n_features), ``labels`` (..., n_rows), ``draws`` (..., n_rows, 2) from
    :func:`draw_mixup`; neighbours are searched among ``points`` (..., n_rows, n_dims), or ``x``.
    """
    shape = labels.shape
    fits = x.shape[:-1] == shape and draws.shape == (*shape, 2) and x.is_floating_point()
    if not (fits and labels.numel() and (points is None or points.shape[:-1] == shape)):
        raise InputError(
            f"{x.shape=}, {x.dtype=}, {labels.shape=} and {draws.shape=} do not match: give one "
            "floating-point row, one label and two draws (from draw_mixup) per row, at least one."
        )
    place = None if points is None else as_array(points)
    rows, classes, drawn = map(as_array, (x, labels, draws.to(x.device)))
    mixed, partner, coefficient = mix_rows(rows, classes, drawn, settings, place)
    partner = torch.asarray(partner, device=x.device)
    return Mixed(as_tensor(mixed, x), partner, as_tensor(coefficient, x))
