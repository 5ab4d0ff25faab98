"""Weighted curves of one class against the rest: precision-recall, ROC, reliability, decision."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rarebit._common.parameters import check_count
from rarebit._common.predictions import check_proba_of_class, check_row_weights
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Real

    IsClass = Bool[np.ndarray, " rows"]
    ProbaOfClass = Float[np.ndarray, " rows"]
    Weights = Real[np.ndarray, " rows"]
    Grid = Float[np.ndarray, " points"]

N_BINS = 10
MOST_BINS = 1_000_000
# Rates that agree up to this are equal.
ROUNDING = 1e-12


class ReliabilityCurve(NamedTuple):
    """Predicted probability against observed frequency, one entry per bin that holds rows.

    Attributes
    ----------
    predicted, observed, weight : ndarray of shape (n_bins,)
        Mean predicted probability, share of rows that are of the class, total weight of the rows.
    """

    predicted: Float[np.ndarray, " bins"]
    observed: Float[np.ndarray, " bins"]
    weight: Float[np.ndarray, " bins"]


def reliability_curve(
    is_class: IsClass,
    proba_of_class: ProbaOfClass,
    n_bins: int = N_BINS,
    sample_weight: Weights | None = None,
) -> ReliabilityCurve:
    """Predicted probability against observed frequency, in bins of about equal weight.

    Equal weight rather than equal width: with a rare class nearly all probabilities are close to 0,
    and bins of equal width would put almost every row into one bin. Rows of equal probability
    always share a bin (that of the middle of their weight), so the order of the rows does not
    matter and a constant prediction makes one bin.

    Parameters
    ----------
    is_class : ndarray of shape (n_rows,), bool
        Whether each row is of the class: ``y == code``.
    proba_of_class : ndarray of shape (n_rows,), float64
        Predicted probability of the class.
    n_bins : int, default=10
        Maximum number of bins.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.

    Returns
    -------
    ReliabilityCurve
        In ascending order of probability; empty without rows.

    Examples
    --------
    >>> is_class = np.array([False, False, True, True])
    >>> curve = reliability_curve(is_class, np.array([0.1, 0.3, 0.6, 0.8]), n_bins=2)
    >>> curve.predicted, curve.observed, curve.weight
    (array([0.2, 0.7]), array([0., 1.]), array([2., 2.]))
    """
    n_bins = check_count("n_bins", n_bins, 1, MOST_BINS)
    proba, weight = _checked(is_class, proba_of_class, sample_weight)
    if not len(proba):
        return ReliabilityCurve(*np.empty((3, 0)))
    _, value = np.unique(proba, return_inverse=True)
    mass = np.bincount(value, weights=weight)
    middle = np.cumsum(mass) - mass / 2
    # A value without weight may lie exactly on the upper end; it belongs to the last bin.
    position = middle / max(mass.sum(), np.finfo(float).tiny) * n_bins
    in_bin = np.minimum(position, n_bins - 1).astype(np.int64)[value]
    sums = [
        np.bincount(in_bin, part, n_bins) for part in (weight * proba, weight * is_class, weight)
    ]
    predicted, observed, total = np.array(sums)[:, sums[-1] > 0]
    return ReliabilityCurve(predicted / total, observed / total, total)


def precision_at_recall(
    is_class: IsClass,
    proba_of_class: ProbaOfClass,
    recall: Grid,
    sample_weight: Weights | None = None,
) -> Grid:
    """Precision at each recall: that of the highest threshold that reaches the recall.

    A step function: between two thresholds, no point of a straight line can be reached
    (Davis & Goadrich, ICML 2006).

    Parameters
    ----------
    is_class, proba_of_class : ndarray of shape (n_rows,)
        As for :func:`reliability_curve`.
    recall : ndarray of shape (n_points,), float64
        Recalls from 0 to 1.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.

    Returns
    -------
    ndarray of shape (n_points,), float64
        ``nan`` if no row is of the class.

    Examples
    --------
    >>> is_class, proba = np.array([True, False, True]), np.array([0.9, 0.8, 0.7])
    >>> precision_at_recall(is_class, proba, np.array([0.0, 0.5, 0.6, 1.0])).round(2)
    array([1.  , 1.  , 0.67, 0.67])
    """
    proba, weight = _checked(is_class, proba_of_class, sample_weight)
    inside, outside = mass_above(is_class, proba, weight)
    if not len(inside) or inside[-1] <= 0:
        return np.full(len(recall), np.nan)
    precision = inside / (inside + outside)
    return precision[np.searchsorted(inside / inside[-1], np.minimum(recall, 1) - ROUNDING)]


def sensitivity_at_fpr(
    is_class: IsClass, proba_of_class: ProbaOfClass, fpr: Grid, sample_weight: Weights | None = None
) -> Grid:
    """Sensitivity at each false positive rate (ROC curve), linear between two thresholds.

    Parameters
    ----------
    is_class, proba_of_class : ndarray of shape (n_rows,)
        As for :func:`reliability_curve`.
    fpr : ndarray of shape (n_points,), float64
        False positive rates from 0 to 1.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.

    Returns
    -------
    ndarray of shape (n_points,), float64
        The greatest sensitivity at each rate; ``nan`` unless there are rows inside and outside the
        class.

    Examples
    --------
    >>> is_class, proba = np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.6])
    >>> sensitivity_at_fpr(is_class, proba, np.array([0.0, 0.25, 0.5, 1.0]))
    array([0.5, 0.5, 1. , 1. ])
    """
    proba, weight = _checked(is_class, proba_of_class, sample_weight)
    inside, outside = mass_above(is_class, proba, weight)
    if not len(inside) or inside[-1] <= 0 or outside[-1] <= 0:
        return np.full(len(fpr), np.nan)
    reached = np.append(0.0, outside / outside[-1])
    return np.interp(fpr + ROUNDING, reached, np.append(0.0, inside / inside[-1]))


class DecisionCurve(NamedTuple):
    """Net benefit by threshold probability: of the model, of acting on every row, and on none.

    Attributes
    ----------
    threshold : ndarray of shape (n_thresholds,)
        As given.
    model, treat_all, treat_none : ndarray of shape (n_thresholds,)
        Net benefit per row, where one true alarm counts 1. That of acting on no row is 0.
    """

    threshold: Float[np.ndarray, " thresholds"]
    model: Float[np.ndarray, " thresholds"]
    treat_all: Float[np.ndarray, " thresholds"]
    treat_none: Float[np.ndarray, " thresholds"]


def decision_curve(
    is_class: IsClass,
    proba_of_class: ProbaOfClass,
    threshold: Grid,
    sample_weight: Weights | None = None,
) -> DecisionCurve:
    """Net benefit of acting on the rows from each threshold probability on.

    The share of true alarms minus that of false alarms times ``threshold / (1 - threshold)``
    (Vickers & Elkin, Medical Decision Making 2006). A model is of use at the thresholds where it
    beats both acting on every row and acting on none.

    Parameters
    ----------
    is_class, proba_of_class : ndarray of shape (n_rows,)
        As for :func:`reliability_curve`.
    threshold : ndarray of shape (n_thresholds,), float64
        Threshold probabilities, at least 0 and below 1.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.

    Returns
    -------
    DecisionCurve
        ``nan`` without rows.

    Examples
    --------
    >>> is_class, proba = np.array([False, False, True, True]), np.array([0.1, 0.4, 0.3, 0.8])
    >>> curve = decision_curve(is_class, proba, np.array([0.2, 0.5]))
    >>> curve.model, curve.treat_all
    (array([0.4375, 0.25  ]), array([0.375, 0.   ]))
    """
    threshold = np.asarray(threshold, dtype=np.float64)
    if not ((threshold >= 0) & (threshold < 1)).all():
        raise InputError("threshold must hold probabilities of at least 0 and below 1.")
    proba, weight = _checked(is_class, proba_of_class, sample_weight)
    total = weight.sum()
    if total <= 0:
        undefined = np.full(len(threshold), np.nan)
        return DecisionCurve(threshold, undefined, undefined, undefined)
    order = np.argsort(proba, kind="stable")
    below = np.searchsorted(proba[order], threshold - ROUNDING)
    odds = threshold / (1 - threshold)
    # Rows from each position on, in ascending order of probability
    true_alarms, false_alarms = (
        np.append(np.cumsum(np.where(mask, weight, 0.0)[order][::-1])[::-1], 0.0) / total
        for mask in (is_class, ~is_class)
    )
    return DecisionCurve(
        threshold,
        true_alarms[below] - odds * false_alarms[below],
        true_alarms[0] - odds * false_alarms[0],
        np.zeros(len(threshold)),
    )


def mass_above(
    is_class: IsClass, proba: ProbaOfClass, weight: Weights
) -> tuple[Float[np.ndarray, " levels"], Float[np.ndarray, " levels"]]:
    """Weight inside and outside the class at or above each distinct probability, highest first.

    Levels without any weight at or above them are left out.
    """
    order = np.argsort(-proba, kind="stable")
    last_of_tie = np.append(np.diff(proba[order]) != 0, True)[: len(order)]
    inside = np.cumsum(np.where(is_class, weight, 0.0)[order])[last_of_tie]
    outside = np.cumsum(np.where(is_class, 0.0, weight)[order])[last_of_tie]
    seen = inside + outside > 0
    return inside[seen], outside[seen]


def _checked(
    is_class: IsClass, proba_of_class: ProbaOfClass, sample_weight: Weights | None
) -> tuple[ProbaOfClass, Float[np.ndarray, " rows"]]:
    """Return checked probabilities and weights."""
    proba = check_proba_of_class(proba_of_class, len(is_class))
    return proba, check_row_weights(sample_weight, len(is_class))
