"""Rows of the tables of a comparison, as plain values for terminal and report. No markup here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from rarebit._common import wording
from rarebit.datasets import Dataset
from rarebit.evaluation import Comparison
from rarebit.evaluation.comparison import Answer, Predictions
from rarebit.evaluation.outcome import (
    Found,
    baseline,
    class_shares,
    confusion,
    found_by,
    rare_classes,
)
from rarebit.reporting import names
from rarebit.statistics import Interval
from rarebit.zoo.objective import EXPECTED_COST

# Metrics of the report's table, in this order; ranking.csv has all.
SHOWN = (
    "macro_f1", EXPECTED_COST, "balanced_accuracy", "mcc", "pr_auc", "roc_auc", "log_loss",
)  # fmt: skip
# Characters of a name in a table of the report.
NAME = 90
# Errors listed if there are too many classes for a readable matrix.
N_MISTAKES = 10
# How the reason of a dropped column begins.
DROPPED = "dropped: "


@dataclass(frozen=True)
class Scale:
    """Places of numbers on a bar, in percent of its width."""

    low: float
    high: float

    @classmethod
    def around(cls, *values: Any) -> Scale:
        """Make the scale that holds all defined values."""
        every = np.concatenate([np.asarray(value, dtype=np.float64).ravel() for value in values])
        every = every[np.isfinite(every)]
        if len(every) == 0:
            return cls(0.0, 1.0)
        margin = max(float(np.ptp(every)) * 0.04, 1e-6)
        return cls(float(every.min()) - margin, float(every.max()) + margin)

    def at(self, value: float) -> float | None:
        """Place of a value; None if it is undefined."""
        if not np.isfinite(value):
            return None
        return round(100 * (value - self.low) / (self.high - self.low), 2)

    def bar(self, low: float, middle: float, high: float) -> dict[str, float | None]:
        """Places of an interval and its middle."""
        return {"low": self.at(low), "middle": self.at(middle), "high": self.at(high)}


def other_metrics(comparison: Comparison) -> list[str]:
    """Metrics of the ranking besides those that have their own columns, in the order of tables."""
    own = {answer.metric for answer in comparison.answers}
    return [name for name in SHOWN if name in comparison.ranking and name not in own]


def not_estimated(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Which of the columns "interval" and "p" have no value at all: tables leave them out."""
    undefined = {wording.DASH, wording.NOT_ESTIMATED}
    return {name for name in ("interval", "p") if {row[name] for row in rows} <= undefined}


def ranking_rows(comparison: Comparison) -> list[dict[str, Any]]:
    """One entry a candidate: texts, and places on the bar."""
    table = comparison.ranking
    scale = Scale.around(table["low"], table["high"], table["score"])
    others = other_metrics(comparison)
    judge = comparison.probabilities
    return [
        {
            "rank": int(row["rank"]),
            "classifier": names.label(comparison, row["classifier"], NAME),
            "treatment": names.label(comparison, row["treatment"], NAME),
            "is_best": (row["classifier"], row["treatment"]) == comparison.best,
            "score": wording.number(row["score"]),
            "interval": wording.interval(row["low"], row["high"]),
            "bar": scale.bar(row["low"], row["score"], row["high"]),
            "p": wording.p_value(row["p_best"]),
            "probabilities": {} if judge is None else _of_probabilities(row, judge.metric),
            "others": [wording.number(row[name]) for name in others],
            "fit": wording.seconds(row["fit_seconds"]),
            "failed": int(row["n_failed"]),
            "folds": int(row["n_failed"]) + int(row["n_done"]),
        }
        for row in table.to_dict("records")
    ]


def _of_probabilities(row: Mapping[Any, Any], metric: str) -> dict[str, str]:
    """A candidate's score by the metric of the probabilities."""
    return {
        "score": wording.number(row[metric]),
        "interval": wording.interval(row[f"{metric}_low"], row[f"{metric}_high"]),
        "p": wording.p_value(row[f"{metric}_p"]),
    }


def effect_rows(comparison: Comparison, answer: Answer) -> list[dict[str, Any]]:
    """One entry a treatment: its difference from the reference, and places on the bar."""
    table = answer.effects
    scale = Scale.around(table["low"], table["high"], table["difference"], [0.0])
    return [
        {
            "treatment": names.label(comparison, row["treatment"], NAME),
            "difference": wording.number(row["difference"], signed=True),
            "interval": wording.interval(row["low"], row["high"], signed=True),
            "bar": scale.bar(row["low"], row["difference"], row["high"]),
            "zero": scale.at(0.0),
            "p": wording.p_value(row["p"]),
            "record": f"{row['wins']} / {row['ties']} / {row['losses']}",
        }
        for row in table.to_dict("records")
    ]


def reference_label(comparison: Comparison) -> str:
    """Label of the treatment that effects are measured against; empty without effects."""
    reference = comparison.effects["reference"].head(1)
    return "".join(names.label(comparison, name, NAME) for name in reference)


def dataset_facts(dataset: Dataset) -> dict[str, Any]:
    """Size, missing values and imbalance of a data set."""
    return {
        "name": names.clean(dataset.name, 120),
        "source": names.clean(names.without_folders(dataset.source), 300),
        "n_rows": len(dataset.target),
        "n_features": dataset.frame.shape[1],
        "n_missing": int(dataset.frame.isna().to_numpy().sum()),
        "n_values": int(dataset.frame.size),
        "ratio": wording.number(dataset.imbalance_ratio, 1),
        "weighted": dataset.full_weight is not None,
        "grouped": dataset.groups is not None,
        "timed": dataset.time is not None,
    }


