"""Means with intervals, and paired tests of arms: the statistics that all studies share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rarebit.statistics import PairedTest, corrected_interval, corrected_t_test

ALPHA = 0.05
# Test rows per training row by data set, for the variance of overlapping training sets (Nadeau and
# Bengio 2003); 0 for those with one test set.
Ratio = float | Mapping[str, float]


def _of(ratio: Ratio, dataset: Any) -> float:
    return ratio if isinstance(ratio, float) else ratio.get(dataset, 0.0)


def summarise(
    lines: pd.DataFrame,
    by: Sequence[str],
    metrics: Sequence[str],
    *,
    ratio: Ratio,
    first: Sequence[str] = (),
    fewest: int = 2,
    bounds: tuple[float, float] = (-np.inf, np.inf),
) -> pd.DataFrame:
    """Average lines over seeds: ``by``, ``seeds``, ``first``, and each mean with its 95 % interval.

    Fewer seeds than ``fewest`` have no interval; its ends are clipped to the ``bounds``.
    """
    found = []
    for key, group in lines.groupby(list(by), sort=False):
        line: dict[str, Any] = dict(zip(by, key, strict=True))
        line |= {"seeds": len(group)} | {name: int(group[name].iloc[0]) for name in first}
        for metric in metrics:
            mean = corrected_interval(group[metric].to_numpy(), _of(ratio, line["dataset"]))
            ends = (mean.low, mean.high) if len(group) >= fewest else (np.nan, np.nan)
            low, high = np.clip(ends, *bounds)
            line |= {metric: mean.estimate, f"{metric}_low": low, f"{metric}_high": high}
        found.append(line)
    return pd.DataFrame(found)


def paired_tests(
    lines: pd.DataFrame,
    pairs: Iterable[tuple[Any, Any]],
    *,
    by: Sequence[str],
    over: Sequence[str],
    metrics: Sequence[str],
    ratio: Ratio,
) -> Iterator[tuple[Any, tuple[Any, ...], int, dict[str, PairedTest]]]:
    """Compare pairs of arms on the splits that both have, with the corrected t-test.

    Yields the pair, the group (values of ``by``, the data set first, in the order of the lines),
    its number of splits (values of ``over``), and a test per metric: first arm minus second.
    """
    arms: dict[Any, pd.DataFrame] = {
        arm: rows.set_index([*by, *over])[list(metrics)]
        for arm, rows in lines.groupby("arm", sort=False)
    }
    groups = list(dict.fromkeys(lines[list(by)].itertuples(index=False, name=None)))
    for arm, other in pairs:
        if arm not in arms or other not in arms:
            continue
        change = (arms[arm] - arms[other]).dropna()
        known = dict(iter(change.groupby(level=list(by))))
        for group in groups:
            values = known.get(group)
            if values is not None:
                tests = {
                    metric: corrected_t_test(values[metric].to_numpy(), _of(ratio, group[0]))
                    for metric in metrics
                }
                yield (arm, other), group, len(values), tests


def what_holm_allows(n_datasets: int, n_pairs: int) -> list[str]:
    """Say where Wilcoxon's test with Holm's correction cannot show anything."""
    least = n_pairs * 2.0 ** (1 - n_datasets)
    if least <= ALPHA:
        return []
    return [
        f"With {n_datasets} data sets and {n_pairs} pairs, the smallest possible Wilcoxon p-value "
        f"after Holm's correction is {min(least, 1):.2g}: nothing can be significant here."
    ]
