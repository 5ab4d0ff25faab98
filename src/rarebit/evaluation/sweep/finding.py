"""The finding of a sweep in plain sentences: does resampling help across these tables?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rarebit.evaluation.finding import (
    ALPHA,
    NO_YARDSTICK,
    p_value,
    reference_name,
)
from rarebit.evaluation.ranking_metric import in_a_sentence
from rarebit.evaluation.sweep.level import Level

# Of six signs, all alike have a two-sided p-value of 2 ** -5: with fewer, none is below ALPHA.
FEWEST = 6


def sweep_finding(
    levels: Mapping[str, Level | None],
    averaged_over: Mapping[str, list[str]],
    labels: Mapping[str, str],
    kinds: Mapping[str, str],
    metric: str,
    sign: int,
    n_datasets: int,
) -> list[str]:
    """Say in plain sentences what a sweep shows, and what it cannot show.

    Parameters
    ----------
    levels : mapping of str to Level or None
        ``"candidates"``, ``"treatments"`` and ``"classifiers"``.
    averaged_over : mapping of str to list of str
        What treatments and classifiers are averaged over.
    labels, kinds : mapping of str to str
        Labels of entries, kinds of treatments.
    metric : str
        The metric that ranks.
    sign : {1, -1}
        1 where greater is better.
    n_datasets : int
        Data sets that count.

    Returns
    -------
    list of str
    """
    name = in_a_sentence(metric)
    sentences = []
    if n_datasets == 1:
        sentences.append(
            "This is a single data set: nothing can be said across data sets, and the tests are "
            "left undefined. `rarebit compare` says what its folds show."
        )
    elif n_datasets < FEWEST:
        sentences.append(
            f"With {n_datasets} data sets Wilcoxon's test cannot show any difference at {ALPHA} "
            f"(it takes {FEWEST} or more): what follows describes these tables and no others."
        )
    treatments = levels["treatments"]
    if treatments is not None and treatments.reference is not None:
        n_classifiers = len(averaged_over["treatments"])
        sentences += _on_treatments(treatments, labels, kinds, name, sign, n_classifiers)
    for key, what in (("classifiers", "classifiers"), ("candidates", "models with a treatment")):
        level = levels[key]
        if level is not None:
            sentences.append(_on_best(level, what, labels, name))
    return sentences


def _on_treatments(
    level: Level,
    labels: Mapping[str, str],
    kinds: Mapping[str, str],
    name: str,
    sign: int,
    n_classifiers: int,
) -> list[str]:
    """One sentence on resampling, one on each other treatment, one on power."""
    table = level.table.set_index("entry").drop(index=str(level.reference))
    where = f"across {len(level.scores)} data sets" if len(level.scores) > 1 else "here"
    reference = reference_name(str(level.reference))
    resampled = table[[kinds[entry] == "resampling" for entry in table.index]]
    sentences = []
    if resampled.empty:
        sentences.append("No resampling was compared, so nothing is said of it.")
    else:
        best = resampled.iloc[0]
        detail = (
            f"against {reference}, {labels[str(best.name)]} changes {name} by {_change(best, sign)}"
        )
        over = "1 classifier" if n_classifiers == 1 else f"{n_classifiers} classifiers"
        sentences.append(f"{_verdict(resampled)} {where}, averaged over {over}: {detail}.")
    if level.reference != "tuned_threshold":
        sentences.append(NO_YARDSTICK)
    for entry, row in table.iterrows():
        if kinds[str(entry)] != "resampling":
            sentences.append(f"{labels[str(entry)]} against {reference}: {_change(row, sign)}.")
    power = level.power
    return [*sentences, f"What could be shown: {power}"] if len(level.scores) > 1 else sentences


def _verdict(resampled: pd.DataFrame) -> str:
    sure = resampled["p"] < ALPHA
    helps, harms = sure & (resampled["difference"] > 0), sure & (resampled["difference"] < 0)
    if helps.any():
        return "Resampling helps"
    return "Resampling does harm" if harms.all() else "Resampling does not show a gain"


def _change(row: pd.Series, sign: int) -> str:
    """Size, interval, record and p-value of a difference; the sign as the metric has it."""
    low, high = sorted((sign * row["low"], sign * row["high"]))
    interval = (
        f" (95 % interval {low:+.3f} to {high:+.3f})" if np.isfinite([low, high]).all() else ""
    )
    record = (
        f"better on {row['wins']:.0f}, level on {row['ties']:.0f}, worse on {row['losses']:.0f}"
    )
    p = f"; Holm-adjusted p {p_value(row['p'])}" if np.isfinite(row["p"]) else ""
    return f"{sign * row['difference']:+.3f}{interval}; {record}{p}"


def _on_best(level: Level, what: str, labels: Mapping[str, str], name: str) -> str:
    """The best average rank, and from how many others it cannot be told."""
    average = level.ranks.mean().sort_values(kind="stable")
    best, n_others = str(average.index[0]), len(average) - 1
    sentence = (
        f"Best average rank of {n_others + 1} {what}: {labels[best]} ({average.iloc[0]:.1f}, mean "
        f"{name} {level.scores[best].mean():.3f})"
    )
    if len(level.scores) < 2:
        return f"{sentence}."
    level_with = [
        labels[str(other)]
        for other in average.index[1:]
        if not level.wilcoxon.loc[best, other] < ALPHA
    ]
    if not level_with:
        return f"{sentence}; it differs from all others (Holm-adjusted p < {ALPHA})."
    few = f" ({', '.join(level_with)})" if len(level_with) <= 4 else ""
    which = f"{len(level_with)} of the other {n_others}{few} cannot"
    if len(level_with) == n_others:
        which = (
            f"the other one{few} cannot"
            if n_others == 1
            else f"none of the other {n_others}{few} can"
        )
    return f"{sentence}; {which} be told from it with {len(level.scores)} data sets."
