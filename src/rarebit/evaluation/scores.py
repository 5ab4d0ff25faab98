"""Scores, class shares, calibration and drift of new rows, beside those of training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from rarebit.datasets import Dataset
from rarebit.datasets.columns.drift import ColumnDrift
from rarebit.decision import FittedPoint, TunedThreshold
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.outcome import rare_classes
from rarebit.metrics import METRICS, Metric
from rarebit.statistics import Interval, binomial_interval, count_difference, weighted_share
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.objective import EXPECTED_COST, get_objective


def score_table(
    model: TreatedClassifier,
    dataset: Dataset,
    seen: Predictions,
    own: Metric,
    *,
    n_resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Every metric, and the model's own one, with intervals and on held-out rows of training."""
    ranked_by = get_objective(model.metric)
    metrics = list({one.name: one for one in (*METRICS.values(), ranked_by, own)}.values())
    positive = dataset.positive
    found = score_intervals(dataset, seen, metrics, n_resamples=n_resamples, seed=seed)
    exact = {} if dataset.groups is not None else _exact(seen, positive)
    found = [exact.get(metric.name, one) for metric, one in zip(metrics, found, strict=True)]
    before: dict[str, float] = {}
    held_out = model.held_out_
    if held_out is not None:
        decided = held_out_labels(model)
        # Amounts of the held-out rows are not kept, so costs by row are not known.
        by_row = dataset.amounts is not None
        known = [metric for metric in metrics if metric.name != EXPECTED_COST or not by_row]
        scores = _score_all(known, held_out.y, decided, held_out.proba, held_out.weight, positive)
        before = dict(zip([metric.name for metric in known], scores, strict=True))
    return pd.DataFrame(
        [
            (metric.name, metric.label, *one[:3], before.get(metric.name, np.nan))
            for metric, one in zip(metrics, found, strict=True)
        ],
        columns=["metric", "label", "score", "low", "high", "training"],
    )


def score_intervals(
    dataset: Dataset, seen: Predictions, metrics: Sequence[Metric], *, n_resamples: int, seed: int
) -> list[Interval]:
    """Bootstrap intervals of several metrics."""

    def score(weight: np.ndarray) -> list[float]:
        return _score_all(metrics, seen.y, seen.labels, seen.proba, weight, dataset.positive)

    return seen.intervals(score, dataset, n_resamples=n_resamples, seed=seed)


def held_out_labels(model: TreatedClassifier) -> np.ndarray | None:
    """Decisions on the held-out rows of training; None if these rows do not determine them.

    They may depend on amounts, which the rows do not keep, or on the size of a batch.
    """
    rule, rows = model.point() or model.decision_, model.held_out_
    if rows is None or not isinstance(rule, FittedPoint | TunedThreshold):
        return None
    is_by_batch = isinstance(rule, FittedPoint) and rule.point.kind == "alerts"
    return None if is_by_batch else rule.decide(rows.proba)


def _exact(seen: Predictions, positive: int | None) -> dict[str, Interval]:
    """Shares of independent rows with binomial intervals; a bootstrap of no errors has none."""
    if positive is None:
        return {}
    right, rare = seen.y == seen.labels, seen.y == positive
    rows = {"sensitivity": rare, "specificity": ~rare, "accuracy": np.ones_like(rare)}
    return {
        name: weighted_share(right[of], seen.weight[of]) for name, of in rows.items() if of.any()
    }


def _score_all(
    metrics: Sequence[Metric],
    y: np.ndarray,
    labels: np.ndarray | None,
    proba: np.ndarray,
    weight: np.ndarray,
    positive: int | None,
) -> list[float]:
    """Scores of one set of predictions; those of labels are nan without labels."""
    options: dict[str, Any] = {
        "n_classes": proba.shape[1], "positive": positive, "sample_weight": weight
    }  # fmt: skip
    predicted = {"labels": labels, "probabilities": proba}
    return [
        np.nan
        if (given := predicted[metric.needs]) is None
        else metric.function(y, given, **options)
        for metric in metrics
    ]


def class_table(
    model: TreatedClassifier, dataset: Dataset, seed: int
) -> tuple[pd.DataFrame, float]:
    """Share of each class here and in training, and the p-value of their difference."""
    now, before = dataset.counts, model.class_counts_
    rows = []
    for code, label in enumerate(dataset.classes):
        share = binomial_interval(int(now[code]), int(now.sum()))
        earlier = before[code] / before.sum()
        rows.append(
            (label, now[code], share.estimate, share.low, share.high, before[code], earlier)
        )
    names = ["label", "rows", "share", "low", "high", "training_rows", "training_share"]
    difference = count_difference(before, now, random_state=seed)
    return pd.DataFrame(rows, columns=names), difference.p


def calibration_table(
    dataset: Dataset, seen: Predictions, *, n_resamples: int, seed: int
) -> pd.DataFrame:
    """Mean predicted probability and observed share of each rare class."""
    codes = rare_classes(dataset)
    is_class = np.stack([seen.y == code for code in codes])
    excess = seen.proba[:, codes].T - is_class
    found = seen.mean_intervals(excess, dataset, n_resamples=n_resamples, seed=seed)
    rows = [
        (dataset.classes[code], float(np.average(seen.proba[:, code], weights=seen.weight)),
         float(np.average(inside, weights=seen.weight)), *one[:3])
        for code, inside, one in zip(codes, is_class, found, strict=True)
    ]  # fmt: skip
    names = ["label", "predicted", "observed", "difference", "low", "high"]
    return pd.DataFrame(rows, columns=names)


def column_drift(model: TreatedClassifier, values: pd.DataFrame, seed: int) -> pd.DataFrame:
    """How far each column of new rows, as values, has drifted from training."""
    training = model.columns_
    counted = ColumnDrift({name: training[name] for name in model.roles_ if name in training})
    counted.add(values)
    return counted.table(seed)
