"""From the results of the cells to a ranking, the effects of the treatments and a best model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from rarebit._common.checks import Remark, finds, reworded
from rarebit._common.wording import count
from rarebit.datasets import Dataset
from rarebit.datasets.giveaways import find_giveaways
from rarebit.decision.prior import shares_in_words
from rarebit.evaluation.cautions import useless, without_an_error
from rarebit.evaluation.checks import model_checks
from rarebit.evaluation.choice import Rule, mean_losses, paired_errors
from rarebit.evaluation.comparison import Answer, Comparison, Predictions
from rarebit.evaluation.correction import corrected_score
from rarebit.evaluation.costs import cost_sentence, total_cost
from rarebit.evaluation.coverage import covered, not_covered
from rarebit.evaluation.finding import Chosen, plain_finding, recommendation
from rarebit.evaluation.operating import at_points, point_sentences
from rarebit.evaluation.outcome import class_shares
from rarebit.evaluation.ranking import (
    candidates,
    mean_score,
    p_values,
    rank_candidates,
    score_matrix,
    treatment_effects,
)
from rarebit.evaluation.review import review_sentence, with_review
from rarebit.evaluation.subgroups import subgroups
from rarebit.exceptions import InputError
from rarebit.metrics import METRICS, Metric, get_metric
from rarebit.running.cells import REVIEW, Candidate, CellKey, CellPredictions, CellResult
from rarebit.running.job import Job
from rarebit.running.plans import Plan

# Seconds that are proposed at least, where a time budget was not enough for a single fit.
LEAST_BUDGET = 60.0
# The same for all cells of a comparison.
HIDDEN_KEYS = ("dataset", "protocol", "seed", "config_hash")
RESULT_COLUMNS = (
    "status", "fit_seconds", "predict_seconds", "peak_mib", "n_train", "n_test", "notes", "error"
)  # fmt: skip


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
    dataset = job.dataset
    block, coverage = covered(results, job.plan, n_planned)
    done = [result for result in block if result.status == "done"]
    if not done:
        raise InputError(_why_none(results, settings.get("time_budget")))
    plan = job.plan.only({result.key.candidate for result in block})
    cells = _cell_table(block)
    study = _Study(job, plan, done, _predictions(done, dataset), test_ratio)
    ranking = rank_candidates(cells, study.scores(job.metric), test_ratio, job.objective, plan)
    rule = study.rule()
    chosen = study.choose(rule, ranking)
    ranking = study.with_tests(ranking, chosen.best)
    decisions = study.answer(job.objective, rule, coverage.has_intervals)
    probabilities = None
    if job.probability_metric is not None:
        metric = get_metric(job.probability_metric)
        probabilities = study.answer(metric, None, coverage.has_intervals)
    found = study.predictions.get(chosen.best)
    seen = None if found is None else found.first_repeat()
    recommended = recommendation(ranking, plan.labels(), decisions, chosen, coverage)
    roc_auc = mean_score(study.scores("roc_auc")[chosen.best], test_ratio, METRICS["roc_auc"])
    suspects = [*find_giveaways(dataset), *(without_an_error(dataset, seen) if seen else [])]
    decided = _decided_at(done, chosen.best, study.predictions, [*job.at, REVIEW])
    operating = at_points(dataset, {at: decided[at] for at in job.at if at in decided})
    given = None if job.costs is None else job.costs.as_lists()
    cost = total_cost(dataset, found, given)
    review = None
    if job.review is not None and found is not None and REVIEW in decided:
        without = decided[job.at[0]] if job.at else found
        review = with_review(dataset, job.review, without, decided[REVIEW])
    return Comparison(
        dataset=dataset,
        metric=job.metric,
        cells=cells,
        ranking=ranking,
        effects=decisions.effects,
        finding=[
            *coverage.sentences(),
            *(useless("the recommended model", dataset, seen) if seen else []),
            *_prevalence_sentences(dataset),
            *(reworded(each, f"Check this first: {each}") for each in suspects),
            *plain_finding(
                ranking, decisions, probabilities, plan, chosen, recommended, roc_auc, coverage
            ),
            *([] if cost is None else [cost_sentence(dataset, cost)]),
            *point_sentences(dataset, operating),
            *([] if review is None else [review_sentence(review)]),
        ],
        recommendation=recommended,
        best=chosen.best,
        best_corrected=decisions.best_corrected,
        predictions=study.predictions,
        labels=job.plan.labels(),
        warnings=[
            *warnings,
            *_failures(block, plan.labels()),
            *model_checks(dataset, found, job.protocol.seed),
            *_common_notes(done),
        ],
        left_out=[*not_covered(results, block, job.plan), *plan.left_out],
        settings=settings,
        versions=versions,
        coverage=coverage,
        cost=cost,
        operating=operating,
        review=review,
        probabilities=probabilities,
        subgroups=subgroups(
            dataset, found, job.objective, costs=job.cost_of_rows, seed=job.protocol.seed
        ),
    )


@dataclass(frozen=True, eq=False)
class _Study:
    """The finished cells of the candidates that are compared, and what is asked of them."""

    job: Job
    plan: Plan
    done: Sequence[CellResult]
    predictions: dict[Candidate, Predictions]
    # Test rows per training row
    ratio: float

    def scores(self, metric: str) -> pd.DataFrame:
        """One row a fold, one column a candidate."""
        return score_matrix(self.done, self.plan, metric)

    def rule(self) -> Rule | None:
        """How the recommended model is chosen; None if one score rules."""
        if self.job.probability_metric is None:
            return None
        metrics = (self.job.probability_metric, self.job.metric)
        errors = tuple(paired_errors(self.scores(name), self.ratio) for name in metrics)
        order = [self.plan.simplicity(pair) for pair in self.plan.candidates]
        return Rule(errors, np.unique(order, axis=0, return_inverse=True)[1].ravel())

    def choose(self, rule: Rule | None, ranking: pd.DataFrame) -> Chosen:
        """Choose by the rule, else the first of the ranking."""
        first = candidates(ranking)[0]
        if rule is None or self.job.probability_metric is None:
            return Chosen(first)
        metrics = (get_metric(self.job.probability_metric), self.job.objective)
        losses = [mean_losses(self.scores(metric.name), metric) for metric in metrics]
        pairs = self.plan.candidates
        return Chosen(
            pairs[rule.pick(losses)],
            sound={pairs[i] for i in np.flatnonzero(rule.within_one_error(losses[:1]))},
            close={pairs[i] for i in np.flatnonzero(rule.within_one_error(losses))},
        )

    def with_tests(self, ranking: pd.DataFrame, best: Candidate) -> pd.DataFrame:
        """Add the tests against the recommended model, and the intervals of the probabilities."""
        ranking = ranking.copy()
        tests = p_values(ranking, self.scores(self.job.metric), self.ratio, best)
        ranking.insert(list(ranking).index("high") + 1, "p_best", tests)
        if (name := self.job.probability_metric) is not None:
            scores, metric = self.scores(name), get_metric(name)
            found = [mean_score(scores[pair], self.ratio, metric) for pair in candidates(ranking)]
            ranking[f"{name}_low"] = [each.low for each in found]
            ranking[f"{name}_high"] = [each.high for each in found]
            ranking[f"{name}_p"] = p_values(ranking, scores, self.ratio, best)
        return ranking

    def answer(self, metric: Metric, rule: Rule | None, has_intervals: bool) -> Answer:
        """Effects, and the score of the recommended model corrected for selection."""
        effects = treatment_effects(self.scores(metric.name), self.plan, self.ratio, metric)
        corrected = (np.nan, np.nan, np.nan)
        if has_intervals:
            corrected = corrected_score(
                metric,
                self.predictions,
                self.job.dataset,
                self.plan.candidates,
                rule,
                self.job.protocol.seed,
                self.job.cost_of_rows,
            )
        return Answer(metric.name, effects, corrected)


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


@finds("RB103")
def _failures(results: Sequence[CellResult], labels: dict[str, str]) -> list[str]:
    """One sentence for each candidate with cells that failed or ran out of time."""
    broken: dict[Candidate, list[CellResult]] = {}
    for result in results:
        if result.status != "done":
            broken.setdefault(result.key.candidate, []).append(result)
    return [
        f"{labels[classifier]} with {labels[treatment]} has no score in "
        f"{count(len(failed), 'fold')} and is ranked last: {failed[0].error}"
        for (classifier, treatment), failed in broken.items()
    ]


def _common_notes(done: Sequence[CellResult]) -> list[str]:
    """Notes of the cells, each once, with the number of cells."""
    counts = Counter(note for result in done for note in result.notes)
    said = []
    for text, n in counts.most_common(12):
        note = Remark.read(text)
        said.append(reworded(note, f"{note} ({n} of {count(len(done), 'fit')})"))
    return said


def _cell_table(results: Sequence[CellResult]) -> pd.DataFrame:
    """One row a cell, keys and scores as columns."""
    rows = []
    for result in results:
        row = {key: value for key, value in asdict(result.key).items() if key not in HIDDEN_KEYS}
        row |= {name: getattr(result, name) for name in RESULT_COLUMNS}
        rows.append(row | {"notes": " ".join(result.notes)} | result.scores)
    return pd.DataFrame(rows)


def _predictions(done: Sequence[CellResult], dataset: Dataset) -> dict[Candidate, Predictions]:
    """Test predictions of each candidate, all folds one after another."""
    cells: dict[Candidate, list[tuple[CellKey, CellPredictions]]] = {}
    for result in done:
        if result.predictions is not None:
            of_pair = cells.setdefault(result.key.candidate, [])
            of_pair.append((result.key, result.predictions))
    weight = dataset.full_weight
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
        if result.key.candidate == best and result.predictions is not None
    ]
    return {
        text: replace(predictions[best], labels=np.concatenate([cell[text] for cell in cells]))
        for text in points
        if cells and all(text in cell for cell in cells)
    }


def _prevalence_sentences(dataset: Dataset) -> list[str]:
    """Say which prevalence everything is for, if it is not that of the rows."""
    if dataset.design_weight is None:
        return []
    named = shares_in_words(dataset.classes, class_shares(dataset))
    return [
        f"All of this is for {named}: held-out rows are weighted to these shares, and "
        "probabilities and decisions follow."
    ]
