"""From the store of a sweep to conclusions over data sets: candidates, treatments, classifiers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from rarebit._common.wording import count
from rarebit.evaluation.ranking import REFERENCES
from rarebit.evaluation.sweep.finding import sweep_finding
from rarebit.evaluation.sweep.level import Level, compare_entries
from rarebit.evaluation.sweep.run import PlannedDataset, SweepRecord
from rarebit.exceptions import InputError
from rarebit.metrics import METRICS, get_metric
from rarebit.running.cells import PAIR, Candidate, candidate_name
from rarebit.running.store import Store
from rarebit.running.tasks import RAW_METRICS

UNTOUCHED = "untouched"  # gains are measured from this treatment


@dataclass(frozen=True)
class SweepSummary:
    """The outcome of a sweep: plain values for terminal, report and user."""

    # Name for people, and the metric that ranks
    name: str
    metric: str
    # Plain sentences: does resampling help across these data sets?
    finding: list[str]
    # What the user should know before relying on the figures
    warnings: list[str]
    # One row a finished data set: ``dataset, n_rows, n_features, n_classes, imbalance, n_splits,
    # n_cells, n_failed``
    datasets: pd.DataFrame
    # None with fewer than two to compare. Treatments are averaged over the classifiers that take
    # all of them, classifiers over the treatments that all of them take
    candidates: Level | None
    treatments: Level | None
    classifiers: Level | None
    # Those classifiers (``"treatments"``) and treatments (``"classifiers"``)
    averaged_over: dict[str, list[str]]
    # Gain of each treatment (columns) over the untouched model on each data set (rows)
    gains: pd.DataFrame
    # As Store.summary returns it: one row for each data set, classifier and treatment
    means: pd.DataFrame
    # The rows of ``means`` with cells that failed or ran out of time
    failures: pd.DataFrame
    # Labels of classifiers, treatments and candidates; kinds of treatments
    labels: dict[str, str]
    kinds: dict[str, str]
    # What was not compared, and why
    left_out: list[str]
    # Everything needed to run it again, and what ran it
    settings: dict[str, Any]
    runs: tuple[dict[str, Any], ...]


def summarise_sweep(store: Store, record: SweepRecord) -> SweepSummary:
    """Draw the conclusions from the cells of a sweep.

    A data set counts once all of its cells are in the store, with scores or without; cells of other
    settings are ignored, with a warning. InputError if no data set is finished with a score.
    """
    hashes = [planned.config_hash for planned in record.datasets]
    named = dict.fromkeys([*METRICS, record.metric])
    metrics = [*named, *(f"raw_{name}" for name in RAW_METRICS)]
    means = store.summary(hashes, metrics)
    n_other = store.count() - int(means["n_cells"].sum())
    finished, unfinished = _finished(means, record)
    means = means[means["dataset"].isin([planned.name for planned in finished])]
    if not means["n_done"].any():
        raise InputError(
            f"The sweep '{record.name}' has no finished data set with a score yet: run "
            "`rarebit benchmark resume`."
        )
    # Fits of an earlier version lack the metrics that are newer.
    unknown = [name for name in metrics if name != record.metric and means[name].isna().all()]
    means = means.drop(columns=unknown)
    metric = get_metric(record.metric)
    better = metric.greater_is_better
    scores = _scores(means, finished, record.metric)
    levels, averaged_over = _levels(scores, record.kinds, better=better)
    failures = means[means["n_done"] < means["n_cells"]].reset_index(drop=True)
    datasets = _dataset_table(finished, means)
    labels = record.labels | {
        candidate_name(pair): " · ".join(record.labels[name] for name in pair)
        for planned in record.datasets
        for pair in planned.candidates
    }
    n_averaged = len(averaged_over["treatments"])
    return SweepSummary(
        name=record.name,
        metric=record.metric,
        finding=sweep_finding(levels, n_averaged, labels, record.kinds, metric, len(finished)),
        warnings=[
            *unfinished,
            *_on_other_cells(n_other),
            *_on_failures(datasets, failures),
            *_on_partial(finished, set(_pairs(scores)), labels),
            *_on_runs(record.runs),
            *_notes(finished),
        ],
        datasets=datasets,
        **levels,
        averaged_over=averaged_over,
        gains=_gains(levels["treatments"], better=better),
        means=means.reset_index(drop=True),
        failures=failures,
        labels=labels,
        kinds=record.kinds,
        left_out=list(record.left_out),
        settings=record.settings,
        runs=record.runs,
    )


def _levels(
    scores: pd.DataFrame, kinds: Collection[str], *, better: bool
) -> tuple[dict[str, Level | None], dict[str, list[str]]]:
    """Compare candidates, treatments and classifiers; say what the latter two average over."""
    classifiers, treatments = _complete_block(_pairs(scores))
    levels = {
        "candidates": compare_entries(_flat(scores), greater_is_better=better),
        "treatments": compare_entries(
            _treatment_scores(scores, classifiers),
            greater_is_better=better,
            reference=next((name for name in REFERENCES if name in kinds), None),
        ),
        "classifiers": compare_entries(
            _classifier_scores(scores, treatments), greater_is_better=better
        ),
    }
    return levels, {"treatments": classifiers, "classifiers": treatments}


# ---------------------------------------------------------------- scores


def _finished(means: pd.DataFrame, record: SweepRecord) -> tuple[list[PlannedDataset], list[str]]:
    """Data sets with all their cells, and a warning on each of the others."""
    counts = means.groupby("dataset")["n_cells"].sum()
    finished, sentences = [], []
    for planned in record.datasets:
        there, needed = int(counts.get(planned.name, 0)), _n_cells(planned)
        if there == needed:
            finished.append(planned)
        else:
            sentences.append(
                f"{planned.name} is not finished ({there:,} of {needed:,} fits) and is ignored."
            )
    return finished, sentences


def _n_cells(planned: PlannedDataset) -> int:
    return planned.n_splits * len(planned.candidates)


def _scores(means: pd.DataFrame, finished: list[PlannedDataset], metric: str) -> pd.DataFrame:
    """Mean score of each candidate planned on all data sets; nan if one of its cells has none."""
    everywhere = [
        pair
        for pair in finished[0].candidates
        if all(pair in planned.candidates for planned in finished)
    ]
    whole = means[metric].where(means["n_done"] == means["n_cells"])
    table = means.assign(score=whole).pivot(index="dataset", columns=PAIR, values="score")
    return table.reindex(
        index=[planned.name for planned in finished],
        columns=pd.MultiIndex.from_tuples(everywhere, names=PAIR),
    )


def _pairs(scores: pd.DataFrame) -> list[Candidate]:
    return [(str(pair[0]), str(pair[1])) for pair in scores.columns]


def _flat(scores: pd.DataFrame) -> pd.DataFrame:
    return scores.set_axis([candidate_name(pair) for pair in _pairs(scores)], axis=1)


def _complete_block(candidates: list[Candidate]) -> tuple[list[str], list[str]]:
    """Classifiers that take all treatments, and treatments that all classifiers take."""
    pairs = set(candidates)
    classifiers = list(dict.fromkeys(classifier for classifier, _ in candidates))
    treatments = list(dict.fromkeys(treatment for _, treatment in candidates))
    return (
        [c for c in classifiers if pairs >= {(c, t) for t in treatments}],
        [t for t in treatments if pairs >= {(c, t) for c in classifiers}],
    )


def _treatment_scores(scores: pd.DataFrame, classifiers: Collection[str]) -> pd.DataFrame:
    """Mean over the classifiers that finished with every treatment on the data set.

    So all treatments are averaged over the same classifiers; a data set without any is dropped.
    """
    block = scores.loc[:, scores.columns.get_level_values("classifier").isin(classifiers)]
    broken = block.isna().T.groupby(level="classifier", sort=False).transform("any").T
    by_treatment = block.mask(broken).T.groupby(level="treatment", sort=False)
    return by_treatment.mean().T.dropna(how="all")


def _classifier_scores(scores: pd.DataFrame, treatments: Collection[str]) -> pd.DataFrame:
    """Mean over the treatments; nan if the classifier has no score with one of them."""
    block = scores.loc[:, scores.columns.get_level_values("treatment").isin(treatments)]
    by_classifier = block.T.groupby(level="classifier", sort=False)
    broken = block.isna().T.groupby(level="classifier", sort=False).any()
    return by_classifier.mean().mask(broken).T


def _gains(level: Level | None, *, better: bool) -> pd.DataFrame:
    """Difference of each treatment from the untouched model, above 0 if it is better."""
    if level is None or UNTOUCHED not in level.scores:
        return pd.DataFrame()
    gains = level.scores.sub(level.scores[UNTOUCHED], axis=0).drop(columns=UNTOUCHED)
    return gains if better else -gains


# ---------------------------------------------------------------- warnings


def _dataset_table(finished: list[PlannedDataset], means: pd.DataFrame) -> pd.DataFrame:
    done = means.groupby("dataset")["n_done"].sum()
    keep = ("n_rows", "n_features", "n_classes", "imbalance", "n_splits")
    return pd.DataFrame(
        [
            {
                "dataset": planned.name,
                **{key: asdict(planned)[key] for key in keep},
                "n_cells": _n_cells(planned),
                "n_failed": _n_cells(planned) - int(done[planned.name]),
            }
            for planned in finished
        ]
    )


def _on_other_cells(n_other: int) -> list[str]:
    if not n_other:
        return []
    verbs = ("has", "is") if n_other == 1 else ("have", "are")
    return [
        f"{count(n_other, 'fit')} in the store {verbs[0]} other settings or data than this sweep "
        f"and {verbs[1]} ignored."
    ]


def _on_failures(datasets: pd.DataFrame, failures: pd.DataFrame) -> list[str]:
    n_failed, n_cells = int(datasets["n_failed"].sum()), int(datasets["n_cells"].sum())
    if not n_failed:
        return []
    late = int(failures["n_timeout"].sum())
    have = "has" if n_failed == 1 else "have"
    return [
        f"{n_failed:,} of {n_cells:,} fits {have} no score ({late:,} ran out of time): their "
        "models rank last on those data sets."
    ]


def _on_partial(
    finished: list[PlannedDataset], ranked: set[Candidate], labels: dict[str, str]
) -> list[str]:
    planned = dict.fromkeys(pair for entry in finished for pair in entry.candidates)
    partial = [labels[candidate_name(pair)] for pair in planned if pair not in ranked]
    if not partial:
        return []
    return [f"Not ranked, because not possible on every data set: {', '.join(partial)}."]


def _notes(finished: list[PlannedDataset]) -> list[str]:
    """Notes on the data sets, each once."""
    owners: dict[str, list[str]] = {}
    for planned in finished:
        for note in planned.notes:
            owners.setdefault(note, []).append(planned.name)
    return [f"{', '.join(names)}: {note}" for note, names in owners.items()]


def _on_runs(runs: tuple[dict[str, Any], ...]) -> list[str]:
    """Warn if cells were run with different versions: their scores may not be comparable."""
    sentences = []
    for package in dict.fromkeys(name for run in runs for name in run["versions"]):
        found = dict.fromkeys(run["versions"].get(package, "absent") for run in runs)
        if len(found) > 1:
            sentences.append(
                f"The fits were run with several versions of {package}: {', '.join(found)}."
            )
    return sentences
