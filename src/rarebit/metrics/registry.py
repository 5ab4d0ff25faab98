"""The metrics by name, in the order of the tables.

A metric at one operating point has a name with a value, ``net_benefit@0.1``. ``METRICS`` holds one
of each kind; :func:`get_metric` makes those at other points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rarebit._common.parameters import check_value
from rarebit._common.predictions import check_proba
from rarebit._common.wording import closest
from rarebit.exceptions import InputError
from rarebit.metrics import calibration, classification, operating, ranking, recalibration
from rarebit.metrics.definition import MetricFunction

if TYPE_CHECKING:
    from jaxtyping import Float, Integer, Real


# What a metric or family says, after its label and a colon.
MEANINGS = {
    "macro_f1": "the mean over the classes of F1, which joins precision and recall; 1 is perfect",
    "balanced_accuracy": "the mean over the classes of the share of rows found",
    "g_mean": "the geometric mean of the shares of rows found; 0 if a class is never found",
    "mcc": "the correlation of true and predicted classes; 0 is guessing",
    "pr_auc": "the mean precision over all thresholds; guessing gives the share of the class",
    "roc_auc": "how often a rare row has a higher probability than another; 0.5 is guessing",
    "log_loss": "the mean of −log of the probability given to the true class; 0 is perfect",
    "brier": "the mean squared error of the probabilities; 0 is perfect",
    "calibration_error": "the mean gap between probability and observed frequency",
    "sensitivity": "the share of the rare rows that are found",
    "specificity": "the share of the other rows that raise no alarm",
    "accuracy": "the share of correct rows, which a rare class hardly changes",
    "macro_precision": "the mean over the classes of the share of correct predictions",
    "macro_recall": "the mean over the classes of the share of rows found",
    "log_loss_skill": "the share of the prevalence model's log loss that is saved",
    "brier_skill": "the share of the prevalence model's Brier score that is saved",
    "calibration_slope": "1 is best; below 1, probabilities are too extreme",
    "calibration_intercept": "0 is best; below 0, probabilities are too high overall",
    "net_benefit": "correct alarms per row, less false alarms weighted by the threshold's odds",
    "precision_at_k": "the share of correct alarms among rows with the highest probabilities",
    "recall_at_precision": "the highest recall with at least this precision",
    "recall_at_fpr": "the highest recall with at most this false-positive rate",
    "expected_cost": "the mean cost of the decisions per row",
}


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
    best : float or None
        The best value where it lies between higher and lower ones, as the 1 of a calibration
        slope; such a metric cannot rank.
    """

    name: str
    label: str
    function: MetricFunction
    needs: Literal["labels", "probabilities"] = "labels"
    greater_is_better: bool = True
    lowest: float = 0.0
    highest: float = 1.0
    best: float | None = None

    @property
    def meaning(self) -> str:
        """What it says, after the label and a colon; empty for a metric of your own."""
        return MEANINGS.get(self.name.partition("@")[0], "")


@dataclass(frozen=True)
class Family:
    """Metrics at one operating point, ``name@value``."""

    name: str
    # Name for people, to which the value is added
    label: str
    # Makes the function from the text after the "@"
    make: Callable[[str], MetricFunction]
    # Value in ``METRICS``
    value: str
    # What the value is, for the message on a wrong one
    what: str
    # Lowest score at a value
    lowest: Callable[[str], float] = lambda _: 0.0

    def at(self, value: str) -> Metric:
        """Return the metric at a value, written as the user wrote it."""
        name = f"{self.name}@{value}"
        try:
            function = self.make(value)
        except (ValueError, InputError):
            raise InputError(
                f"metric is {name!r}: after the @, give {self.what}, such as {self.example}."
            ) from None
        lowest = self.lowest(value)
        return Metric(name, f"{self.label} {value}", function, "probabilities", lowest=lowest)

    @property
    def example(self) -> str:
        """A name with a value."""
        return f"{self.name}@{self.value}"


def _precision_at_k(value: str) -> MetricFunction:
    """Read ``50`` rows, or ``5%`` of them."""
    if value.endswith("%"):
        return operating.precision_at_k(float(value[:-1]) / 100, share=True)
    return operating.precision_at_k(int(value))


FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        Family(
            "net_benefit",
            "Net benefit at",
            lambda value: operating.net_benefit(float(value)),
            "0.1",
            "a threshold probability above 0 and below 1",
            lambda value: -float(value) / (1 - float(value)),
        ),
        Family(
            "precision_at_k",
            "Precision of the top",
            _precision_at_k,
            "5%",
            "a number of rows or a percentage",
        ),
        Family(
            "recall_at_precision",
            "Recall at precision",
            lambda value: operating.recall_at_precision(float(value)),
            "0.5",
            "a precision above 0 and at most 1",
        ),
        Family(
            "recall_at_fpr",
            "Recall at false-positive rate",
            lambda value: operating.recall_at_fpr(float(value)),
            "0.05",
            "a false-positive rate from 0 to 1",
        ),
    )
}

_of_proba = partial(Metric, needs="probabilities")
_of_proba_unbounded = partial(_of_proba, lowest=-np.inf, highest=np.inf)
METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("macro_f1", "Macro F1", classification.macro_f1),
        Metric("balanced_accuracy", "Balanced accuracy", classification.balanced_accuracy),
        Metric("g_mean", "G-mean", classification.g_mean),
        Metric("mcc", "MCC", classification.mcc, lowest=-1.0),
        _of_proba("pr_auc", "PR-AUC", ranking.pr_auc),
        _of_proba("roc_auc", "ROC-AUC", ranking.roc_auc),
        _of_proba_unbounded(
            "log_loss", "Log loss", calibration.log_loss, greater_is_better=False, lowest=0.0
        ),
        _of_proba("brier", "Brier score", calibration.brier, greater_is_better=False),
        _of_proba(
            "calibration_error",
            "Calibration error",
            calibration.calibration_error,
            greater_is_better=False,
        ),
        Metric("sensitivity", "Sensitivity", classification.sensitivity),
        Metric("specificity", "Specificity", classification.specificity),
        Metric("accuracy", "Accuracy", classification.accuracy),
        Metric("macro_precision", "Macro precision", classification.macro_precision),
        Metric("macro_recall", "Macro recall", classification.macro_recall),
        _of_proba_unbounded(
            "log_loss_skill", "Skill of log loss", calibration.log_loss_skill, highest=1.0
        ),
        _of_proba_unbounded(
            "brier_skill", "Skill of Brier score", calibration.brier_skill, highest=1.0
        ),
        _of_proba_unbounded(
            "calibration_slope", "Calibration slope", recalibration.calibration_slope, best=1.0
        ),
        _of_proba_unbounded(
            "calibration_intercept",
            "Calibration intercept",
            recalibration.calibration_intercept,
            best=0.0,
        ),
        *(family.at(family.value) for family in FAMILIES.values()),
    )
}


def get_metric(name: str) -> Metric:
    """Look up a metric by its name.

    Parameters
    ----------
    name : str
        A key of ``METRICS``, or one of these at another point: ``net_benefit@0.2``,
        ``precision_at_k@50`` (rows) or ``@2%``, ``recall_at_precision@0.9``,
        ``recall_at_fpr@0.01``.

    Returns
    -------
    Metric
        Its function, labels and direction.

    Examples
    --------
    >>> get_metric("precision_at_k@50").label
    'Precision of the top 50'
    """
    if not isinstance(name, str) or name in METRICS:
        return METRICS[check_value("metric", name, *METRICS)]
    family, at, value = name.partition("@")
    if family in FAMILIES:
        return FAMILIES[family].at(value)
    if at and family in METRICS:
        raise InputError(f"metric is {name!r}: {family} takes no value after an @.")
    if hint := closest(family, [*METRICS, *FAMILIES]):
        raise InputError(f"metric is {name!r}{hint} Available: {', '.join(METRICS)}.")
    return METRICS[check_value("metric", name, *METRICS)]


def ranking_metric(name: str) -> Metric:
    """Look up a metric by which models can be ranked: higher is better, or lower is.

    Parameters
    ----------
    name : str
        As for :func:`get_metric`.

    Returns
    -------
    Metric

    Examples
    --------
    >>> ranking_metric("log_loss").greater_is_better
    False
    """
    metric = get_metric(name)
    if metric.best is not None:
        raise InputError(
            f"{name} cannot rank models: it is best at {metric.best:g}, and worse on both sides of "
            "it. Give another metric, such as log_loss or calibration_error."
        )
    return metric


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
