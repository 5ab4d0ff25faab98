"""The finding of a sweep in plain sentences: whether resampling helps across these data sets."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rarebit._common.wording import count, in_a_sentence, listed, number
from rarebit.evaluation.finding import (
    ALPHA,
    NO_TUNED_THRESHOLD,
    change,
    reference_name,
    verdict,
)
from rarebit.evaluation.ranking import TIE
from rarebit.evaluation.sweep.level import FEWEST, Level
from rarebit.metrics import Metric

VERDICTS = {
    "untested": "Whether resampling helps could not be tested",
    "helps": "Resampling helps",
    "hurts": "Resampling hurts",
    "no gain": "Resampling shows no gain",
}


def sweep_finding(
    levels: Mapping[str, Level | None],
    n_averaged: int,
    labels: Mapping[str, str],
    kinds: Mapping[str, str],
    metric: Metric,
    n_datasets: int,
) -> list[str]:
    """Say in plain sentences what a sweep shows, and what it cannot show.

    ``levels`` are those of :class:`SweepSummary` by name; ``n_averaged`` classifiers are behind
    the treatments, ``n_datasets`` finished data sets behind everything.
    """
    sentences = _too_few(n_datasets)
    treatments = levels["treatments"]
    if treatments is not None and treatments.reference is not None:
        sentences += _on_treatments(treatments, labels, kinds, metric, n_averaged)
    for key, what in (("classifiers", "classifiers"), ("candidates", "models")):
        level = levels[key]
        if level is not None:
            sentences.append(_on_best(level, what, labels, metric))
    return sentences


def _too_few(n_datasets: int) -> list[str]:
    if n_datasets == 1:
        return [
            "A single data set allows no statement across data sets, so no tests were run. "
            "`rarebit compare` tests over its folds."
        ]
    if n_datasets < FEWEST:
        return [
            f"With {n_datasets} data sets, no difference can be significant (Wilcoxon's test needs "
            f"at least {FEWEST}), so no p-values are given. What follows describes these data sets "
            "only."
        ]
    return []


def _on_treatments(
    level: Level,
    labels: Mapping[str, str],
    kinds: Mapping[str, str],
    metric: Metric,
    n_averaged: int,
) -> list[str]:
    """One sentence on resampling, one on each other treatment, one on power."""
    table = level.table.set_index("entry").drop(index=str(level.reference))
    where = f"across {len(level.scores)} data sets" if len(level.scores) > 1 else "on this data set"
    reference = reference_name(str(level.reference))
    resampled = table[[kinds[entry] == "resampling" for entry in table.index]]
    sentences = ["No resampling was compared."]
    if not resampled.empty:
        best = resampled.iloc[0]
        found = verdict(resampled, greater_is_better=True, is_complete=True)
        sentences = [
            f"{VERDICTS[found]} {where}: compared with {reference} and averaged over "
            f"{count(n_averaged, 'classifier')}, {labels[str(best.name)]} changes "
            f"{in_a_sentence(metric.label)} by {_change(best, metric)}."
        ]
    if level.reference != "tuned_threshold":
        sentences.append(NO_TUNED_THRESHOLD)
    sentences += [
        f"{labels[str(entry)]} vs. {reference}: {_change(row, metric)}."
        for entry, row in table.iterrows()
        if kinds[str(entry)] != "resampling"
    ]
    return [*sentences, level.power] if len(level.scores) > 1 else sentences


def _change(row: pd.Series, metric: Metric) -> str:
    """Size, interval, p-value and record of a difference, with the sign of the metric."""
    sign = 1 if metric.greater_is_better else -1
    low, high = sorted((sign * row["low"], sign * row["high"]))
    size = change({"difference": sign * row["difference"], "low": low, "high": high, "p": row["p"]})
    return (
        f"{size}; better on {row['wins']:.0f}, tied on {row['ties']:.0f} and worse on "
        f"{row['losses']:.0f} of the data sets"
    )


def _on_best(level: Level, what: str, labels: Mapping[str, str], metric: Metric) -> str:
    """The best average rank, and how many others do not differ significantly from it."""
    best, others = level.table.iloc[0], level.table["entry"][1:]
    first = level.table[level.table["average_rank"] - best["average_rank"] < TIE]
    tied = " in a tie" if len(first) > 1 else ""
    sentence = (
        f"Best average rank of {len(level.table)} {what}: "
        f"{listed(labels[entry] for entry in first['entry'])}{tied} (rank "
        f"{number(best['average_rank'], 1)}, mean {in_a_sentence(metric.label)} "
        f"{listed(number(score) for score in first['score'])})"
    )
    if len(level.scores) < FEWEST:
        return f"{sentence}."
    than = labels[best["entry"]] if tied else "it"
    p_best = level.wilcoxon.loc[best["entry"]]
    alike = [labels[other] for other in others if not p_best[other] < ALPHA]
    if not alike:
        return (
            f"{sentence}; {than} differs significantly from all others (Holm-adjusted p < {ALPHA})."
        )
    few = f" ({', '.join(alike)})" if len(alike) <= 4 else ""
    if len(alike) < len(others):
        verb = "does" if len(alike) == 1 else "do"
        which = f"{len(alike)} of the other {len(others)}{few} {verb}"
    else:
        which = (
            f"the other one{few} does" if len(others) == 1 else f"the other {len(others)}{few} do"
        )
    return f"{sentence}; {which} not differ significantly from {than} (Holm-adjusted p ≥ {ALPHA})."
