"""Scores of a ranking of the rows by probability: areas under the precision-recall and ROC curves.

Two classes are scored on the positive one; many classes one against rest, averaged over the classes
present in ``y``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rarebit._common.predictions import check_codes, check_proba, check_row_weights
from rarebit.metrics.classification import check_n_classes, two_class_positive


def average_over_classes(
    score: Callable[[np.ndarray, np.ndarray, np.ndarray], float],
    y: np.ndarray,
    proba: np.ndarray,
    *,
    n_classes: int,
    positive: int | None,
    sample_weight: np.ndarray | None,
) -> float:
    """Score the positive class, or each class present against the rest and take the mean.

    Parameters
    ----------
    score : callable (is_class, proba_of_class, weight) -> float
        Called with one boolean, one probability and one weight a row.
    y, proba, n_classes, positive, sample_weight
        As in every metric.

    Returns
    -------
    float
        ``nan`` without rows, or where a probability is not finite.

    Raises
    ------
    InputError
        If codes, probabilities or weights do not fit each other, or are none.
    """
    y, proba, weight = check_scored(y, proba, n_classes, sample_weight)
    if weight.sum() <= 0 or not np.isfinite(proba).all():
        return float("nan")
    chosen = two_class_positive(n_classes, positive)
    present = np.flatnonzero(np.bincount(y, weights=weight, minlength=n_classes))
    codes = present if chosen is None else [chosen]
    return float(np.mean([score(y == code, proba[:, code], weight) for code in codes]))


def check_scored(
    y: np.ndarray, proba: np.ndarray, n_classes: int, sample_weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Check codes, probabilities and weights against each other; NaN may be a probability."""
    n_classes = check_n_classes(n_classes)
    y = check_codes("y", y, n_classes)
    proba = check_proba(proba, n_classes, len(y), finite=False)
    return y, proba, check_row_weights(sample_weight, len(y))


def _mass_above(
    is_class: np.ndarray, proba: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weight inside and outside the class at or above each distinct probability, highest first."""
    order = np.argsort(-proba, kind="stable")
    last_of_tie = np.append(np.diff(proba[order]) != 0, True)
    inside = np.cumsum(np.where(is_class, weight, 0.0)[order])[last_of_tie]
    outside = np.cumsum(np.where(is_class, 0.0, weight)[order])[last_of_tie]
    return inside, outside


def _average_precision(is_class: np.ndarray, proba: np.ndarray, weight: np.ndarray) -> float:
    inside, outside = _mass_above(is_class, proba, weight)
    if inside[-1] <= 0:
        return np.nan
    seen = inside + outside > 0  # leading rows without weight have no precision
    inside, outside = inside[seen], outside[seen]
    return float(np.diff(inside, prepend=0.0) @ (inside / (inside + outside)) / inside[-1])


def _roc_area(is_class: np.ndarray, proba: np.ndarray, weight: np.ndarray) -> float:
    inside, outside = _mass_above(is_class, proba, weight)
    if inside[-1] <= 0 or outside[-1] <= 0:
        return np.nan
    area = np.trapezoid(np.append(0.0, inside), np.append(0.0, outside))
    return float(area / (inside[-1] * outside[-1]))


def pr_auc(
    y: np.ndarray,
    predicted: np.ndarray,
    *,
    n_classes: int,
    positive: int | None,
    sample_weight: np.ndarray | None = None,
) -> float:
    """Area under the precision-recall curve as average precision, without interpolation.

    Parameters
    ----------
    y : ndarray of shape (n_rows,), int64
        True label codes.
    predicted : ndarray of shape (n_rows, n_classes)
        Probabilities.
    n_classes : int
        Number of classes.
    positive : int or None
        Class scored where there are two.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.

    Returns
    -------
    float
        ``nan`` where the positive class does not occur.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
    >>> round(pr_auc(np.array([0, 0, 1, 1]), proba, n_classes=2, positive=1), 4)
    0.8333
    """
    return average_over_classes(
        _average_precision,
        y,
        predicted,
        n_classes=n_classes,
        positive=positive,
        sample_weight=sample_weight,
    )


def roc_auc(
    y: np.ndarray,
    predicted: np.ndarray,
    *,
    n_classes: int,
    positive: int | None,
    sample_weight: np.ndarray | None = None,
) -> float:
    """Area under the ROC curve; the chance that a row of the class outranks one outside it.

    Parameters
    ----------
    y : ndarray of shape (n_rows,), int64
        True label codes.
    predicted : ndarray of shape (n_rows, n_classes)
        Probabilities.
    n_classes : int
        Number of classes.
    positive : int or None
        Class scored where there are two.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.

    Returns
    -------
    float
        ``nan`` where ``y`` holds one class only.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
    >>> roc_auc(np.array([0, 0, 1, 1]), proba, n_classes=2, positive=1)
    0.75
    """
    return average_over_classes(
        _roc_area,
        y,
        predicted,
        n_classes=n_classes,
        positive=positive,
        sample_weight=sample_weight,
    )
