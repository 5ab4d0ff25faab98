"""Entries compared over data sets, by every test that is valid there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rarebit.statistics import (
    GlobalTest,
    cliques,
    friedman,
    nemenyi,
    nemenyi_critical_difference,
    pairwise,
    power_statement,
    ranks,
    wilcoxon_holm,
)

# Six signs that all agree have a two-sided p-value of 2 ** -5. With fewer data sets Wilcoxon's test
# can find nothing, however large a difference is: no p-value is given.
FEWEST = 6


@dataclass(frozen=True)
class Level:
    """Entries compared over data sets; an entry is a candidate, a treatment or a classifier."""

    # Mean score and rank of each entry (columns) on each data set (rows); an entry with a cell
    # without a score has nan and is ranked last
    scores: pd.DataFrame
    ranks: pd.DataFrame
    # One row an entry, best average rank first: ``entry, average_rank, score`` (mean over the data
    # sets with a score), ``firsts`` (data sets that it leads, ties included), ``failed`` (data sets
    # without a score), and compared with ``other``: ``difference`` with bootstrap interval ``low,
    # high``, ``wins, ties, losses``, ``rank_biserial``, ``p`` (Wilcoxon, Holm-adjusted). ``other``
    # is the reference if there is one; otherwise it is the best entry, and ``p`` is adjusted for
    # all pairs because the best was selected
    table: pd.DataFrame
    # The entry that all others are compared with, fixed in advance
    reference: str | None
    # Friedman's test with Iman and Davenport's F; nan with fewer than two data sets or three
    # entries
    test: GlobalTest
    # Adjusted p-value of each pair of entries: Wilcoxon's is nan with fewer data sets than FEWEST,
    # Nemenyi's with a single one
    wilcoxon: pd.DataFrame
    nemenyi: pd.DataFrame
    critical_difference: float
    # Entries that do not differ significantly (Wilcoxon, Holm-adjusted)
    cliques: list[tuple[str, ...]]
    # How many data sets a difference like the one between the two best (or between the reference
    # and the best other) would need
    power: str

    def leaders(self, n: int) -> tuple[pd.Series, list[tuple[str, ...]]]:
        """Average ranks of the best ``n`` entries, and the cliques among them."""
        average = self.table.set_index("entry")["average_rank"].head(n)
        return average, cliques(average, self.wilcoxon)


def compare_entries(
    scores: pd.DataFrame, *, greater_is_better: bool = True, reference: str | None = None
) -> Level | None:
    """Compare entries over data sets; None with fewer than two entries or without a score.

    ``scores`` has one line a data set and one column an entry, nan if it failed. All entries are
    compared with ``reference``, or with the best one if it is not given.
    """
    n, k = scores.shape
    if k < 2 or scores.isna().all(axis=None):
        return None
    rank_table = ranks(scores, greater_is_better=greater_is_better)
    average = rank_table.mean().sort_values(kind="stable")
    reference = reference if reference in scores else None
    other = reference or str(average.index[0])
    runner_up = str(average.index.drop(other)[0])
    undefined = pd.DataFrame(np.nan, scores.columns, scores.columns)
    p_wilcoxon = wilcoxon_holm(scores) if n >= FEWEST else undefined
    p_nemenyi = nemenyi(scores, greater_is_better=greater_is_better) if n > 1 else undefined
    against = pairwise(
        scores, reference=other, greater_is_better=greater_is_better, random_state=0
    ).set_index("model")
    if reference is None or n < FEWEST:
        against["p_holm"] = p_wilcoxon[other]
    return Level(
        scores=scores,
        ranks=rank_table,
        table=_table(scores, rank_table, average, against),
        reference=reference,
        test=_global_test(scores, greater_is_better=greater_is_better),
        wilcoxon=p_wilcoxon,
        nemenyi=p_nemenyi,
        critical_difference=nemenyi_critical_difference(k, n) if n > 1 else np.nan,
        cliques=cliques(average, p_wilcoxon) if n > 1 else [],
        power=str(power_statement(scores[other] - scores[runner_up])),
    )


def _global_test(scores: pd.DataFrame, *, greater_is_better: bool) -> GlobalTest:
    n, k = scores.shape
    if n > 1 and k > 2:
        return friedman(scores, greater_is_better=greater_is_better)
    nan = float("nan")
    return GlobalTest(n, k, nan, k - 1, nan, nan, k - 1, (k - 1) * (n - 1), nan)


def _table(
    scores: pd.DataFrame, rank_table: pd.DataFrame, average: pd.Series, against: pd.DataFrame
) -> pd.DataFrame:
    """One row an entry, best first; see :class:`Level`."""
    leads = rank_table.eq(rank_table.min(axis=1), axis=0)
    table = pd.DataFrame(
        {
            "average_rank": average,
            "score": scores.mean(),
            "firsts": leads.sum(),
            "failed": scores.isna().sum(),
            "other": against["other"].iloc[0],
        }
    ).loc[average.index]
    columns = ["difference", "low", "high", "wins", "ties", "losses", "rank_biserial", "p_holm"]
    table = table.join(against[columns]).rename(columns={"p_holm": "p"})
    return table.rename_axis("entry").reset_index()
