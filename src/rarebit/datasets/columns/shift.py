"""Columns of new rows that are not what they were in training: another unit, gaps, other values.

A model predicts without a word from kilograms given as grams. Each column of training is summarised
by its gaps and quantiles, and the new rows are compared with that, over the chunks of a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rarebit._common.checks import finds
from rarebit._common.wording import percent
from rarebit.datasets._dataset import Role
from rarebit.datasets.columns.bins import Bins

# With fewer rows, in training or now, nothing is said.
FEWEST_ROWS = 50
# Share of rows by which gaps must have become more frequent.
MORE_GAPS = 0.4
# Share of the new values that may lie outside all values of training; of 50 rows of the same
# distribution, 4 % do on average.
OUTSIDE = 0.25
# Chance at which a column of rows with gaps is empty.
CHANCE = 1e-6
LEVELS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
# Values of a column that are kept of the new rows.
MOST_KEPT = 20_000
# How well the spread between the quartiles must fit the factor between the medians.
FIT = 0.3


@dataclass(frozen=True)
class ColumnSummary:
    """One column of the training rows."""

    rows: int
    missing: float
    # Quantiles at LEVELS of a column of numbers with enough values, else empty
    quantiles: tuple[float, ...] = ()
    # Into which bins the values fall; models stored by 0.1.0 hold none
    bins: Bins | None = None


def summarise_columns(values: pd.DataFrame, roles: Mapping[str, Role]) -> dict[str, ColumnSummary]:
    """Summarise each column of the training rows, as values."""
    summaries = {}
    for name, role in roles.items():
        present = values[name].dropna().to_numpy()
        quantiles: tuple[float, ...] = ()
        if role == Role.NUMERIC and len(present) >= FEWEST_ROWS:
            quantiles = tuple(np.quantile(present, LEVELS).tolist())
        missing = 1 - len(present) / len(values)
        bins = Bins.of(values[name], role)
        summaries[name] = ColumnSummary(len(values), missing, quantiles, bins)
    return summaries


@dataclass
class _Seen:
    """The new rows of one column: gaps, and some of the values, evenly spread."""

    missing: int = 0
    values: list[np.ndarray] = field(default_factory=list)
    step: int = 1
    n_present: int = 0


class ColumnShift:
    """Compares columns of new rows with those of training; memory does not grow with the rows."""

    def __init__(self, training: Mapping[str, ColumnSummary]) -> None:
        self._training = training
        self._seen = {name: _Seen() for name in training}
        self._rows = 0

    def add(self, values: pd.DataFrame) -> None:
        """Look at a chunk of rows, as values."""
        self._rows += len(values)
        for name, seen in self._seen.items():
            column = values[name].to_numpy()
            present = column[pd.notna(column)]
            seen.missing += len(values) - len(present)
            if self._training[name].quantiles:
                seen.values.append(present[-seen.n_present % seen.step :: seen.step])
                seen.n_present += len(present)
                if sum(map(len, seen.values)) > MOST_KEPT:
                    seen.values = [np.concatenate(seen.values)[::2]]
                    seen.step *= 2

    @finds("RB203")
    def sentences(self) -> list[str]:
        """Describe the columns that changed, one sentence each."""
        if self._rows < FEWEST_ROWS:
            return []
        found = {name: self._compare(name) for name in self._seen}
        return [f"Column {name!r}: {what}." for name, what in found.items() if what]

    def _compare(self, name: str) -> str:
        """Say what changed in a column, nothing if it did not."""
        trained, seen = self._training[name], self._seen[name]
        if trained.rows < FEWEST_ROWS:
            return ""
        missing = seen.missing / self._rows
        if missing - trained.missing >= MORE_GAPS or (
            missing == 1 and trained.missing**self._rows < CHANCE
        ):
            return (
                f"{percent(missing)} of its values are missing, {percent(trained.missing)} were in "
                "training"
            )
        values = np.concatenate(seen.values) if seen.values else np.empty(0)
        if not trained.quantiles or len(values) < FEWEST_ROWS:
            return ""
        return _compare_numbers(values, np.array(trained.quantiles))


def _compare_numbers(values: np.ndarray, trained: np.ndarray) -> str:
    """Say whether numbers are scaled, or lie elsewhere."""
    low, low_bulk, _, median, _, high_bulk, high = trained
    now = np.quantile(values, LEVELS)
    outside = float(np.mean((values < low) | (values > high)))
    if low_bulk <= now[3] <= high_bulk and outside < OUTSIDE:
        return ""
    medians = f"median {now[3]:.4g}, {median:.4g} in training"
    factor = now[3] / median if median else 0.0
    spread, scaled = now[4] - now[2], factor * (trained[4] - trained[2])
    if factor > 0 and np.isclose(spread, scaled, rtol=FIT):
        times = max(factor, 1 / factor)
        return (
            f"its values are about {times:,.{0 if times >= 9.95 else 1}f} times "
            f"{'larger' if factor > 1 else 'smaller'} than in training ({medians}); check the unit"
        )
    return (
        f"{percent(outside)} of its values lie outside those of training, {low:.4g} to {high:.4g} "
        f"({medians})"
    )
