"""Scores of decided labels, all of them read off one weighted confusion matrix.

Two conventions hold throughout. A class absent from ``y`` is left out of every class average, so
that a fold without the rarest class is not scored on it. A score that cannot be defined is
``nan``.

Both differ from scikit-learn, which averages over the classes of ``y`` *and* of the predictions,
and puts 0 for what it cannot define. Where every class occurs in ``y`` the figures are equal.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import cleandoc
from typing import Any, Protocol

import numpy as np

from rarebit._common.predictions import check_codes, check_row_weights
from rarebit.exceptions import InputError

# A confusion matrix of as many takes a gigabyte.
MOST_CLASSES = 10_000


class MetricFunction(Protocol):
    """Signature of every metric; see :class:`rarebit.metrics.Metric`."""

    def __call__(
        self,
        y: np.ndarray,
        predicted: np.ndarray,
        *,
        n_classes: int,
        positive: int | None,
        sample_weight: np.ndarray | None = None,
    ) -> float:
        """Score ``predicted`` against ``y``."""
        ...


def confusion_matrix(
    y: np.ndarray, labels: np.ndarray, n_classes: int, sample_weight: np.ndarray | None = None
) -> np.ndarray:
    """Weight of the rows of each true class (line) that were given each label (column).

    Parameters
    ----------
    y, labels : ndarray of shape (n_rows,), int64
        True and decided label codes.
    n_classes : int
        Number of classes, whether they occur or not.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row; 1 where not given.

    Returns
    -------
    ndarray of shape (n_classes, n_classes), float64

    Raises
    ------
    InputError
        If a code is none of the classes', or a row has no code or weight.

    Examples
    --------
    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1., 1.],
           [0., 1.]])
    """
    try:
        cells = np.bincount(y * n_classes + labels, weights=sample_weight, minlength=n_classes**2)
        cells = cells.reshape(n_classes, n_classes).astype(np.float64)
        is_code = len(y) == len(labels) and (not len(y) or max(y.max(), labels.max()) < n_classes)
        if sample_weight is not None and len(y):
            is_code = is_code and sample_weight.min() >= 0
    except (TypeError, ValueError, AttributeError, MemoryError):
        is_code = False
    if not is_code:  # a look at every row is for those that did not fit
        n_classes = check_n_classes(n_classes)
        y = check_codes("y", y, n_classes)
        labels = check_codes("labels", labels, n_classes, len(y))
        weight = check_row_weights(sample_weight, len(y))
        return confusion_matrix(y, labels, n_classes, weight)
    return cells


def check_n_classes(n_classes: Any) -> int:
    """Return a number of classes, an integer of at least 1."""
    if not isinstance(n_classes, int | np.integer) or not 1 <= n_classes <= MOST_CLASSES:
        raise InputError(f"n_classes is {n_classes!r}: give an integer from 1 to {MOST_CLASSES:,}.")
    return int(n_classes)


def two_class_positive(n_classes: int, positive: int | None) -> int | None:
    """Code that two-class scores refer to (1 where not said); None with three classes or more."""
    if n_classes != 2:
        return None
    if positive is None:
        return 1
    if positive not in (0, 1):
        raise InputError(f"positive is {positive!r}: give 0 or 1, the code of one of two classes.")
    return int(positive)


_PARAMETERS = """
Parameters
----------
y : ndarray of shape (n_rows,), int64
    True label codes.
predicted : ndarray of shape (n_rows,), int64
    Decided label codes.
n_classes : int
    Number of classes.
positive : int or None
    Code of the rare class where there are two; 1 where not said.
sample_weight : ndarray of shape (n_rows,), optional
    Weight of each row.

Returns
-------
float
    ``nan`` without rows.

