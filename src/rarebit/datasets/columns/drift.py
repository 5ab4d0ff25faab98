"""How far each column of new rows has drifted from training, and how far chance alone goes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rarebit._common.checks import Remark
from rarebit._common.wording import count, first_few, p_equals, percent
from rarebit.datasets.columns.shift import ColumnSummary
from rarebit.statistics import count_difference, holm

ALPHA = 0.05
# Share of rows that must have moved to be worth a sentence: with many rows, less is significant.
LEAST = 0.1
# Permutations: enough for a significant column among so many columns, within reason.
N_RESAMPLES, A_COLUMN, MOST_RESAMPLES = 2000, 40, 20_000


class ColumnDrift:
    """Counts new rows in the bins of training; memory does not grow with the rows."""

    def __init__(self, training: Mapping[str, ColumnSummary]) -> None:
        # Models stored before there were bins have none.
        bins = {name: getattr(summary, "bins", None) for name, summary in training.items()}
        self._bins = {name: found for name, found in bins.items() if found is not None}
        self._counts = {name: np.zeros(len(b.counts), np.int64) for name, b in self._bins.items()}

    def add(self, values: pd.DataFrame) -> None:
        """Count a chunk of rows, as values."""
        for name, bins in self._bins.items():
            self._counts[name] += bins.count(values[name])

    def table(self, seed: int = 0) -> pd.DataFrame:
        """One row a column, the largest difference first.

        ``difference`` is the total variation distance from training (the share of rows that would
        have to move to another bin), ``by_chance`` its 95 % quantile between samples of these sizes
        of one distribution, ``p`` the Holm-adjusted p-value; ``missing`` and ``missing_before`` are
        shares of the rows.
        """
        n_resamples = min(max(N_RESAMPLES, A_COLUMN * len(self._bins)), MOST_RESAMPLES)
        rows = []
        for name, bins in self._bins.items():
            before, now = np.array(bins.counts), self._counts[name]
            found = count_difference(before, now, n_resamples=n_resamples, random_state=seed)
            missing = [counts[-1] / max(counts.sum(), 1) for counts in (now, before)]
            rows.append((name, *found, *missing))
        columns = ["column", "difference", "by_chance", "p", "missing", "missing_before"]
        table = pd.DataFrame(rows, columns=columns)
        table["p"] = holm(table["p"])
        return table.sort_values("difference", ascending=False, kind="stable", ignore_index=True)


def drifted(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of a drift table that are significant and large."""
    return table[(table["p"] < ALPHA) & (table["difference"] >= LEAST)]


def drift_sentence(table: pd.DataFrame) -> str:
    """Say which columns have drifted."""
    if table.empty:
        return "The model holds no distributions of its training columns, so drift is not measured."
    found = drifted(table)
    if found.empty:
        return "No column differs from training by more than chance would explain."
    named = first_few(
        f"{row['column']} ({percent(row['difference'])}, {p_equals(row['p'])})"
        for row in found.to_dict("records")
    )
    verb = "differs" if len(found) == 1 else "differ"
    return Remark(
        "RB204",
        f"{len(found)} of {count(len(table), 'column')} {verb} from training: {named}. The first "
        "figure is the share of rows that would have to change; p-values are Holm-adjusted.",
    )
