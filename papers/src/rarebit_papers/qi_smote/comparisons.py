"""Tables of the QI-SMOTE studies: means, gains, tests within and across data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from rarebit.statistics import holm, pairwise, ranks
from rarebit_papers.qi_smote.data import SOURCES
from rarebit_papers.qi_smote.scoring import N_FOLDS, SHOWN
from rarebit_papers.summary import ALPHA, paired_tests

TEST_RATIO = 1 / (N_FOLDS - 1)  # test rows per training row


def by_source(
    cells: pd.DataFrame, metric: str, sources: Mapping[str, str] = SOURCES
) -> pd.DataFrame:
    """Mean score of each arm on each source: (n_sources, n_arms).

    Sets made of one source are no independent evidence: they are averaged first.
    """
    means = cells.groupby(["dataset", "arm"], sort=False)[metric].mean().unstack("arm")
    return means.groupby(means.index.map(sources), sort=False).mean()


def mean_table(
    cells: pd.DataFrame, against: Sequence[str], sources: Mapping[str, str] = SOURCES
) -> pd.DataFrame:
    """Mean scores of every arm over sources, its average rank by F1, its gain in F1.

    The gain over an arm is that of the means, in percent, as the source states it.
    """
    scores = {metric: by_source(cells, metric, sources) for metric in SHOWN}
    order = list(dict.fromkeys(cells["arm"]))
    table = pd.DataFrame({metric: score.mean() for metric, score in scores.items()}).loc[order]
    table["f1_rank"] = ranks(scores["f1"]).mean()
    for other in against:
        table[f"f1_gain_over_{other.replace(', ', '_')}_%"] = 100 * (
            table["f1"] / table["f1"][other] - 1
        )
    return table


def gain_table(cells: pd.DataFrame, arms: Sequence[str], baseline: str) -> pd.DataFrame:
    """F1 of some arms on every data set, and their gain over a baseline in percent."""
    means = cells.groupby(["dataset", "arm"], sort=False)["f1"].mean().unstack("arm")
    table = means[[baseline, *arms]].copy()
    for arm in arms:
        # No gain in percent over nothing.
        table[f"gain of {arm}, %"] = 100 * (table[arm] / table[baseline].replace(0, np.nan) - 1)
    return table


def across(
    cells: pd.DataFrame, families: Mapping[str, Sequence[str]], sources: Mapping[str, str] = SOURCES
) -> pd.DataFrame:
    """Wilcoxon's test of some arms against each reference, over sources, by every metric.

    ``p_holm`` is adjusted for the arms of one reference by one metric.
    """
    parts = []
    for metric in SHOWN:
        scores = by_source(cells, metric, sources)
        for reference, arms in families.items():
            table = pairwise(scores[[reference, *arms]], reference=reference, random_state=0)
            parts.append(table.assign(metric=metric))
    table = pd.concat(parts, ignore_index=True).rename(columns={"model": "arm"})
    return table[["metric", *(name for name in table.columns if name != "metric")]]


def within(cells: pd.DataFrame, pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Corrected t-test of F1 on every data set with every classifier, for some pairs of arms.

    ``p_holm`` is adjusted for all data sets and classifiers of one pair.
    """
    by = ["dataset", "classifier"]
    tests = paired_tests(
        cells.sort_values(by, kind="stable"),
        pairs,
        by=by,
        over=["repeat", "fold"],
        metrics=["f1"],
        ratio=TEST_RATIO,
    )
    table = pd.DataFrame(
        {"arm": arm, "other": other, "dataset": dataset, "classifier": classifier, "metric": "f1",
         "difference": test["f1"].difference, "low": test["f1"].low, "high": test["f1"].high,
         "p": test["f1"].p}
        for (arm, other), (dataset, classifier), _, test in tests
    )  # fmt: skip
    table["p_holm"] = table.groupby(["arm", "other"])["p"].transform(lambda p: holm(p.to_numpy()))
    return table


def count_within(table: pd.DataFrame) -> pd.DataFrame:
    """Count the significant tests of :func:`within`, in either direction."""
    difference, pair = table["difference"], [table["arm"], table["other"]]
    sides = {"better": difference > 0, "worse": difference < 0}
    found = pd.DataFrame({"tests": True, **sides}, index=table.index)
    for name in ("p", "p_holm"):
        for word, side in sides.items():
            found[f"{word}, {name} < {ALPHA}"] = side & (table[name] < ALPHA)
    counts = found.groupby(pair, sort=False).sum()
    counts["median difference"] = difference.groupby(pair, sort=False).median()
    return counts.reset_index()
