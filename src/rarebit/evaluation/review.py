"""What decisions are worth if a person decides some of the rows, all of them right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from rarebit._common.wording import count, number, percent
from rarebit.datasets import Dataset
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.operating import AtPoint, at_points, share_intervals
from rarebit.running.cells import REVIEWED
from rarebit.statistics import Interval
from rarebit.statistics.intervals import as_columns

WITHOUT, WITH = "without review", "with review"


@dataclass(frozen=True)
class Reviewed:
    """Held-out rows whose decision goes to a person; these count as decided right.

    Rows are counted, shares are weighted, and intervals are as in :class:`AtPoint`.
    """

    # How many rows a person can decide
    budget: str
    # Share of the rows reviewed
    share: Interval
    reviewed: int
    # Rows decided wrong, without and with review, and their share of all rows
    errors: tuple[int, int]
    error_rate: tuple[Interval, Interval]
    # What the rare class gains, without and with review
    outcomes: tuple[AtPoint, AtPoint]

    def frame(self) -> pd.DataFrame:
        """Return two rows, without and with review: counts, and shares with their intervals."""
        rows: list[dict[str, Any]] = []
        parts = zip(self.outcomes, self.errors, self.error_rate, strict=True)
        for position, (outcome, errors, rate) in enumerate(parts):
            row = outcome.as_row()
            row = {"review": row.pop("at"), "budget": self.budget} | row
            reviewed = self.share if position else Interval(0.0, 0.0, 0.0, self.share.n_used, 0)
            row |= {"reviewed": self.reviewed * position, "errors": errors}
            rows.append(row | as_columns({"reviewed_rate": reviewed, "error_rate": rate}))
        return pd.DataFrame(rows)


def with_review(
    dataset: Dataset, budget: str, predictions: Predictions, decided: Predictions
) -> Reviewed | None:
    """Measure the decisions ``predictions``, and those where a person takes part.

    In ``decided``, rows that go to a person have the label :data:`REVIEWED`. The first repeat
    counts. None with more than two classes.
    """
    if dataset.positive is None:
        return None
    before, after = predictions.first_repeat(), decided.first_repeat()
    reviewed = after.labels == REVIEWED
    after = replace(after, labels=np.where(reviewed, after.y, after.labels))
    wrong = [before.labels != before.y, after.labels != after.y]
    everyone = np.ones(len(reviewed), dtype=bool)
    shares = [(mask, everyone) for mask in (reviewed, *wrong)]
    share, *rates = share_intervals(shares, before, dataset)
    outcomes = at_points(dataset, {WITHOUT: before, WITH: after})
    return Reviewed(
        budget,
        share,
        int(reviewed.sum()),
        (int(wrong[0].sum()), int(wrong[1].sum())),
        (rates[0], rates[1]),
        (outcomes[0], outcomes[1]),
    )


def review_sentence(found: Reviewed) -> str:
    """Say what review changes."""
    before, after = found.outcomes
    return (
        f"With {percent(found.share.estimate)} of the rows reviewed by a person (assumed to decide "
        f"correctly), {found.errors[1]:,} of {count(found.errors[0], 'error')} remain: "
        f"recall {number(before.recall.estimate)} becomes {number(after.recall.estimate)}, "
        f"precision {number(before.precision.estimate)} becomes "
        f"{number(after.precision.estimate)}."
    )
