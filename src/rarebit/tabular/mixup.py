"""kNN-guided mixup (arXiv 2506.13987, Eq. 7-8) and the rivals it is to be measured against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from rarebit.tabular._sorting import argsort_rows

Mixup = Literal["knn", "random", "uniform", "none"]


@dataclass(frozen=True)
class MixupSettings:
    """How a batch is mixed; the defaults are the paper's, where it states them.

    Attributes
    ----------
    kind : {"knn", "random", "uniform", "none"}
        Partner of an anchor: one of its nearest neighbours in the batch, any other row of the
        batch, or a row of a class that is drawn first, every class of the batch alike.
    n_neighbors : int
        Neighbours to pick from.
    alpha : float
        Parameter of the Beta distribution of the coefficient.
    coefficient : {"batch", "sample"}
        One coefficient for the whole batch, or one for each row.
    space : {"input", "embedding"}
        Where neighbours are near: among the scaled features, or in the network's embedding.
    same_class : bool
        Partners of the anchor's own class only; an anchor that is alone stays as it is.
    """

    kind: Mixup = "knn"
    n_neighbors: int = 5
    alpha: float = 0.4
    coefficient: Literal["batch", "sample"] = "batch"
    space: Literal["input", "embedding"] = "input"
    same_class: bool = False


def draw_mixup(n_rows: int, settings: MixupSettings, rng: np.random.Generator) -> np.ndarray:
    """Draw all that mixing ``n_rows`` rows leaves to chance.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    settings : MixupSettings
        How rows are mixed.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray of shape (n_rows, 2), float32
        The coefficient ``max(lambda, 1 - lambda)`` with lambda from Beta(alpha, alpha), and a
        uniform number that picks the partner.

    Examples
    --------
    >>> draws = draw_mixup(1000, MixupSettings(), np.random.default_rng(0))
    >>> bool((draws[:, 0] >= 0.5).all())
    True
    """
    coefficient = rng.beta(settings.alpha, settings.alpha, size=n_rows)
    pick = rng.random(n_rows)
    return np.column_stack([np.maximum(coefficient, 1 - coefficient), pick]).astype(np.float32)


def choose_partners(
    points: Tensor, labels: Tensor, pick: Tensor, settings: MixupSettings
) -> Tensor:
    """Choose the row that each row of a batch is mixed with.

    Parameters
    ----------
    points : Tensor of shape (..., n_rows, n_dims)
        Where neighbours are looked for.
    labels : Tensor of shape (..., n_rows), int64
        Class of each row.
    pick : Tensor of shape (..., n_rows)
        Uniform numbers in [0, 1).
    settings : MixupSettings
        How rows are mixed.

    Returns
    -------
    Tensor of shape (..., n_rows), int64
        Position of each row's partner in the batch; its own where there is none to be had.

    Examples
    --------
    >>> points, labels = torch.tensor([[0.0], [1.0], [5.0]]), torch.tensor([0, 0, 1])
    >>> choose_partners(points, labels, torch.zeros(3), MixupSettings())
    tensor([1, 0, 1])
    >>> choose_partners(points, labels, torch.zeros(3), MixupSettings(same_class=True))
    tensor([1, 0, 2])
    """
    n_rows = labels.shape[-1]
    allowed = ~torch.eye(n_rows, dtype=torch.bool, device=labels.device)
    if settings.same_class:
        allowed = allowed & (labels.unsqueeze(-1) == labels.unsqueeze(-2))
    if settings.kind == "knn":
        return _pick_neighbor(points, allowed, pick, settings.n_neighbors)
    weights = allowed.expand(*labels.shape, n_rows).to(pick.dtype)
    if settings.kind == "uniform":
        # Every class weighs the same, however many rows it has among those allowed.
        same = (labels.unsqueeze(-1) == labels.unsqueeze(-2)).to(pick.dtype)
        weights = weights / (weights @ same).clamp_min(1)
    return _pick_by_weight(weights, pick)


def _pick_neighbor(points: Tensor, allowed: Tensor, pick: Tensor, n_neighbors: int) -> Tensor:
    """Pick one of the nearest allowed rows, the row itself where none is allowed."""
    squares = points.square().sum(dim=-1)
    distance = squares.unsqueeze(-2) + squares.unsqueeze(-1) - 2 * points @ points.mT
    order = _argsort(distance.clamp_min(0).masked_fill(~allowed, torch.inf))
    available = allowed.sum(dim=-1).clamp_max(n_neighbors)
    # The second bound is for a uniform number that float32 rounds up to 1.
    rank = torch.minimum((pick * available).long(), available - 1).clamp_min(0)
    chosen = order.gather(-1, rank.unsqueeze(-1)).squeeze(-1) % order.shape[-1]
    itself = torch.arange(order.shape[-1], device=order.device)
    return torch.where(available > 0, chosen, itself)


def _argsort(values: Tensor) -> Tensor:
    """Sort along the last axis, to places that are right but for multiples of its length."""
    if values.device.type == "cpu":
        return torch.from_numpy(argsort_rows(values.detach().numpy()))
    return values.argsort(dim=-1)


def _pick_by_weight(weights: Tensor, pick: Tensor) -> Tensor:
    """Pick one row with probability proportional to its weight, the row itself where all are 0."""
    cumulated = weights.cumsum(dim=-1)
    total = cumulated[..., -1]
    chosen = torch.searchsorted(cumulated, (pick * total).unsqueeze(-1), right=True).squeeze(-1)
    place = torch.arange(weights.shape[-1], device=weights.device)
    last = (place * (weights > 0)).amax(dim=-1)  # rounding may lead past it
    return torch.where(total > 0, torch.minimum(chosen, last), place)


@dataclass(frozen=True)
class Mixed:
    """A mixed batch.

    Attributes
    ----------
    x : Tensor of shape (..., n_rows, n_features)
        ``coefficient * x + (1 - coefficient) * x[partner]`` (Eq. 7).
    partner : Tensor of shape (..., n_rows), int64
        Position of the row that each row was mixed with.
    coefficient : Tensor of shape (..., n_rows)
        Share of the anchor, at least 1/2.
    """

    x: Tensor
    partner: Tensor
    coefficient: Tensor

    def labels(self, y: Tensor, n_classes: int) -> Tensor:
        """Mix the one-hot labels likewise (Eq. 8); the paper's loss uses the anchor's alone."""
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
    """Mix every row of a batch with a partner from it.

    Parameters
    ----------
    x : Tensor of shape (..., n_rows, n_features), floating
        The batch.
    labels : Tensor of shape (..., n_rows), int64
        Class of each row.
    draws : Tensor of shape (..., n_rows, 2)
        From :func:`draw_mixup`. With one coefficient a batch, the first row's is taken.
    settings : MixupSettings, default=MixupSettings()
        How rows are mixed.
    points : Tensor of shape (..., n_rows, n_dims), optional
        Where neighbours are looked for; ``x`` where not given.

    Returns
    -------
    Mixed

    Examples
    --------
    >>> x, labels = torch.tensor([[0.0], [4.0]]), torch.tensor([0, 1])
    >>> mixed = mix_batch(x, labels, torch.tensor([[0.75, 0.0], [0.5, 0.0]]))
    >>> mixed.x
    tensor([[1.], [3.]])
    >>> mixed.labels(labels, 2)
    tensor([[0.7500, 0.2500], [0.2500, 0.7500]])
    """
    coefficient, pick = draws.to(x.dtype).unbind(dim=-1)
    if settings.coefficient == "batch":
        coefficient = coefficient[..., :1].expand(labels.shape)
    partner = choose_partners(x if points is None else points, labels, pick, settings)
    index = partner.unsqueeze(-1).expand(x.shape)
    mixed = torch.lerp(x.gather(-2, index), x, coefficient.unsqueeze(-1))
    return Mixed(mixed, partner, coefficient)
