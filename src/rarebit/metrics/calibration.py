"""How good probabilities are: log loss, Brier score, their skill, and calibration error."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from rarebit.metrics.curves import reliability_curve
from rarebit.metrics.definition import one_against_rest, probability_metric

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Integer

    Codes = Integer[np.ndarray, " rows"]
    Proba = Float[np.ndarray, "rows classes"]
    Floats = Float[np.ndarray, " rows"]

# Probabilities are kept this far from 0 and 1 before a logarithm is taken.
EPS = float(np.finfo(np.float64).eps)


@probability_metric
@one_against_rest
def calibration_error(is_class: Bool[np.ndarray, " rows"], proba: Floats, weight: Floats) -> float:
    """Expected calibration error: mean gap between predicted probability and observed frequency.

    Two classes are scored on the positive one; many classes by the class-wise error of Kull et al.
    (2019), the mean over the classes present in ``y``. Ten bins of equal weight, as in
    :func:`reliability_curve`. On few rows it is above 0 even for perfect probabilities.

    Examples
    --------
    >>> y, proba = np.array([0, 0, 0, 1]), np.full((4, 2), 0.5)
    >>> calibration_error(y, proba, n_classes=2, positive=1)
    0.25
    """
    curve = reliability_curve(is_class, proba, sample_weight=weight)
    return float(np.average(np.abs(curve.predicted - curve.observed), weights=curve.weight))


@probability_metric
def brier(y: Codes, proba: Proba, weight: Floats, _: int | None) -> float:
    """Brier score: half the mean squared distance of the probabilities to the one-hot truth.

    Halved, so that for two classes it is the familiar ``mean((p - y) ** 2)``, between 0 and 1.

    Examples
    --------
    >>> y, proba = np.array([0, 1]), np.array([[0.8, 0.2], [0.6, 0.4]])
    >>> round(brier(y, proba, n_classes=2, positive=1), 2)
    0.2
    """
    return _brier(y, proba, weight)


@probability_metric
def log_loss(y: Codes, proba: Proba, weight: Floats, _: int | None) -> float:
    """Log loss: mean of ``-log`` of the probability of the true class.

    Probabilities are clipped to ``[eps, 1 - eps]`` as in scikit-learn, with the ``eps`` of float64:
    a row whose class was given the probability 0 costs 36.

    Examples
    --------
    >>> y, proba = np.array([0, 1]), np.array([[0.8, 0.2], [0.6, 0.4]])
    >>> round(log_loss(y, proba, n_classes=2, positive=1), 3)
    0.57
    """
    return _log_loss(y, proba, weight)


@probability_metric
def brier_skill(y: Codes, proba: Proba, weight: Floats, _: int | None) -> float:
    """Share of the Brier score of the prevalence model that is saved: 1 is perfect, 0 no better.

    The prevalence model gives every row the class shares of the scored rows, by weight. If these
    rows hold one class only, the skill is ``nan``.

    Examples
    --------
    >>> y, proba = np.array([0, 1]), np.array([[0.8, 0.2], [0.6, 0.4]])
    >>> round(brier_skill(y, proba, n_classes=2, positive=1), 2)
    0.2
    """
    return _skill(_brier, y, proba, weight)


@probability_metric
def log_loss_skill(y: Codes, proba: Proba, weight: Floats, _: int | None) -> float:
    """Share of the log loss of the prevalence model that is saved: 1 is perfect, 0 no better.

    The prevalence model gives every row the class shares of the scored rows, by weight. If these
    rows hold one class only, the skill is ``nan``.

    Examples
    --------
    >>> y, proba = np.array([0, 1]), np.array([[0.8, 0.2], [0.6, 0.4]])
    >>> round(log_loss_skill(y, proba, n_classes=2, positive=1), 2)
    0.18
    """
    return _skill(_log_loss, y, proba, weight)


def _brier(y: Codes, proba: Proba, weight: Floats) -> float:
    distance = ((proba - np.eye(proba.shape[1])[y]) ** 2).sum(axis=1)
    return float(np.average(distance, weights=weight) / 2)


def row_log_loss(y: Codes, proba: Proba) -> Floats:
    """Log loss of each row."""
    return -np.log(np.clip(proba[np.arange(len(y)), y], EPS, 1 - EPS))


def _log_loss(y: Codes, proba: Proba, weight: Floats) -> float:
    return float(np.average(row_log_loss(y, proba), weights=weight))


def _skill(
    loss: Callable[[Codes, Proba, Floats], float], y: Codes, proba: Proba, weight: Floats
) -> float:
    """One minus the loss over that of the class shares."""
    shares = np.bincount(y, weights=weight, minlength=proba.shape[1]) / weight.sum()
    if np.count_nonzero(shares) < 2:
        return np.nan
    return 1 - loss(y, proba, weight) / loss(y, np.tile(shares, (len(y), 1)), weight)
