"""Curves of a candidate on its test rows, as arrays ready to draw; row weights are applied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from rarebit.evaluation.comparison import Predictions
from rarebit.metrics import DecisionCurve, ReliabilityCurve, decision_curve, reliability_curve

# A curve of :mod:`rarebit.metrics`: (is_class, probability of the class, grid, weight) -> values.
Curve = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]
GRID = np.linspace(0, 1, 101)
# Threshold probabilities of decision curves; at 1, no net benefit is defined.
THRESHOLDS = np.linspace(0, 0.99, 199)


class Band(NamedTuple):
    """A curve over folds on ``GRID``: their mean, and the middle 80 % of them."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def band(predictions: Predictions, classes: Sequence[int], curve: Curve) -> Band | None:
    """Curve of each fold, averaged over the one-against-rest problems of ``classes``.

    A problem without weight on either side is left out, and so is a fold without any problem; None
    without any fold.
    """
    folds = []
    for fold in predictions.folds():
        by_class = np.bincount(fold.y, fold.weight, minlength=fold.proba.shape[1])
        defined = [code for code in classes if 0 < by_class[code] < by_class.sum()]
        if defined:
            one_by_one = [
                curve(fold.y == code, fold.proba[:, code], GRID, fold.weight) for code in defined
            ]
            folds.append(np.mean(one_by_one, axis=0))
    if not folds:
        return None
    low, high = np.quantile(folds, [0.1, 0.9], axis=0)
    return Band(np.mean(folds, axis=0), low, high)


def reliability(predictions: Predictions, code: int) -> ReliabilityCurve:
    """Predicted probability of a class against its observed share, from the first repeat."""
    seen = predictions.first_repeat()
    return reliability_curve(seen.y == code, seen.proba[:, code], sample_weight=seen.weight)


def net_benefit(predictions: Predictions, code: int) -> DecisionCurve:
    """Net benefit of alarms of a class by threshold probability, averaged over the folds."""
    folds = [
        decision_curve(fold.y == code, fold.proba[:, code], THRESHOLDS, fold.weight)
        for fold in predictions.folds()
        if fold.weight.sum() > 0
    ]
    return DecisionCurve(*np.mean(folds, axis=0))