"""


def _read_off(score: Callable[[np.ndarray, int | None], float]) -> MetricFunction:
    """Turn ``score(confusion, positive)`` into a metric."""

    def metric(
        y: np.ndarray,
        predicted: np.ndarray,
        *,
        n_classes: int,
        positive: int | None,
        sample_weight: np.ndarray | None = None,
    ) -> float:
        confusion = confusion_matrix(y, predicted, n_classes, sample_weight)
        if confusion.sum() <= 0:
            return float("nan")
        return float(score(confusion, two_class_positive(n_classes, positive)))

    # Not functools.wraps: it would pass on the signature too.
    metric.__name__ = metric.__qualname__ = score.__name__
    summary, heading, example = cleandoc(score.__doc__ or "").partition("\nExamples\n")
    metric.__doc__ = summary + _PARAMETERS + heading.lstrip() + example
    return metric


def _present(confusion: np.ndarray) -> np.ndarray:
    """Mask of the classes that occur in ``y``."""
    return confusion.sum(axis=1) > 0


def _share(part: np.ndarray, whole: np.ndarray, undefined: float) -> np.ndarray:
    """``part / whole``, and ``undefined`` where ``whole`` is 0."""
    return np.divide(part, whole, out=np.full(len(part), undefined), where=whole > 0)


def _recalls(confusion: np.ndarray) -> np.ndarray:
    """Recall of each class present."""
    present = _present(confusion)
    return np.diag(confusion)[present] / confusion.sum(axis=1)[present]


def _specificities(confusion: np.ndarray) -> np.ndarray:
    """Of the rows outside each class, the share not given its label; nan without such rows."""
    outside = confusion.sum() - confusion.sum(axis=1)
    false_positive = confusion.sum(axis=0) - np.diag(confusion)
    return _share(outside - false_positive, outside, np.nan)


@_read_off
def macro_f1(confusion: np.ndarray, positive: int | None) -> float:
    """F1 of each class, averaged over the classes present in ``y``.

    Examples
    --------
    >>> y, labels = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    >>> round(macro_f1(y, labels, n_classes=2, positive=1), 4)
    0.7333
    """
    total = confusion.sum(axis=1) + confusion.sum(axis=0)
    return float(_share(2 * np.diag(confusion), total, 0.0)[_present(confusion)].mean())


@_read_off
def balanced_accuracy(confusion: np.ndarray, positive: int | None) -> float:
    """Recall averaged over the classes present in ``y``.

    Examples
    --------
    >>> y, labels = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    >>> balanced_accuracy(y, labels, n_classes=2, positive=1)
    0.75
    """
    return float(_recalls(confusion).mean())


@_read_off
def g_mean(confusion: np.ndarray, positive: int | None) -> float:
    """Geometric mean of the recalls of the classes present in ``y``; 0 where one class is missed.

    Examples
    --------
    >>> y, labels = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    >>> round(g_mean(y, labels, n_classes=2, positive=1), 4)
    0.7071
    """
    recalls = _recalls(confusion)
    return float(np.prod(recalls) ** (1 / len(recalls)))


@_read_off
def mcc(confusion: np.ndarray, positive: int | None) -> float:
    """Matthews correlation coefficient, for two and many classes (Gorodkin 2004).

    The same label for every row scores 0, the limit of a guess; a ``y`` of one class has no
    correlation with anything and scores ``nan``.

    Examples
    --------
    >>> y, labels = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    >>> round(mcc(y, labels, n_classes=2, positive=1), 4)
    0.5774
    """
    shares = confusion / confusion.sum()
    true, given = shares.sum(axis=1), shares.sum(axis=0)
    if np.count_nonzero(true) < 2:
        return np.nan
    if np.count_nonzero(given) < 2:
        return 0.0
    covariance = np.trace(shares) - true @ given
    return float(covariance / np.sqrt((1 - true @ true) * (1 - given @ given)))


@_read_off
def sensitivity(confusion: np.ndarray, positive: int | None) -> float:
    """Recall of the positive class; with many classes, recall averaged over those present.

    Examples
    --------
    >>> y, labels = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    >>> sensitivity(y, labels, n_classes=2, positive=1)
    0.5
    """
    if positive is None:
        return float(_recalls(confusion).mean())
    of_class = confusion[positive].sum()
    return float(confusion[positive, positive] / of_class) if of_class > 0 else np.nan


@_read_off
def specificity(confusion: np.ndarray, positive: int | None) -> float:
    """Share of the other rows not called positive; with many classes, one against rest, averaged.

    Examples
    --------
    >>> y, labels = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    >>> specificity(y, labels, n_classes=2, positive=1)
    1.0
    """
    specificities = _specificities(confusion)
    if positive is None:
        return float(specificities[_present(confusion)].mean())
    return float(specificities[positive])


@_read_off
def accuracy(confusion: np.ndarray, positive: int | None) -> float:
    """Share of rows decided rightly.

    Examples
    --------
    >>> accuracy(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]), n_classes=2, positive=1)
    0.75
    """
    return float(np.trace(confusion) / confusion.sum())


@_read_off
def macro_precision(confusion: np.ndarray, positive: int | None) -> float:
    """Precision averaged over the classes present in ``y``; 0 for one that is never predicted.

    Examples
    --------
    >>> y, labels = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    >>> macro_precision(y, labels, n_classes=2, positive=1)
    0.75
    """
    precisions = _share(np.diag(confusion), confusion.sum(axis=0), 0.0)
    return float(precisions[_present(confusion)].mean())


@_read_off
def macro_recall(confusion: np.ndarray, positive: int | None) -> float:
    """Recall averaged over the classes present in ``y``: another name of balanced accuracy.

    Examples
    --------
    >>> macro_recall(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]), n_classes=2, positive=1)
    0.75
    """
    return float(_recalls(confusion).mean())
