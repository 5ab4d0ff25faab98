"""How far probabilities can be taken at their word: Brier score, calibration error, its curve."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rarebit._common.predictions import check_proba_of_class, check_row_weights
from rarebit.exceptions import InputError
from rarebit.metrics.ranking import average_over_classes, check_scored

N_BINS = 10
MOST_BINS = 1_000_000


class ReliabilityCurve(NamedTuple):
    """Predicted probability against what happened, one entry a bin that holds rows.

    Attributes
    ----------
    predicted : ndarray of shape (n_bins,)
        Mean predicted probability.
    observed : ndarray of shape (n_bins,)
        Share of rows that were of the class.
    weight : ndarray of shape (n_bins,)
        Weight of the rows.
    """

    predicted: np.ndarray
    observed: np.ndarray
    weight: np.ndarray


def reliability_curve(
    is_class: np.ndarray,
    proba_of_class: np.ndarray,
    n_bins: int = N_BINS,
    sample_weight: np.ndarray | None = None,
) -> ReliabilityCurve:
    """Predicted probability against observed share, in bins of about equal weight.

    Equal mass rather than equal width: on a rare class nearly all probabilities lie near 0, where
    bins of equal width put every row into one bin. Rows of equal probability always share a bin
    (that of the middle of their mass), so the order of the rows does not matter and a constant
    prediction makes one bin.

    Parameters
    ----------
    is_class : ndarray of shape (n_rows,), bool
        Whether each row is of the class: ``y == code``.
    proba_of_class : ndarray of shape (n_rows,)
        Predicted probability of the class.
    n_bins : int, default=10
        Bins at most.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.

    Returns
    -------
    ReliabilityCurve
        In the order of rising probability; empty without rows.

    Raises
    ------
    InputError
        If the arrays are not of one length, or ``n_bins`` is no integer from 1 to a million.

    Examples
    --------
    >>> curve = reliability_curve(np.array([0, 0, 1, 1]), np.array([0.1, 0.3, 0.6, 0.8]), n_bins=2)
    >>> curve.predicted, curve.observed, curve.weight
    (array([0.2, 0.7]), array([0., 1.]), array([2., 2.]))
    """
    wanted: Any = n_bins
    if not isinstance(wanted, int | np.integer) or not 1 <= n_bins <= MOST_BINS:
        raise InputError(f"n_bins is {n_bins!r}: give an integer from 1 to {MOST_BINS:,}.")
    proba_of_class = check_proba_of_class(proba_of_class, len(is_class))
    weight = check_row_weights(sample_weight, len(is_class))
    _, value = np.unique(proba_of_class, return_inverse=True)
    mass = np.bincount(value, weights=weight)
    middle = np.cumsum(mass) - mass / 2
    # A value without weight may sit on the very end; it belongs to the last bin.
    bin_of_value = np.minimum(middle / max(mass.sum(), 1e-300) * n_bins, n_bins - 1).astype(
        np.int64
    )
    in_bin = bin_of_value[value]
    total = np.bincount(in_bin, weights=weight, minlength=n_bins)
    filled = total > 0
    total = total[filled]
    predicted = np.bincount(in_bin, weights=weight * proba_of_class, minlength=n_bins)[filled]
    observed = np.bincount(in_bin, weights=weight * is_class, minlength=n_bins)[filled]
    return ReliabilityCurve(predicted / total, observed / total, total)


def _expected_calibration_error(
    is_class: np.ndarray, proba: np.ndarray, weight: np.ndarray
) -> float:
    curve = reliability_curve(is_class, proba, sample_weight=weight)
    return float(np.average(np.abs(curve.predicted - curve.observed), weights=curve.weight))


def calibration_error(
    y: np.ndarray,
    predicted: np.ndarray,
    *,
    n_classes: int,
    positive: int | None,
    sample_weight: np.ndarray | None = None,
) -> float:
    """Expected calibration error: mean gap between predicted probability and observed share.

    Two classes are scored on the positive one; many classes by the class-wise error of Kull et al.
    (2019), the mean over the classes present in ``y``. Ten bins of equal mass, as in
    :func:`reliability_curve`. On few rows it is above 0 even for perfect probabilities.

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
        Between 0 and 1, smaller is better.

    Examples
    --------
    >>> y, proba = np.array([0, 0, 0, 1]), np.full((4, 2), 0.5)
    >>> calibration_error(y, proba, n_classes=2, positive=1)
    0.25
    """
    return average_over_classes(
        _expected_calibration_error,
        y,
        predicted,
        n_classes=n_classes,
        positive=positive,
        sample_weight=sample_weight,
    )


def brier(
    y: np.ndarray,
    predicted: np.ndarray,
    *,
    n_classes: int,
    positive: int | None,
    sample_weight: np.ndarray | None = None,
) -> float:
    """Brier score: half the mean squared distance of the probabilities to the one-hot truth.

    Halved, so that for two classes it is the familiar ``mean((p - y) ** 2)``, between 0 and 1.

    Parameters
    ----------
    y : ndarray of shape (n_rows,), int64
        True label codes.
    predicted : ndarray of shape (n_rows, n_classes)
        Probabilities.
    n_classes : int
        Number of classes.
    positive : int or None
        Without effect; in the signature of every metric.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.

    Returns
    -------
    float
        Smaller is better.

    Examples
    --------
    >>> y, proba = np.array([0, 1]), np.array([[0.8, 0.2], [0.6, 0.4]])
    >>> round(brier(y, proba, n_classes=2, positive=1), 2)
    0.2
    """
    y, predicted, weight = check_scored(y, predicted, n_classes, sample_weight)
    if weight.sum() <= 0:
        return float("nan")
    distance = ((predicted - np.eye(n_classes)[y]) ** 2).sum(axis=1)
    return float(np.average(distance, weights=weight) / 2)
