"""How candidates and treatments compare by one metric: means over the folds, intervals, tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from rarebit.evaluation.choice import TIE_ON_ONE_FOLD
from rarebit.metrics import METRICS, Metric
from rarebit.running.cells import PAIR, Candidate, CellResult
from rarebit.running.plans import Plan
from rarebit.running.tasks import RAW_METRICS
from rarebit.statistics import (
    Interval,
    corrected_interval,
    corrected_t_test,
    holm,
    power_statement,
)
from rarebit.statistics.intervals import cut_to_range
from rarebit.zoo.objective import EXPECTED_COST

# The treatment that all others are compared with, in order of preference.
REFERENCES = ("tuned_threshold", "untouched")
# Differences of mean scores below this are ties.
TIE = 1e-9


def score_matrix(done: Sequence[CellResult], plan: Plan, metric: str) -> pd.DataFrame:
    """Scores: one row a fold, one column a candidate, nan where a cell has none."""
    scores = {
        ((result.key.repeat, result.key.fold), result.key.candidate): result.scores[metric]
        for result in done
    }
    folds = sorted({fold for fold, _ in scores})
    return pd.DataFrame(
        [[scores.get((fold, pair), np.nan) for pair in plan.candidates] for fold in folds],
        index=pd.MultiIndex.from_tuples(folds, names=["repeat", "fold"]),
        columns=pd.MultiIndex.from_tuples(plan.candidates, names=PAIR),
    )


def rank_candidates(
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
    ranking.insert(0, "rank", np.arange(1, len(ranking) + 1))
    return ranking


def p_values(ranking: pd.DataFrame, scores: pd.DataFrame, ratio: float, best: Candidate) -> Any:
    """Holm-adjusted p-values of the differences from a candidate; nan for itself."""
    pairs = candidates(ranking)
    tests = [corrected_t_test(scores[best] - scores[pair], ratio).p for pair in pairs]
    tests[pairs.index(best)] = np.nan
    return holm(tests)


def line_of(ranking: pd.DataFrame, pair: Candidate) -> pd.Series:
    """The line of a candidate."""
    return ranking[[own == pair for own in candidates(ranking)]].iloc[0]


def candidates(ranking: pd.DataFrame) -> list[Candidate]:
    """Classifier and treatment of each line."""
    return [(str(row.classifier), str(row.treatment)) for row in ranking[PAIR].itertuples()]


def _ranking_row(
    pair: Candidate, cells: pd.DataFrame, scores: pd.Series, ratio: float, metric: Metric
) -> dict[str, Any]:
    """One candidate's line of the ranking."""
    interval = mean_score(scores, ratio, metric)
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


def mean_score(scores: pd.Series, ratio: float, metric: Metric) -> Interval:
    """Mean over the folds; its interval is cut to what the metric can be."""
    found = corrected_interval(scores, ratio)
    low, high = cut_to_range(found.low, found.high, metric.lowest, metric.highest)
    return found._replace(low=low, high=high)


def treatment_effects(
    scores: pd.DataFrame, plan: Plan, ratio: float, metric: Metric
) -> pd.DataFrame:
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
