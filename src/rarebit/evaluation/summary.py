"""From the results of the cells to a ranking, the effects of the treatments and a best model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd

from rarebit._common.wording import count
from rarebit.datasets import Dataset
from rarebit.datasets.giveaways import find_giveaways
from rarebit.evaluation.comparison import Comparison, Predictions
from rarebit.evaluation.coverage import covered, not_covered
from rarebit.evaluation.finding import plain_finding, recommendation, without_an_error
from rarebit.evaluation.operating import at_points, point_sentences
from rarebit.evaluation.subgroups import subgroups
from rarebit.exceptions import InputError
from rarebit.metrics import METRICS, Metric
from rarebit.running.cells import Candidate, CellKey, CellPredictions, CellResult
from rarebit.running.job import Job
from rarebit.running.plans import Plan
from rarebit.running.tasks import RAW_METRICS
from rarebit.statistics import (
    Interval,
    corrected_interval,
    corrected_t_test,
    corrected_winner,
    holm,
    power_statement,
)
from rarebit.statistics.intervals import cut_to_range
from rarebit.zoo.objective import EXPECTED_COST

# The treatment that all others are compared with, in order of preference.
REFERENCES = ("tuned_threshold", "untouched")
# Differences of mean scores below this are ties.
TIE = 1e-9
# A single fold does not tell scores apart that look the same in the tables.
TIE_ON_ONE_FOLD = 1e-3
# Bootstrap samples for the correction for selection; a fifth for scores that sort probabilities.
N_RESAMPLES = 500
# Seconds that are proposed at least, where a time budget was not enough for a single fit.
LEAST_BUDGET = 60.0
PAIR = ["classifier", "treatment"]
# The same for all cells of a comparison.
HIDDEN_KEYS = ("dataset", "protocol", "seed", "config_hash")


def summarise(
    job: Job,
    results: Sequence[CellResult],
    *,
    n_planned: int,
    test_ratio: float,
    warnings: Sequence[str] = (),
    settings: dict[str, Any],
    versions: dict[str, str],
) -> Comparison:
    """Draw the conclusions from the cells of one comparison; InputError if none was finished.

    ``test_ratio`` is the number of test rows per training row of a split, before any cut.
    """
    metric, dataset = job.objective, job.dataset
    block, coverage = covered(results, job.plan, n_planned)
    done = [result for result in block if result.status == "done"]
    if not done:
        raise InputError(_why_none(results, settings.get("time_budget")))
    not_compared = not_covered(results, block, job.plan)
    results = block
    plan = job.plan.only({(result.key.classifier, result.key.treatment) for result in block})
    cells = _cell_table(results)
    scores = _score_matrix(done, plan, metric.name)
    ranking = _ranking(cells, scores, test_ratio, metric, plan)
    effects = _effects(scores, plan, test_ratio, metric)
    best = (str(ranking.at[0, "classifier"]), str(ranking.at[0, "treatment"]))
    predictions = _predictions(done, dataset)
    corrected = (np.nan, np.nan, np.nan)
    if coverage.has_intervals:
        corrected = _corrected_winner(predictions, job)
    suspects = find_giveaways(dataset)
    if best in predictions:
        suspects += without_an_error(dataset, predictions[best].first_repeat())
    operating = at_points(dataset, _decided_at(done, best, predictions, job.at))
    recommended = recommendation(ranking, plan.labels(), metric, corrected, coverage)
    roc_aucs = _score_matrix(done, plan, "roc_auc")[best]
    roc_auc = _mean_score(roc_aucs, test_ratio, METRICS["roc_auc"])
    return Comparison(
        dataset=dataset,
        metric=metric.name,
        cells=cells,
        ranking=ranking,
        effects=effects,
        finding=[
            *coverage.sentences(),
            *(f"Check this first: {suspect}" for suspect in suspects),
            *plain_finding(ranking, effects, plan, metric, recommended, roc_auc, coverage),
            *point_sentences(dataset, operating),
        ],
        recommendation=recommended,
        best=best,
        best_corrected=corrected,
        predictions=predictions,
        labels=job.plan.labels(),
        warnings=[*warnings, *_failures(results, plan.labels()), *_common_notes(done)],
        left_out=[*not_compared, *plan.left_out],
        settings=settings,
        versions=versions,
        coverage=coverage,
        operating=operating,
        subgroups=subgroups(dataset, predictions.get(best), metric, seed=job.protocol.seed),
    )


def _why_none(results: Sequence[CellResult], time_budget: float | None) -> str:
    """Say why no cell has a score."""
    errors = sorted({result.error.rstrip(".") for result in results if result.status == "failed"})
    if errors:
        return f"No model could be fitted: {'; '.join(errors[:3])}."
    if time_budget is None:
        return "No model could be fitted in the time given: compare fewer models or fewer rows."
    enough = max(LEAST_BUDGET, 4 * time_budget)
    return (
        f"The time budget of {time_budget:g} s was not enough for a single fit: raise "
        f"`time_budget`, to {enough:g} s at least, or lower `max_rows`."
    )


def _failures(results: Sequence[CellResult], labels: dict[str, str]) -> list[str]:
    """One sentence for each candidate with cells that failed or ran out of time."""
    broken: dict[Candidate, list[CellResult]] = {}
    for result in results:
        if result.status != "done":
            broken.setdefault((result.key.classifier, result.key.treatment), []).append(result)
    return [
        f"{labels[classifier]} with {labels[treatment]} has no score in "
        f"{count(len(failed), 'fold')} and is ranked last: {failed[0].error}"
        for (classifier, treatment), failed in broken.items()
    ]


def _common_notes(done: Sequence[CellResult]) -> list[str]:
    """Notes of the cells, each once, with the number of cells."""
    counts = Counter(note for result in done for note in result.notes)
    return [f"{note} ({n} of {count(len(done), 'fit')})" for note, n in counts.most_common(12)]


def _cell_table(results: Sequence[CellResult]) -> pd.DataFrame:
    """One row a cell, keys and scores as columns."""
    rows = []
    for result in results:
        row = {key: value for key, value in asdict(result.key).items() if key not in HIDDEN_KEYS}
        row |= {
            "status": result.status,
            "fit_seconds": result.fit_seconds,
            "predict_seconds": result.predict_seconds,
            "peak_mib": result.peak_mib,
            "n_train": result.n_train,
            "n_test": result.n_test,
            "notes": " ".join(result.notes),
            "error": result.error,
        }
        rows.append(row | result.scores)
    return pd.DataFrame(rows)


def _score_matrix(done: Sequence[CellResult], plan: Plan, metric: str) -> pd.DataFrame:
    """Scores: one row a fold, one column a candidate, nan where a cell has none."""
    scores = {
        ((result.key.repeat, result.key.fold), (result.key.classifier, result.key.treatment)): (
            result.scores[metric]
        )
        for result in done
    }
    folds = sorted({fold for fold, _ in scores})
    return pd.DataFrame(
        [[scores.get((fold, pair), np.nan) for pair in plan.candidates] for fold in folds],
        index=pd.MultiIndex.from_tuples(folds, names=["repeat", "fold"]),
        columns=pd.MultiIndex.from_tuples(plan.candidates, names=["classifier", "treatment"]),
    )


def _ranking(
    cells: pd.DataFrame, scores: pd.DataFrame, ratio: float, metric: Metric, plan: Plan
) -> pd.DataFrame:
    """Candidates best first, the simpler one in a tie; those with a missing fold come last."""
    sign = 1 if metric.greater_is_better else -1
    rows = [
        _ranking_row(
            (str(classifier), str(treatment)), own, scores[(classifier, treatment)], ratio, metric
        )
        for (classifier, treatment), own in cells.groupby(PAIR, sort=False)
    ]
    unsorted = pd.DataFrame(rows)
    tie = TIE if len(scores) > 1 else TIE_ON_ONE_FOLD
    sort_keys = pd.DataFrame(
        {
            "broken": unsorted.n_failed > 0,
            "loss": (-sign * unsorted.score / tie).round(),
            "simplicity": [plan.simplicity((row["classifier"], row["treatment"])) for row in rows],
        }
    )
    order = sort_keys.sort_values(
        ["broken", "loss", "simplicity"], kind="stable", na_position="last"
    ).index
    ranking = unsorted.loc[order].reset_index(drop=True)
    winner = scores[(ranking.classifier[0], ranking.treatment[0])]
    p_values = [
        corrected_t_test(winner - scores[(classifier, treatment)], ratio).p
        for classifier, treatment in zip(ranking.classifier, ranking.treatment, strict=True)
    ]
    p_values[0] = np.nan
    ranking.insert(5, "p_best", holm(p_values))
    ranking.insert(0, "rank", np.arange(1, len(ranking) + 1))
    return ranking


def _ranking_row(
    pair: Candidate, cells: pd.DataFrame, scores: pd.Series, ratio: float, metric: Metric
) -> dict[str, Any]:
    """One candidate's line of the ranking."""
    interval = _mean_score(scores, ratio, metric)
    means = [*METRICS, metric.name, *(f"raw_{name}" for name in RAW_METRICS), EXPECTED_COST]
    return {
        "classifier": pair[0],
        "treatment": pair[1],
        "score": interval.estimate,
        "low": interval.low,
        "high": interval.high,
        "n_done": interval.n_used,
        "n_failed": int((cells.status != "done").sum()),
        **{name: cells[name].mean() for name in means if name in cells},
        "fit_seconds": cells["fit_seconds"].mean(),
        "predict_seconds": cells["predict_seconds"].mean(),
    }


