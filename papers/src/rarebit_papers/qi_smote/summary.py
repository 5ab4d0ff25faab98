"""What the cells of the QI-SMOTE study prove: means, gains, tests within and across data sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
import pandas as pd

from rarebit.statistics import corrected_t_test, holm, pairwise, ranks
from rarebit_papers.qi_smote.scoring import N_FOLDS, SHOWN

ALPHA = 0.05
# Test rows for each training row, for the corrected t-test.
TEST_RATIO = 1 / (N_FOLDS - 1)
FOLD = ["repeat", "fold"]


def named_arms(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells whose arm says how it decides: "none, tuned" is "none" with a tuned threshold."""
    tuned = cells["decision"] == "tuned"
    return cells.assign(arm=cells["arm"].where(~tuned, cells["arm"] + ", tuned"))


def by_source(cells: pd.DataFrame, sources: dict[str, str], metric: str) -> pd.DataFrame:
    """Mean score of each arm on each source, over classifiers, folds and the source's sets.

    Sets made of one source are no independent evidence: they are averaged first.

    Returns
    -------
    DataFrame of shape (n_sources, n_arms)
    """
    means = cells.groupby(["dataset", "arm"], sort=False)[metric].mean().unstack("arm")
    return means.groupby(means.index.map(sources), sort=False).mean()


def mean_table(
    cells: pd.DataFrame, sources: dict[str, str], against: Sequence[str]
) -> pd.DataFrame:
    """Mean scores of every arm over sources, its average rank by F1, its gain in F1.

    The gain over an arm is that of the means, in percent, as the source states it.
    """
    scores = {metric: by_source(cells, sources, metric) for metric in SHOWN}
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
    cells: pd.DataFrame, sources: dict[str, str], families: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Wilcoxon's test of some arms against a reference, over sources, by every metric.

    ``families`` names the arms that are compared with each reference; ``p_holm`` is adjusted for
    those of one reference by one metric.
    """
    parts = []
    for metric in SHOWN:
        scores = by_source(cells, sources, metric)
        for reference, arms in families.items():
            table = pairwise(scores[[reference, *arms]], reference=reference, random_state=0)
            parts.append(table.assign(metric=metric))
    table = pd.concat(parts, ignore_index=True).rename(columns={"model": "arm"})
    return table[["metric", *(name for name in table.columns if name != "metric")]]


def within(cells: pd.DataFrame, pairs: Sequence[tuple[str, str]], metric: str) -> pd.DataFrame:
    """Corrected t-test on every data set with every classifier, for some pairs of arms.

    ``p_holm`` is adjusted for all data sets and classifiers of one pair.
    """
    scores = cells.pivot_table(index=["dataset", "classifier", *FOLD], columns="arm", values=metric)
    lines = []
    for arm, other in pairs:
        d = scores[arm] - scores[other]
        for key, values in d.groupby(level=["dataset", "classifier"], sort=False):
            test = corrected_t_test(values.to_numpy(), TEST_RATIO)
            dataset, classifier = cast(tuple[str, str], key)
            lines.append(
                {"arm": arm, "other": other, "dataset": dataset, "classifier": classifier,
                 "metric": metric, "difference": test.difference, "low": test.low,
                 "high": test.high, "p": test.p}
            )  # fmt: skip
    table = pd.DataFrame(lines)
    table["p_holm"] = table.groupby(["arm", "other"])["p"].transform(lambda p: holm(p.to_numpy()))
    return table


def count_within(table: pd.DataFrame) -> pd.DataFrame:
    """How many of the tests of :func:`within` are significant, in either direction."""
    lines = []
    for key, tests in table.groupby(["arm", "other"], sort=False):
        arm, other = cast(tuple[str, str], key)
        better = tests["difference"] > 0
        lines.append(
            {
                "arm": arm,
                "other": other,
                "tests": len(tests),
                "better": int(better.sum()),
                "worse": int((tests["difference"] < 0).sum()),
                **{
                    f"{word}, {name} < {ALPHA}": int((side & (tests[name] < ALPHA)).sum())
                    for name in ("p", "p_holm")
                    for word, side in (("better", better), ("worse", ~better))
                },
                "median difference": float(np.median(tests["difference"])),
            }
        )
    return pd.DataFrame(lines)
