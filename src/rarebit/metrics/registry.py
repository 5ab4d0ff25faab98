"""The metrics by name, in the order of the tables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rarebit._common.parameters import check_value
from rarebit._common.predictions import check_proba
from rarebit._common.wording import closest
from rarebit.exceptions import InputError
from rarebit.metrics import calibration, classification, ranking
from rarebit.metrics.definition import MetricFunction

if TYPE_CHECKING:
    from jaxtyping import Float, Integer, Real


@dataclass(frozen=True)
class Metric:
    """A score and how to interpret it.

    Attributes
    ----------
    name : str
        Key in tables and options.
    label : str
        Name in tables and plots.
    function : callable
        ``f(y, predicted, *, n_classes, positive, sample_weight=None) -> float``.
    needs : {"labels", "probabilities"}
        Kind of ``predicted``: label codes ``(n_rows,)``, probabilities ``(n_rows, n_classes)``.
    greater_is_better : bool
        False for losses.
    lowest, highest : float
        Bounds of the score.
    """

    name: str
    label: str
    function: MetricFunction
    needs: Literal["labels", "probabilities"] = "labels"
    greater_is_better: bool = True
    lowest: float = 0.0
    highest: float = 1.0


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("macro_f1", "Macro F1", classification.macro_f1),
        Metric("balanced_accuracy", "Balanced accuracy", classification.balanced_accuracy),
        Metric("g_mean", "G-mean", classification.g_mean),
        Metric("mcc", "MCC", classification.mcc, lowest=-1.0),
        Metric("pr_auc", "PR-AUC", ranking.pr_auc, "probabilities"),
        Metric("roc_auc", "ROC-AUC", ranking.roc_auc, "probabilities"),
        Metric("brier", "Brier score", calibration.brier, "probabilities", False),
        Metric(
            "calibration_error",
            "Calibration error",
            calibration.calibration_error,
            "probabilities",
            False,
        ),
        Metric("sensitivity", "Sensitivity", classification.sensitivity),
        Metric("specificity", "Specificity", classification.specificity),
        Metric("accuracy", "Accuracy", classification.accuracy),
        Metric("macro_precision", "Macro precision", classification.macro_precision),
        Metric("macro_recall", "Macro recall", classification.macro_recall),
    )
}


def get_metric(name: str) -> Metric:
    """Look up a metric by its name.

    Parameters
    ----------
    name : str
        A key of ``METRICS``.

    Returns
    -------
    Metric
        Its function, labels and direction.
    """
    if isinstance(name, str) and name not in METRICS and (hint := closest(name, METRICS)):
        raise InputError(f"metric is {name!r}{hint} Available: {', '.join(METRICS)}.")
    return METRICS[check_value("metric", name, *METRICS)]


def score_all(
    y: Integer[np.ndarray, " rows"],
    labels: Integer[np.ndarray, " rows"],
    proba: Float[np.ndarray, "rows classes"],
    *,
    positive: int | None,
    sample_weight: Real[np.ndarray, " rows"] | None = None,
    names: Iterable[str] = tuple(METRICS),
) -> dict[str, float]:
    """Compute every metric of one set of predictions, or some.

    Parameters
    ----------
    y, labels : ndarray of shape (n_rows,), int64
        True and predicted label codes.
    proba : ndarray of shape (n_rows, n_classes), float64
        Probabilities, one column per class.
    positive : int or None
        Code of the positive class if there are two; None means 1.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.
    names : iterable of str, optional
        Which metrics; all by default.

    Returns
    -------
    dict of str to float
        Scores by name; ``nan`` where not defined.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
    >>> scores = score_all(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]), proba, positive=1)
    >>> scores["accuracy"], scores["roc_auc"]
    (0.75, 0.75)
    """
    proba = check_proba(proba, finite=False)
    predicted = {"labels": labels, "probabilities": proba}
    common: dict[str, Any] = {
        "n_classes": proba.shape[1], "positive": positive, "sample_weight": sample_weight
    }  # fmt: skip
    chosen = map(get_metric, names)
    return {metric.name: metric.function(y, predicted[metric.needs], **common) for metric in chosen}
