"""The recommended model's score, corrected for having been chosen among many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from rarebit.datasets import Dataset
from rarebit.evaluation.choice import Rule
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.costs import losses
from rarebit.metrics import METRICS, Metric
from rarebit.metrics.calibration import row_log_loss
from rarebit.running.cells import Candidate
from rarebit.statistics import corrected_winner
from rarebit.statistics.intervals import cut_to_range
from rarebit.zoo.objective import EXPECTED_COST

# Bootstrap samples; a fifth for scores of probabilities, which take longer.
N_RESAMPLES = 500


def corrected_score(
    metric: Metric,
    predictions: Mapping[Candidate, Predictions],
    dataset: Dataset,
    pairs: Sequence[Candidate],
    rule: Rule | None,
    seed: int,
    costs: np.ndarray | None = None,
) -> tuple[float, float, float]:
    """Score and interval of the candidate that is chosen, over those with all folds.

    ``pairs`` are the candidates in the order of the ``rule``; without a rule, the best score is
    chosen. ``costs`` are those of :func:`rarebit.evaluation.costs.costs_used`.
    """
    if not predictions:
        return np.nan, np.nan, np.nan
    first = max(predictions.values(), key=lambda found: len(found.rows))
    places = [
        place
        for place, pair in enumerate(pairs)
        if pair in predictions and np.array_equal(predictions[pair].rows, first.rows)
    ]
    found = [predictions[pairs[place]] for place in places]
    choose = None
    if rule is not None:
        choose = _by_rule(rule.take(np.array(places)), found, metric)
    of_labels = metric.needs == "labels"
    predicted, score = _of_metric(metric, found, dataset, costs)
    groups = dataset.groups
    corrected = corrected_winner(
        first.y,
        predicted,
        score,
        groups=first.rows if groups is None else groups[first.rows],
        sample_weight=first.weight,
        greater_is_better=metric.greater_is_better,
        choose=choose,
        n_resamples=N_RESAMPLES if of_labels else N_RESAMPLES // 5,
        random_state=seed,
    )
    low, high = cut_to_range(corrected.low, corrected.high, metric.lowest, metric.highest)
    return corrected.score, low, high


def _of_metric(
    metric: Metric, found: Sequence[Predictions], dataset: Dataset, costs: np.ndarray | None
) -> tuple[list[np.ndarray], Callable[[np.ndarray, np.ndarray, np.ndarray], float]]:
    """What each candidate predicted, and how it is scored with weights."""
    # A mean over the rows, whose losses no resample changes.
    if metric is METRICS["log_loss"]:
        return [row_log_loss(each.y, each.proba) for each in found], _mean_loss
    if metric.name == EXPECTED_COST and costs is not None:
        return [losses(each, costs) for each in found], _mean_loss

    def score(y: np.ndarray, predicted: np.ndarray, weight: np.ndarray) -> float:
        return metric.function(
            y,
            predicted,
            n_classes=len(dataset.classes),
            positive=dataset.positive,
            sample_weight=weight,
        )

    of_labels = metric.needs == "labels"
    return [each.labels if of_labels else each.proba for each in found], score


def _mean_loss(_: np.ndarray, loss: np.ndarray, weight: np.ndarray) -> float:
    return float(np.average(loss, weights=weight))


def _by_rule(
    rule: Rule, found: Sequence[Predictions], metric: Metric
) -> Callable[[np.ndarray, np.ndarray], int]:
    """Choose by the log loss of the drawn rows and a score of the decisions."""
    losses = np.array([row_log_loss(each.y, each.proba) for each in found])
    sign = -1 if metric.greater_is_better else 1

    def choose(scores: np.ndarray, row_weight: np.ndarray) -> int:
        return rule.pick([losses @ row_weight / row_weight.sum(), sign * scores])

    return choose
