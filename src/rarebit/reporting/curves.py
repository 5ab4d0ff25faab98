"""What the plots draw, computed from test-fold predictions: plain arrays in, plain arrays out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from sklearn.metrics import precision_recall_curve, roc_curve

from rarebit.evaluation import Predictions

# Turns (is_class, probability of the class) into a curve on GRID.
Curve = Callable[[np.ndarray, np.ndarray], np.ndarray]
GRID = np.linspace(0, 1, 101)


class Band(NamedTuple):
    """A curve over folds on ``GRID``: their mean, and the middle 80 % of them."""

    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


class CostCurve(NamedTuple):
    """Cost for each row by the probability from which the rare class is decided."""

    threshold: np.ndarray
    cost: np.ndarray


def first_repeat(predictions: Predictions) -> Predictions:
    """Keep the first repeat only: every row at most once, so that rows can be counted.

    Examples
    --------
    >>> two = Predictions(*(np.array([0, 0, 1, 1]) for _ in range(5)), np.eye(2)[[0, 0, 1, 1]])
    >>> first_repeat(two).rows
    array([0, 0])
    """
    kept = predictions.repeat == predictions.repeat.min(initial=np.iinfo(np.int64).max)
    return Predictions(*(getattr(predictions, name)[kept] for name in Predictions.__annotations__))


def precision_on_grid(is_class: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Precision at each recall of ``GRID``: that of the highest threshold that reaches the recall.

    A step, not a straight line: points between two thresholds cannot be reached (Davis & Goadrich,
    ICML 2006).

    Examples
    --------
    >>> precision_on_grid(np.array([True, False, True]), np.array([0.9, 0.8, 0.7]))[
    ...     [0, 50, 51, 100]
    ... ]
    array([1.        , 1.        , 0.66666667, 0.66666667])
    """
    precision, recall, _ = precision_recall_curve(is_class, proba)
    rising, precision = recall[::-1][1:], precision[::-1][1:]  # from the highest threshold down
    return precision[np.searchsorted(rising, GRID - 1e-12)]


def sensitivity_on_grid(is_class: np.ndarray, proba: np.ndarray) -> np.ndarray:
    """Sensitivity at each false alarm rate of ``GRID``, on straight lines between thresholds.

    Examples
    --------
    >>> sensitivity_on_grid(np.array([True, False]), np.array([0.9, 0.1]))[[0, 100]]
    array([1., 1.])
    """
    false_alarms, sensitivity, _ = roc_curve(is_class, proba)
    return np.interp(GRID, false_alarms, sensitivity)


def band(
    predictions: Predictions,
    classes: Sequence[int],
    curve: Curve,
) -> Band | None:
    """Curve of each fold, averaged over the one-against-rest problems of ``classes``.

    Folds in which a class, or its opposite, does not occur are left out; None without any fold.
    """
    folds = []
    for part in _folds(predictions):
        present = [code for code in classes if 0 < (part.y == code).sum() < len(part.y)]
        if present:
            one_by_one = [curve(part.y == code, part.proba[:, code]) for code in present]
            folds.append(np.mean(one_by_one, axis=0))
    if not folds:
        return None
    low, high = np.quantile(folds, [0.1, 0.9], axis=0)
    return Band(np.mean(folds, axis=0), low, high)


def _folds(predictions: Predictions) -> Iterator[Predictions]:
    """Each fold of each repeat by itself."""
    places = np.stack([predictions.repeat, predictions.fold], axis=1)
    for place in np.unique(places, axis=0):
        kept = (places == place).all(axis=1)
        yield Predictions(
            *(getattr(predictions, name)[kept] for name in Predictions.__annotations__)
        )


def cost_curve(is_rare: np.ndarray, proba: np.ndarray, costs: np.ndarray) -> CostCurve:
    """Mean cost of a row at every threshold that changes a decision.

    Parameters
    ----------
    is_rare : ndarray of shape (n_rows,), bool
        Whether each row is of the rare class.
    proba : ndarray of shape (n_rows,)
        Probability of the rare class.
    costs : ndarray of shape (2, 2)
        ``costs[true, decided]`` with the rare class second.

    Returns
    -------
    CostCurve
        Thresholds rising from 0 to 1.

    Examples
    --------
    >>> curve = cost_curve(
    ...     np.array([False, True]), np.array([0.2, 0.6]), np.array([[0, 1], [5, 0]])
    ... )
    >>> curve.threshold.tolist(), curve.cost.tolist()
    ([0.0, 0.2, 0.6, 1.0], [0.5, 0.5, 0.0, 2.5])
    """
    order = np.argsort(proba, kind="stable")
    ordered, rare = proba[order], is_rare[order]
    # Rows before the threshold are decided as common, the others (proba >= threshold) as rare.
    below_rare = np.concatenate([[0], np.cumsum(rare)])
    below_common = np.concatenate([[0], np.cumsum(~rare)])
    n_rare, n_common = below_rare[-1], below_common[-1]
    total = (
        costs[1, 0] * below_rare
        + costs[1, 1] * (n_rare - below_rare)
        + costs[0, 0] * below_common
        + costs[0, 1] * (n_common - below_common)
    )
    threshold = np.unique(np.concatenate([[0.0], ordered, [1.0]]))
    position = np.searchsorted(ordered, threshold, side="left")
    return CostCurve(threshold, total[position] / max(len(proba), 1))
