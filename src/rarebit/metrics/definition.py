"""How a score becomes a metric: one signature, one set of checks, one description."""

from __future__ import annotations

from collections.abc import Callable
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from rarebit._common.parameters import check_count, check_value
from rarebit._common.predictions import check_codes, check_proba, check_row_weights

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Integer, Real

    Confusion = Float[np.ndarray, "classes classes"]
    Codes = Integer[np.ndarray, " rows"]
    Proba = Float[np.ndarray, "rows classes"]
    Weights = Real[np.ndarray, " rows"]
    LabelScore = Callable[[Confusion, int | None], float]
    ProbabilityScore = Callable[[Codes, Proba, Weights, int | None], float]
    BinaryScore = Callable[[Bool[np.ndarray, " rows"], Float[np.ndarray, " rows"], Weights], float]

# The confusion matrix of this many classes takes a gigabyte.
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
    y: Codes, labels: Codes, n_classes: int, sample_weight: Weights | None = None
) -> Confusion:
    """Total weight of the rows of each true class (line) that were given each label (column).

    Parameters
    ----------
    y, labels : ndarray of shape (n_rows,), int64
        True and predicted label codes.
    n_classes : int
        Number of classes, whether they occur or not.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row; 1 if not given.

    Returns
    -------
    ndarray of shape (n_classes, n_classes), float64

    Examples
    --------
    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1., 1.],
           [0., 1.]])
    """
    n_classes = check_n_classes(n_classes)
    y = check_codes("y", y, n_classes)
    labels = check_codes("labels", labels, n_classes, len(y))
    weight = check_row_weights(sample_weight, len(y))
    cells = np.bincount(y * n_classes + labels, weights=weight, minlength=n_classes**2)
    # Without rows, bincount returns integers.
    return cells.reshape(n_classes, n_classes).astype(np.float64, copy=False)


def check_n_classes(n_classes: Any) -> int:
    """Return the number of classes, an integer of at least 1."""
    return check_count("n_classes", n_classes, 1, MOST_CLASSES)


def two_class_positive(n_classes: int, positive: int | None) -> int | None:
    """Return the code that two-class scores refer to, 1 by default; None if not two classes."""
    if n_classes != 2:
        return None
    check_value("positive", positive, 0, 1, None)
    return 1 if positive is None else int(positive)


def label_metric(score: LabelScore) -> MetricFunction:
    """Turn ``score(confusion, positive)`` into a metric of predicted labels."""

    def metric(
        y: Codes,
        predicted: Codes,
        *,
        n_classes: int,
        positive: int | None,
        sample_weight: Weights | None = None,
    ) -> float:
        confusion = confusion_matrix(y, predicted, n_classes, sample_weight)
        if confusion.sum() <= 0:
            return float("nan")
        return float(score(confusion, two_class_positive(n_classes, positive)))

    return _describe(metric, score, "ndarray of shape (n_rows,), int64\n    Predicted label codes.")


def probability_metric(score: ProbabilityScore) -> MetricFunction:
    """Turn ``score(y, proba, weight, positive)`` into a metric of probabilities."""

    def metric(
        y: Codes,
        predicted: Proba,
        *,
        n_classes: int,
        positive: int | None,
        sample_weight: Weights | None = None,
    ) -> float:
        n_classes = check_n_classes(n_classes)
        y = check_codes("y", y, n_classes)
        proba = check_proba(predicted, n_classes, len(y), finite=False)
        weight = check_row_weights(sample_weight, len(y))
        code = two_class_positive(n_classes, positive)
        if weight.sum() <= 0 or not np.isfinite(proba).all():
            return float("nan")
        return float(score(y, proba, weight, code))

    return _describe(
        metric, score, "ndarray of shape (n_rows, n_classes), float64\n    Probabilities."
    )


def one_against_rest(score: BinaryScore) -> ProbabilityScore:
    """Score the positive class of two; of more, each present class against the rest, averaged.

    ``score(is_class, proba_of_class, weight)`` has one entry per row.
    """

    def averaged(y: Codes, proba: Proba, weight: Weights, positive: int | None) -> float:
        present = np.flatnonzero(np.bincount(y, weights=weight))
        codes = present if positive is None else [positive]
        return float(np.mean([score(y == code, proba[:, code], weight) for code in codes]))

    averaged.__name__, averaged.__module__ = score.__name__, score.__module__
    averaged.__doc__ = score.__doc__
    return averaged


_PARAMETERS = """
Parameters
----------
y : ndarray of shape (n_rows,), int64
    True label codes.
predicted : {predicted}
n_classes : int
    Number of classes.
positive : int or None
    Code of the positive class if there are two; None means 1.
sample_weight : ndarray of shape (n_rows,), optional
    Weight of each row.

Returns
-------
float
    ``nan`` if it is not defined, as without rows.

"""


def _describe(
    metric: MetricFunction, score: LabelScore | ProbabilityScore, predicted: str
) -> MetricFunction:
    """Give a metric the name of its score, and its docstring with the parameters inserted."""
    # Not functools.wraps, which passes on the signature too.
    function: Any = metric
    function.__name__ = function.__qualname__ = score.__name__
    function.__module__ = score.__module__
    summary, heading, example = cleandoc(score.__doc__ or "").partition("\nExamples\n")
    parameters = _PARAMETERS.format(predicted=predicted)
    function.__doc__ = summary + parameters + heading.lstrip() + example
    return metric
