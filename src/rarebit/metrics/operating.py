"""Scores at one operating point. Each function makes the metric of the point that it is given.

Two classes are scored on the positive one; many classes one against the rest, averaged over the
classes present in ``y``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from rarebit._common.parameters import OPEN_FRACTION, POSITIVE, Bounds, check_value
from rarebit.metrics.curves import ROUNDING, decision_curve, mass_above
from rarebit.metrics.definition import MetricFunction, one_against_rest, probability_metric

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

    IsClass = Bool[np.ndarray, " rows"]
    Floats = Float[np.ndarray, " rows"]


def net_benefit(threshold: float) -> MetricFunction:
    """Make the net benefit at a threshold probability (Vickers & Elkin 2006).

    The share of rows that are true alarms, minus the share that are false alarms times the odds of
    the threshold: at a threshold of 10 %, one true alarm is worth nine false ones.

    Parameters
    ----------
    threshold : float
        Rows are acted on from this probability on; above 0 and below 1.

    Returns
    -------
    callable
        A metric of probabilities.

    Examples
    --------
    >>> y, p = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.3, 0.8])
    >>> metric = net_benefit(0.2)
    >>> metric(y, np.column_stack([1 - p, p]), n_classes=2, positive=1)
    0.4375
    """
    check_value("threshold", threshold, *OPEN_FRACTION)

    def score(is_class: IsClass, proba: Floats, weight: Floats) -> float:
        """Net benefit."""
        return float(decision_curve(is_class, proba, np.array([threshold]), weight).model[0])

    return _metric(score)


def precision_at_k(k: float, *, share: bool = False) -> MetricFunction:
    """Make the precision among the ``k`` rows of the highest probability.

    Of rows with the same probability, those within the ``k`` are drawn at random: the precision is
    the expected one. With weights, ``k`` is a total weight. All rows count if there are fewer.

    Parameters
    ----------
    k : float
        Number of rows, or their share of all rows.
    share : bool, default=False
        Whether ``k`` is a share, from 0 to 1.

    Returns
    -------
    callable
        A metric of probabilities.

    Examples
    --------
    >>> y, p = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.4, 0.8])
    >>> metric = precision_at_k(2)
    >>> metric(y, np.column_stack([1 - p, p]), n_classes=2, positive=1)
    0.75
    """
    check_value("k", k, *((Bounds(float, 0, 1, open_low=True),) if share else POSITIVE))

    def score(is_class: IsClass, proba: Floats, weight: Floats) -> float:
        """Precision at k."""
        inside, outside = mass_above(is_class, proba, weight)
        every = inside + outside
        most = min(k * every[-1] if share else k, every[-1])
        hits = np.interp(most, np.append(0.0, every), np.append(0.0, inside))
        return float(hits / most)

    return _metric(score)


def recall_at_precision(precision: float) -> MetricFunction:
    """Make the highest recall of all thresholds with at least this precision; 0 without one.

    Parameters
    ----------
    precision : float
        Least precision, above 0 and at most 1.

    Returns
    -------
    callable
        A metric of probabilities.

    Examples
    --------
    >>> y, p = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.3, 0.8])
    >>> metric = recall_at_precision(0.9)
    >>> metric(y, np.column_stack([1 - p, p]), n_classes=2, positive=1)
    0.5
    """
    check_value("precision", precision, Bounds(float, 0, 1, open_low=True))

    def score(is_class: IsClass, proba: Floats, weight: Floats) -> float:
        """Recall at a precision."""
        inside, outside = mass_above(is_class, proba, weight)
        if inside[-1] <= 0:
            return np.nan
        allowed = inside / (inside + outside) >= precision - ROUNDING
        return float(inside[allowed].max(initial=0.0) / inside[-1])

    return _metric(score)


def recall_at_fpr(fpr: float) -> MetricFunction:
    """Make the highest recall of all thresholds with at most this false-positive rate.

    Parameters
    ----------
    fpr : float
        Largest false-positive rate, from 0 to 1.

    Returns
    -------
    callable
        A metric of probabilities.

    Examples
    --------
    >>> y, p = np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.3, 0.8])
    >>> metric = recall_at_fpr(0.1)
    >>> metric(y, np.column_stack([1 - p, p]), n_classes=2, positive=1)
    0.5
    """
    check_value("fpr", fpr, Bounds(float, 0, 1))

    def score(is_class: IsClass, proba: Floats, weight: Floats) -> float:
        """Recall at a false-positive rate."""
        inside, outside = mass_above(is_class, proba, weight)
        if inside[-1] <= 0 or outside[-1] <= 0:
            return np.nan
        allowed = outside / outside[-1] <= fpr + ROUNDING
        return float(inside[allowed].max(initial=0.0) / inside[-1])

    return _metric(score)


def _metric(score: Callable[[IsClass, Floats, Floats], float]) -> MetricFunction:
    return probability_metric(one_against_rest(score))