def _mean_score(scores: pd.Series, ratio: float, metric: Metric) -> Interval:
    """Mean over the folds; its interval is cut to what the metric can be."""
    found = corrected_interval(scores, ratio)
    low, high = cut_to_range(found.low, found.high, metric.lowest, metric.highest)
    return found._replace(low=low, high=high)


def _effects(scores: pd.DataFrame, plan: Plan, ratio: float, metric: Metric) -> pd.DataFrame:
    """Each treatment against the reference, averaged over the classifiers that had both.

    The average selects no classifier, so no correction for selection is needed.
    """
    sign = 1 if metric.greater_is_better else -1
    columns = [
        "treatment", "reference", "difference", "low", "high", "p", "wins", "ties", "losses",
        "detectable",
    ]  # fmt: skip
    reference = next((name for name in REFERENCES if name in plan.treatments), None)
    if reference is None:
        return pd.DataFrame(columns=columns)
    pairs = set(plan.candidates)
    widest = metric.highest - metric.lowest
    rows = []
    for treatment in plan.treatments:
        both = [
            name
            for name in plan.classifiers
            if {(name, treatment), (name, reference)} <= pairs and treatment != reference
        ]
        differences = pd.DataFrame(
            {name: scores[(name, treatment)] - scores[(name, reference)] for name in both}
        ).dropna(axis="columns", how="all")  # without a fold that has both scores
        if differences.empty:
            continue
        by_fold = differences.mean(axis=1)
        test = corrected_t_test(by_fold, ratio)
        low, high = cut_to_range(test.low, test.high, -widest, widest)
        means = sign * differences.mean()
        wins, losses = int((means > TIE).sum()), int((means < -TIE).sum())
        rows.append(
            (treatment, reference, test.difference, low, high, test.p,
             wins, len(means) - wins - losses, losses, power_statement(by_fold, ratio).detectable)
        )  # fmt: skip
    effects = pd.DataFrame(rows, columns=columns)
    effects["p"] = holm(effects["p"])
    return effects.sort_values("difference", ascending=sign < 0, kind="stable", ignore_index=True)


