"""A model in use, on new rows without labels: what has drifted, and how good it probably is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd

from rarebit._common.checks import CheckResult, Remark, check_codes
from rarebit._common.random_state import check_seed
from rarebit._common.wording import number, p_equals, percent
from rarebit.datasets.columns.drift import ALPHA, drift_sentence
from rarebit.evaluation.checks import with_checks
from rarebit.evaluation.evaluate import loaded
from rarebit.evaluation.scores import column_drift, held_out_labels
from rarebit.exceptions import InputError
from rarebit.metrics import METRICS
from rarebit.statistics import CountDifference, Interval, binomial_interval, count_difference
from rarebit.statistics.binomial import effective_rows
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.deciding import HeldOut

# Scores that are estimated from calibrated probabilities, of two classes.
ESTIMATED = ("sensitivity", "specificity", "macro_f1", "roc_auc", "pr_auc", "log_loss", "brier")
TENTHS = np.linspace(0.1, 0.9, 9)
ASSUMPTION = (
    "Estimated performance holds if the probabilities are still calibrated on these rows: it "
    "follows a changed mix of rows, and not a changed relation between columns and classes. "
    "Evaluate the model on rows with labels as soon as there are some."
)


@dataclass(frozen=True)
class Monitoring:
    """The outcome of :func:`monitor`.

    Attributes
    ----------
    rows : int
        Rows looked at.
    drift : DataFrame
        One row a column, as in :func:`rarebit.evaluation.evaluate`.
    scores : CountDifference or None
        Distance of the predicted probabilities of the rare class from those of the held-out rows of
        training, over their tenths; None without such rows, or with three classes or more.
    alerts : Interval or None
        Share of the rows that the model decides to be of the rare class, with its exact 95 %
        interval; None with three classes or more.
    expected_alerts : float
        The share on the held-out rows of training; nan if it is not known.
    estimated : dict of str to float
        Estimated scores by metric; empty with three classes or more.
    finding : list of str
        Plain sentences, the assumption of the estimate last.
    checks : list of CheckResult
        What each check found: ``code, title, result`` ("issue", "tip", "passed", "not applicable"
        or "ignored") and ``messages``.
    """

    rows: int
    drift: pd.DataFrame
    scores: CountDifference | None
    alerts: Interval | None
    expected_alerts: float
    estimated: dict[str, float]
    finding: list[str]
    checks: list[CheckResult] = field(default_factory=list)


def monitor(
    model: TreatedClassifier | str | PathLike[str],
    X: Any,
    *,
    ignore_checks: str | Sequence[str] | None = None,
    seed: int = 0,
    trusted: Sequence[str] = (),
) -> Monitoring:
    """Compare new rows without labels with training, and estimate how good the model is on them.

    Parameters
    ----------
    model : TreatedClassifier or path
        A fitted model, or the folder of a stored one.
    X : DataFrame or array of shape (n_rows, n_features)
        New rows, as for :func:`rarebit.zoo.score_table`; further columns are ignored.
    ignore_checks : list of str, optional
        Codes of checks, such as ``"RB002"``, whose findings are left out.
    seed : int, default=0
        Seed of the permutation tests.
    trusted : sequence of str, default=()
        Further types that the stored model may contain, as in :func:`rarebit.load`.

    Returns
    -------
    Monitoring
        Drift of columns and probabilities, share of alerts, estimated scores.

    Notes
    -----
    A row with the probability p counts as p rows of the class and 1 - p rows of the other: the
    scores expected under the model's own calibrated probabilities (confidence-based performance
    estimation). They are as good as the calibration.

    Examples
    --------
    >>> from rarebit.datasets import load_dataset
    >>> data = load_dataset("breast_cancer_rare")
    >>> earlier, later = data.take(np.arange(200)), data.take(np.arange(200, len(data.target)))
    >>> model = TreatedClassifier("logistic_regression", "untouched")
    >>> found = monitor(model.fit(earlier.frame, earlier.labels), later.frame)
    >>> found.rows, found.estimated["roc_auc"] > 0.9
    (181, True)
    """
    fitted = loaded(model, trusted)
    check_seed(seed)
    ignored = check_codes(ignore_checks)
    values = fitted.read(X)
    if not len(values):
        raise InputError("There are no rows to monitor.")
    labels, proba = fitted.labelled(values)
    drift = column_drift(fitted, values, seed)
    code = fitted.positive_
    if code is None:
        finding = [drift_sentence(drift), "Estimated performance needs two classes."]
        found = Monitoring(len(values), drift, None, None, np.nan, {}, finding)
        return _with_checks(found, ignored)
    held_out = fitted.held_out_
    alerts = binomial_interval(int((labels == code).sum()), len(labels))
    expected = _expected_alerts(fitted, code)
    scores = None if held_out is None else _score_drift(proba[:, code], held_out, code, seed)
    estimated = _estimated(labels, proba, code)
    label = fitted.classes_.tolist()[code]
    finding = [
        drift_sentence(drift),
        *_score_sentence(scores, label),
        _alert_sentence(alerts, expected, label),
        _estimate_sentence(estimated),
        ASSUMPTION,
    ]
    found = Monitoring(len(values), drift, scores, alerts, expected, estimated, finding)
    return _with_checks(found, ignored)


def _with_checks(found: Monitoring, ignored: Sequence[str]) -> Monitoring:
    """Add the result of each check."""
    applies = {
        "RB204": not found.drift.empty,
        "RB208": found.scores is not None,
        "RB209": bool(np.isfinite(found.expected_alerts)),
    }
    return with_checks("monitor", found, applies, ignored)


def _expected_alerts(model: TreatedClassifier, code: int) -> float:
    """Share of alerts on the held-out rows of training; nan if it is not known."""
    held_out, labels = model.held_out_, held_out_labels(model)
    if held_out is None or labels is None:
        return float("nan")
    return float(np.average(labels == code, weights=held_out.weight))


def _score_drift(proba: np.ndarray, held_out: HeldOut, code: int, seed: int) -> CountDifference:
    """Compare probabilities with those of the held-out rows, over the tenths of these."""
    before, weight = held_out.proba[:, code], held_out.weight
    order = np.argsort(before)
    passed = np.cumsum(weight[order]) / weight.sum()
    edges = np.unique(before[order][np.searchsorted(passed, TENTHS)])
    shares = np.bincount(np.searchsorted(edges, before), weight, minlength=len(edges) + 1)
    earlier = np.round(shares / shares.sum() * effective_rows(weight)).astype(np.int64)
    now = np.bincount(np.searchsorted(edges, proba), minlength=len(edges) + 1)
    return count_difference(earlier, now, random_state=seed)


def _estimated(labels: np.ndarray, proba: np.ndarray, code: int) -> dict[str, float]:
    """Scores if each row is of each class with its probability."""
    n_rows, n_classes = proba.shape
    y = np.repeat(np.arange(n_classes), n_rows)
    predicted = {
        "labels": np.tile(labels, n_classes),
        "probabilities": np.tile(proba, (n_classes, 1)),
    }
    return {
        name: METRICS[name].function(
            y,
            predicted[METRICS[name].needs],
            n_classes=n_classes,
            positive=code,
            sample_weight=np.maximum(proba.T.ravel(), 0),
        )
        for name in ESTIMATED
    }


def _score_sentence(scores: CountDifference | None, label: object) -> list[str]:
    if scores is None:
        return []
    has_drifted = scores.p < ALPHA
    differ = "differ" if has_drifted else "do not differ significantly"
    said = (
        f"Probabilities of class {label!r} {differ} from those in training ("
        f"{percent(scores.difference)} of the rows would have to change, {p_equals(scores.p)})."
    )
    return [Remark("RB208", said) if has_drifted else said]


def _alert_sentence(alerts: Interval, expected: float, label: object) -> str:
    said = (
        f"{percent(alerts.estimate)} of the rows are decided to be of class {label!r} (95 % "
        f"interval {percent(alerts.low)} to {percent(alerts.high)})"
    )
    if not np.isfinite(expected):
        return f"{said}."
    if alerts.low <= expected <= alerts.high:
        return f"{said}, as expected: {percent(expected)} in training."
    return Remark("RB209", f"{said}, not as expected: {percent(expected)} in training.")


def _estimate_sentence(estimated: dict[str, float]) -> str:
    texts = (f"{METRICS[name].label} {number(value)}" for name, value in estimated.items())
    return f"Estimated performance: {', '.join(texts)}."
