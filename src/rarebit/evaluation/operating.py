"""What a model does at operating points, on rows that it was not fitted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rarebit._common.wording import count, interval, number, percent
from rarebit.datasets import Dataset
from rarebit.evaluation.comparison import Predictions
from rarebit.statistics import Interval, weighted_share
from rarebit.statistics.intervals import as_columns

N_RESAMPLES = 1000


@dataclass(frozen=True)
class AtPoint:
    """What decisions at one operating point did; rows are counted, shares are weighted.

    Intervals are exact binomial ones (Clopper-Pearson); with row weights they are approximate, by
    the effective number of rows, and with groups they are percentiles of a bootstrap of groups.
    """

    # The operating point
    at: str
    # Rows, rows of the rare class, alerts, and rows of the rare class among these
    rows: int
    rare: int
    alerts: int
    found: int
    # With 95 % intervals
    recall: Interval
    precision: Interval
    fpr: Interval
    alert_rate: Interval

    def as_row(self) -> dict[str, Any]:
        """Return one row of a table: counts, and each share with ``_low`` and ``_high``."""
        counts = {name: getattr(self, name) for name in ("at", "rows", "rare", "alerts", "found")}
        shares = {
            name: getattr(self, name) for name in ("recall", "precision", "fpr", "alert_rate")
        }
        return counts | as_columns(shares)


def at_points(dataset: Dataset, decided: Mapping[str, Predictions]) -> list[AtPoint]:
    """Measure decisions at operating points, on the first repeat.

    ``decided`` holds predictions by the text of the point, whose labels are decided at this point.
    """
    positive = dataset.positive
    if positive is None:
        return []
    return [
        _at_point(text, predictions.first_repeat(), positive, dataset)
        for text, predictions in decided.items()
    ]


def _at_point(text: str, seen: Predictions, positive: int, dataset: Dataset) -> AtPoint:
    is_rare, alert = seen.y == positive, seen.labels == positive
    shares = [
        (is_rare & alert, is_rare),
        (is_rare & alert, alert),
        (~is_rare & alert, ~is_rare),
        (alert, np.ones(len(alert), dtype=bool)),
    ]
    found = share_intervals(shares, seen, dataset)
    rare, alerts, hits = (int(part.sum()) for part in (is_rare, alert, is_rare & alert))
    return AtPoint(text, len(seen.y), rare, alerts, hits, *found)


def share_intervals(
    shares: Sequence[tuple[np.ndarray, np.ndarray]], seen: Predictions, dataset: Dataset
) -> list[Interval]:
    """Weighted shares of hits among rows, pairs of masks, with 95 % intervals.

    With groups, whose rows are alike, they come from a bootstrap of whole groups.
    """
    if dataset.groups is None:
        return [weighted_share(hits[rows], seen.weight[rows]) for hits, rows in shares]
    masks = np.array(shares, dtype=np.float64)

    def score(drawn: np.ndarray) -> list[float]:
        sums = masks @ drawn
        with np.errstate(invalid="ignore"):
            return list(sums[:, 0] / sums[:, 1])

    return seen.intervals(score, dataset, n_resamples=N_RESAMPLES, seed=0)


def point_sentences(dataset: Dataset, outcomes: Sequence[AtPoint]) -> list[str]:
    """Say for each operating point what it found, and at what price."""
    if dataset.positive is None:
        return []
    return [_sentence(dataset.classes[dataset.positive], found) for found in outcomes]


def _sentence(label: object, found: AtPoint) -> str:
    each = " in each test set" if found.at.startswith("alerts<=") and "%" not in found.at else ""
    said = (
        f"At {found.at}{each}, {found.found:,} of {count(found.rare, 'row')} of class "
        f'"{label}" were found'
    )
    if np.isfinite(found.recall.estimate):
        ends = interval(found.recall.low, found.recall.high)
        said += f" (recall {number(found.recall.estimate)}, 95 % interval {ends})"
    said += f", with {count(found.alerts - found.found, 'false alarm')}"
    if found.alerts:
        said += f"; {percent(found.precision.estimate)} of the alerts were right"
    return f"{said}."


def point_table(outcomes: Sequence[AtPoint], points: Mapping[str, Any]) -> pd.DataFrame:
    """One row for each operating point: its figures, and threshold and promise of a model.

    ``points`` are those of the model, as in ``TreatedClassifier.points_``; it may lack some.
    """
    rows = []
    for found in outcomes:
        fitted = points.get(found.at)
        rows.append(
            found.as_row()
            | {
                "threshold": np.nan if fitted is None else fitted.threshold,
                "confidence": np.nan if fitted is None else fitted.confidence,
                "promise": "" if fitted is None else fitted.statement,
            }
        )
    return pd.DataFrame(rows)
