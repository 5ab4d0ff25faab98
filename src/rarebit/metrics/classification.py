"""Scores of predicted labels, all computed from one weighted confusion matrix.

Two conventions apply throughout. A class absent from ``y`` is left out of every class average, so
that a fold without the rarest class is not scored on it. A score that is not defined is ``nan``.

Both differ from scikit-learn, which averages over the classes of ``y`` *and* of the predictions,
and returns 0 for undefined scores. If every class occurs in ``y``, the values are equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rarebit.metrics.definition import label_metric

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

    Confusion = Float[np.ndarray, "classes classes"]
    Shares = Float[np.ndarray, " classes"]


def _present(confusion: Confusion) -> Bool[np.ndarray, " classes"]:
    """Mask the classes that occur in ``y``."""
    return confusion.sum(axis=1) > 0


def _share(part: Shares, whole: Shares, undefined: float) -> Shares:
    """Return ``part / whole``, and ``undefined`` where ``whole`` is 0."""
    return np.divide(part, whole, out=np.full(len(part), undefined), where=whole > 0)


def _recalls(confusion: Confusion) -> Float[np.ndarray, " present"]:
    """Return the recall of each class that occurs in ``y``."""
    present = _present(confusion)
    return np.diag(confusion)[present] / confusion.sum(axis=1)[present]


def _specificities(confusion: Confusion) -> Shares:
    """Return the share of rows outside each class not given its label; nan without such rows."""
    outside = confusion.sum() - confusion.sum(axis=1)
    false_positive = confusion.sum(axis=0) - np.diag(confusion)
    return _share(outside - false_positive, outside, np.nan)


@label_metric
def macro_f1(confusion: Confusion, _: int | None) -> float:
    """F1 of each class, averaged over the classes present in ``y``.

    Examples
    --------
    >>> y, labels = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    >>> round(macro_f1(y, labels, n_classes=2, positive=1), 4)
    0.7333
    """
    total = confusion.sum(axis=1) + confusion.sum(axis=0)
    return float(_share(2 * np.diag(confusion), total, 0.0)[_present(confusion)].mean())


@label_metric
def balanced_accuracy(confusion: Confusion, _: int | None) -> float:
    """Recall averaged over the classes present in ``y``.

    Examples
    --------
    >>> y, labels = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    >>> balanced_accuracy(y, labels, n_classes=2, positive=1)
    0.75
    """
    return float(_recalls(confusion).mean())


@label_metric
def g_mean(confusion: Confusion, _: int | None) -> float:
    """Geometric mean of the recalls of the classes present in ``y``; 0 if one class is missed.

    Examples
    --------
    >>> y, labels = np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1])
    >>> round(g_mean(y, labels, n_classes=2, positive=1), 4)
    0.7071
    """
    recalls = _recalls(confusion)
    return float(np.prod(recalls) ** (1 / len(recalls)))


@label_metric
def mcc(confusion: Confusion, _: int | None) -> float:
    """Matthews correlation coefficient, for two and many classes (Gorodkin 2004).

    Predicting one label for every row scores 0, the limit of a random guess. If ``y`` holds one
    class only, the score is ``nan``.

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


@label_metric
def sensitivity(confusion: Confusion, positive: int | None) -> float:
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


@label_metric
def specificity(confusion: Confusion, positive: int | None) -> float:
    """Recall of the negative rows; with many classes, one against rest and averaged.

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


@label_metric
def accuracy(confusion: Confusion, _: int | None) -> float:
    """Share of rows with the right label.

    Examples
    --------
    >>> accuracy(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]), n_classes=2, positive=1)
    0.75
    """
    return float(np.trace(confusion) / confusion.sum())


@label_metric
def macro_precision(confusion: Confusion, _: int | None) -> float:
    """Precision averaged over the classes present in ``y``; 0 for a class never predicted.

    Examples
    --------
    >>> y, labels = np.array([0, 0, 0, 1]), np.array([0, 0, 1, 1])
    >>> macro_precision(y, labels, n_classes=2, positive=1)
    0.75
    """
    precisions = _share(np.diag(confusion), confusion.sum(axis=0), 0.0)
    return float(precisions[_present(confusion)].mean())


@label_metric
def macro_recall(confusion: Confusion, _: int | None) -> float:
    """Recall averaged over the classes present in ``y``: another name for balanced accuracy.

    Examples
    --------
    >>> macro_recall(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]), n_classes=2, positive=1)
    0.75
    """
    return float(_recalls(confusion).mean())
