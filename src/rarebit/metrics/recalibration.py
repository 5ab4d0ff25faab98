"""Slope and intercept of a logistic recalibration: too extreme risks, and too high ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit

from rarebit.metrics.calibration import EPS
from rarebit.metrics.definition import probability_metric

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Integer

    Codes = Integer[np.ndarray, " rows"]
    Proba = Float[np.ndarray, "rows classes"]
    IsClass = Bool[np.ndarray, " rows"]
    Floats = Float[np.ndarray, " rows"]


@probability_metric
def calibration_slope(y: Codes, proba: Proba, weight: Floats, positive: int | None) -> float:
    """Slope ``b`` of the logistic recalibration ``logit P(y) = a + b * logit p``; 1 is best.

    Below 1, probabilities are too extreme, as those of an overfitted model are; above 1, not
    extreme enough (Cox 1958). ``nan`` with three classes or more, with equal probabilities, or if
    a threshold separates the classes.

    Examples
    --------
    >>> y, p = np.array([0, 0, 0, 1, 0, 1, 1, 1]), np.array([0.2, 0.8]).repeat(4)
    >>> proba = np.column_stack([1 - p, p])
    >>> round(calibration_slope(y, proba, n_classes=2, positive=1), 2)
    0.79
    """
    found = _log_odds(y, proba, weight, positive)
    if found is None:
        return np.nan
    is_class, log_odds, weight = found
    inside, outside = log_odds[is_class], log_odds[~is_class]
    if inside.min() >= outside.max() or inside.max() <= outside.min():
        return np.nan
    design = np.column_stack([np.ones(len(log_odds)), log_odds])
    return float(_fit(design, np.zeros(len(log_odds)), is_class, weight)[1])


@probability_metric
def calibration_intercept(y: Codes, proba: Proba, weight: Floats, positive: int | None) -> float:
    """Calibration in the large: ``a`` in ``logit P(y) = a + logit p``, with the slope 1; 0 is best.

    Below 0, probabilities are too high overall; above 0, too low. ``nan`` with three classes or
    more, or if the rows hold one class only.

    Examples
    --------
    >>> y, proba = np.array([0, 0, 0, 1]), np.full((4, 2), 0.5)
    >>> round(calibration_intercept(y, proba, n_classes=2, positive=1), 2)
    -1.1
    """
    found = _log_odds(y, proba, weight, positive)
    if found is None:
        return np.nan
    is_class, log_odds, weight = found
    return float(_fit(np.ones((len(log_odds), 1)), log_odds, is_class, weight)[0])


def _log_odds(
    y: Codes, proba: Proba, weight: Floats, positive: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Rows that have weight: whether of the class, log-odds, weight; None if not defined."""
    used = weight > 0
    is_class = y[used] == positive
    if positive is None or is_class.all() or not is_class.any():
        return None
    return is_class, logit(np.clip(proba[used, positive], EPS, 1 - EPS)), weight[used]


def _fit(
    design: Float[np.ndarray, "rows terms"], offset: Floats, is_class: IsClass, weight: Floats
) -> Float[np.ndarray, " terms"]:
    """Coefficients of a weighted logistic regression without a penalty."""
    share = weight / weight.sum()

    def loss(coefficients: np.ndarray) -> tuple[float, np.ndarray]:
        score = offset + design @ coefficients
        value = share @ (np.logaddexp(0, score) - is_class * score)
        return float(value), design.T @ (share * (expit(score) - is_class))

    def hessian(coefficients: np.ndarray) -> np.ndarray:
        p = expit(offset + design @ coefficients)
        return np.asarray(design.T @ ((share * p * (1 - p))[:, None] * design))

    start = np.eye(design.shape[1])[-1] * (design.shape[1] > 1)
    return np.asarray(minimize(loss, start, jac=True, hess=hessian, method="trust-exact").x)
