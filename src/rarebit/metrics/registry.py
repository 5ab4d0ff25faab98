"""The metrics by name, in the order in which tables show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rarebit._common.predictions import check_codes, check_proba, check_row_weights
from rarebit.exceptions import InputError
from rarebit.metrics import calibration, classification, ranking
from rarebit.metrics.classification import MetricFunction


@dataclass(frozen=True)
class Metric:
    """A score and how to read it.

    Attributes
    ----------
    name : str
        Key in tables and options.
    label : str
        Name for people.
    function : callable
        ``f(y, predicted, *, n_classes, positive, sample_weight=None) -> float``.
    needs : {"labels", "probabilities"}
        What ``predicted`` is: label codes ``(n_rows,)`` or probabilities ``(n_rows, n_classes)``.
    greater_is_better : bool
        False for losses.
    """

    name: str
    label: str
    function: MetricFunction
    needs: Literal["labels", "probabilities"] = "labels"
    greater_is_better: bool = True


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("macro_f1", "Macro F1", classification.macro_f1),
        Metric("balanced_accuracy", "Balanced accuracy", classification.balanced_accuracy),
        Metric("g_mean", "G-mean", classification.g_mean),
        Metric("mcc", "MCC", classification.mcc),
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
    """Look a metric up by its name.

    Parameters
    ----------
    name : str
        A key of ``METRICS``.

    Returns
    -------
    Metric

    Raises
    ------
    InputError
        If there is no such metric; the message lists those there are.

    Examples
    --------
    >>> get_metric("brier").greater_is_better
    False
    """
    if not isinstance(name, str) or name not in METRICS:
        raise InputError(f"There is no metric {name!r}; choose one of {', '.join(METRICS)}.")
    return METRICS[name]


def score_all(
    y: np.ndarray,
    labels: np.ndarray,
    proba: np.ndarray,
    *,
    positive: int | None,
    sample_weight: np.ndarray | None = None,
) -> dict[str, float]:
    """Every metric for one set of predictions.

    Parameters
    ----------
    y : ndarray of shape (n_rows,), int64
        True label codes.
    labels : ndarray of shape (n_rows,), int64
        Decided label codes.
    proba : ndarray of shape (n_rows, n_classes), float64
        Probabilities; their columns say how many classes there are.
    positive : int or None
        Code of the rare class where there are two; 1 where not said.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.

    Returns
    -------
    dict of str to float
        By name, in the order of ``METRICS``; ``nan`` for what cannot be defined.

    Raises
    ------
    InputError
        If a code is none of the classes', a probability lies outside [0, 1], a weight is negative
        or not finite, or the arrays are not of one length.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
    >>> scores = score_all(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]), proba, positive=1)
    >>> scores["accuracy"], scores["roc_auc"]
    (0.75, 0.75)
    """
    proba = check_proba(proba, finite=False)
    y = check_codes("y", y, proba.shape[1], len(proba))
    labels = check_codes("labels", labels, proba.shape[1], len(proba))
    if sample_weight is not None:
        sample_weight = check_row_weights(sample_weight, len(y))
    return {
        metric.name: metric.function(
            y,
            labels if metric.needs == "labels" else proba,
            n_classes=proba.shape[1],
            positive=positive,
            sample_weight=sample_weight,
        )
        for metric in METRICS.values()
    }