def _predictions(done: Sequence[CellResult], dataset: Dataset) -> dict[Candidate, Predictions]:
    """Test predictions of each candidate, all folds one after another."""
    cells: dict[Candidate, list[tuple[CellKey, CellPredictions]]] = {}
    for result in done:
        if result.predictions is not None:
            pair = (result.key.classifier, result.key.treatment)
            cells.setdefault(pair, []).append((result.key, result.predictions))
    weight = dataset.sample_weight
    if weight is None:
        weight = np.ones(len(dataset.target))
    together = {}
    for pair, found in cells.items():
        sizes = [len(part.rows) for _, part in found]
        rows = np.concatenate([part.rows for _, part in found])
        together[pair] = Predictions(
            rows=rows,
            repeat=np.repeat([key.repeat for key, _ in found], sizes),
            fold=np.repeat([key.fold for key, _ in found], sizes),
            y=dataset.target[rows],
            labels=np.concatenate([part.labels for _, part in found]),
            proba=np.concatenate([part.proba for _, part in found]),
            weight=weight[rows],
        )
    return together


def _decided_at(
    done: Sequence[CellResult],
    best: Candidate,
    predictions: dict[Candidate, Predictions],
    points: Sequence[str],
) -> dict[str, Predictions]:
    """Predictions of the best candidate with the labels decided at each operating point."""
    cells = [
        result.predictions.at
        for result in done
        if (result.key.classifier, result.key.treatment) == best and result.predictions is not None
    ]
    return {
        text: replace(predictions[best], labels=np.concatenate([cell[text] for cell in cells]))
        for text in points
        if cells and all(text in cell for cell in cells)
    }


def _corrected_winner(
    predictions: dict[Candidate, Predictions], job: Job
) -> tuple[float, float, float]:
    """The best score corrected for selection, over the candidates with all folds."""
    if not predictions:
        return (np.nan, np.nan, np.nan)
    first = max(predictions.values(), key=lambda found: len(found.rows))
    whole = [found for found in predictions.values() if np.array_equal(found.rows, first.rows)]
    metric, groups = job.objective, job.dataset.groups
    needs_labels = metric.needs == "labels"

    def score(y: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> float:
        return metric.function(
            y,
            predicted,
            n_classes=len(job.dataset.classes),
            positive=job.dataset.positive,
            sample_weight=weight,
        )

    corrected = corrected_winner(
        first.y,
        [found.labels if needs_labels else found.proba for found in whole],
        score,
        groups=first.rows if groups is None else groups[first.rows],
        sample_weight=first.weight,
        greater_is_better=metric.greater_is_better,
        n_resamples=N_RESAMPLES if needs_labels else N_RESAMPLES // 5,
        random_state=job.protocol.seed,
    )
    low, high = cut_to_range(corrected.low, corrected.high, metric.lowest, metric.highest)
    return corrected.score, low, high