def drift_rows(drift: pd.DataFrame) -> list[dict[str, str]]:
    """One entry a column, the largest drift first, as texts."""
    return [
        {
            "column": names.clean(row["column"], NAME),
            "difference": wording.percent(row["difference"]),
            "by_chance": wording.percent(row["by_chance"]),
            "p": wording.p_value(row["p"]),
            "missing": wording.percent(row["missing"]),
            "missing_before": wording.percent(row["missing_before"]),
        }
        for row in drift.to_dict("records")
    ]


def found_rows(dataset: Dataset, predictions: Predictions | None) -> list[Found]:
    """Rows found of each rare class that has any, with labels that are safe to show."""
    return [
        replace(found, label=names.clean(found.label, 60))
        for found in found_by(dataset, predictions)
        if found.total
    ]


def interval_texts(
    found: Interval, write: Callable[[float], str] = wording.percent
) -> tuple[str, str]:
    """Estimate and interval; a dash for what is undefined."""
    estimate, low, high = map(write, found[:3])
    return estimate, wording.DASH if wording.DASH in (estimate, low, high) else f"{low} to {high}"


def class_rows(dataset: Dataset) -> list[dict[str, Any]]:
    """One entry a class, largest first."""
    counts, rare, weighted = dataset.counts, rare_classes(dataset), class_shares(dataset)
    return [
        {
            "label": names.class_label(dataset, int(code), NAME),
            "count": int(counts[code]),
            "share": wording.percent(counts[code] / counts.sum()),
            "weighted_share": wording.percent(weighted[code]),
            "width": round(100 * counts[code] / counts.max(), 2),
            "is_rare": int(code) in rare,
        }
        for code in np.argsort(-counts, kind="stable")
    ]


def column_rows(dataset: Dataset) -> list[dict[str, Any]]:
    """One entry a column of the input: what it is used as, why, and its missing values."""
    reports = [(column.name, column.used_as, column.reason) for column in dataset.columns]
    reports = reports or [(str(name), str(role), "") for name, role in dataset.roles.items()]
    missing = dataset.frame.isna().sum()
    missing.index = missing.index.map(str)
    return [
        {
            "name": names.clean(name, 200),
            "used_as": names.clean(used_as),
            # What the second column says already is not said again
            "reason": "" if reason == used_as else names.clean(reason.removeprefix(DROPPED), 300),
            "missing": int(missing[name]) if name in missing.index else None,
            "missing_share": wording.percent(missing.get(name, 0) / len(dataset.frame)),
        }
        for name, used_as, reason in reports
    ]


def columns_left_out(comparison: Comparison) -> list[str]:
    """Name the columns that were dropped without being asked for, and why."""
    return [f"{name} ({why})" for name, why in comparison.columns_left_out.items()]


def confusion_tables(comparison: Comparison) -> list[dict[str, Any]]:
    """Confusion matrices of the best model and its baseline, and their most frequent errors."""
    return [
        confusion_table(
            names.candidate_label(comparison, pair, 60),
            comparison.dataset,
            comparison.predictions[pair],
        )
        for pair in (comparison.best, baseline(comparison))
        if pair in comparison.predictions
    ]


def confusion_cells(counts: np.ndarray, shares: np.ndarray) -> list[list[dict[str, Any]]]:
    """Count and share of each cell of a confusion matrix, ``(n_classes, n_classes)``."""
    return [
        [{"count": int(n), "share": float(share)} for n, share in zip(*row, strict=True)]
        for row in zip(counts, shares, strict=True)
    ]


def confusion_table(model: str, dataset: Dataset, predictions: Predictions) -> dict[str, Any]:
    """Confusion matrix of a model, and its most frequent errors."""
    found = confusion(predictions)
    labels = [names.class_label(dataset, code, 40) for code in range(len(found.counts))]
    cells = confusion_cells(found.counts, found.shares)
    wrong = found.counts - np.diag(np.diag(found.counts))
    often = np.argsort(-wrong, axis=None, kind="stable")[:N_MISTAKES]
    places = np.unravel_index(often[wrong.ravel()[often] > 0], wrong.shape)
    return {
        "label": model,
        "classes": labels,
        "rows": cells,
        "mistakes": [
            {"true": labels[true], "predicted": labels[predicted], **cells[true][predicted]}
            for true, predicted in zip(*places, strict=True)
        ],
    }


def rare_label(dataset: Dataset) -> str:
    """Label of the rare class of two; empty with more."""
    positive = dataset.positive
    return "" if positive is None else names.class_label(dataset, positive, NAME)


def setting_rows(settings: dict[str, Any]) -> list[tuple[str, str]]:
    """Settings as pairs of name and text; nested ones get a dotted name."""
    rows: list[tuple[str, str]] = []
    for key, value in settings.items():
        name = names.clean(key, 120)
        if isinstance(value, dict):
            rows += [(f"{name}.{inner}", text) for inner, text in setting_rows(value)]
        else:
            rows.append((name, "not set" if value is None else names.clean(value, 400)))
    return rows
