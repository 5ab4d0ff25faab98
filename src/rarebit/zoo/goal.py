"""What a treated classifier optimises: how configurations are scored and thresholds chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rarebit.datasets.labels import positive_code
from rarebit.decision import CostRule, ProbabilityCalibrator, TunedThreshold, expected_cost
from rarebit.decision.costs import Costs
from rarebit.metrics import Metric, get_metric
from rarebit.zoo.fitting import OutOfFold, Recipe, Rows
from rarebit.zoo.objective import EXPECTED_COST, get_objective

DecisionRule = TunedThreshold | CostRule


@dataclass(frozen=True)
class Goal:
    """A metric, or the expected cost, on a table with these classes."""

    metric: Metric
    n_classes: int
    # Code of the rare class; None with three classes or more
    positive: int | None
    # Costs that differ from row to row; None: the metric is all there is
    costs_by_row: Costs | None = None
    # What directs the search, if not the metric itself
    search_metric: Metric | None = None
    # Whether the model's probabilities are calibrated
    calibrated: bool = True

    def search_score(self, recipe: Recipe, seen: Rows, oof: OutOfFold) -> float:
        """Score of a configuration under the treatment's own decision; greater is better."""
        weight = seen.full_weight
        metric = self.search_metric or self.metric
        if metric.needs == "probabilities":
            proba = oof.corrected
            if self.calibrated:
                # As they will be: its few parameters fit these rows hardly better than new ones.
                proba = ProbabilityCalibrator().fit(proba, seen.y, weight).transform(proba)
            return self._score(metric, seen.y, proba, weight)
        if recipe.treatment.decision == "tuned":
            # Without resamples: fast, and the same for all configurations.
            rule = self.rule(oof.corrected, seen, n_resamples=0)
            labels = decided(rule, oof.corrected, seen.frame)
        else:
            labels = oof.raw.argmax(axis=1)
        if self.costs_by_row is not None:
            return -expected_cost(seen.y, labels, self.costs_by_row.matrix(seen.frame), weight)
        return self.label_score(seen.y, labels, weight)

    def rule(self, proba: np.ndarray, seen: Rows, **options: int) -> DecisionRule:
        """Fit the decision rule: that of least cost for each row, or a tuned threshold."""
        return self.cost_rule or self.tuned(proba, seen.y, seen.full_weight, **options)

    @property
    def cost_rule(self) -> CostRule | None:
        """The decision of least cost for each row; None if costs do not differ by row."""
        return None if self.costs_by_row is None else CostRule(self.costs_by_row.as_lists())

    def tuned(
        self,
        proba: np.ndarray,
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        **options: int,
    ) -> TunedThreshold:
        """Fit the decision rule with the best label score."""
        return TunedThreshold(positive=self.positive, **options).fit(
            proba, y, score=self.label_score, sample_weight=sample_weight
        )

    def label_score(
        self, y: np.ndarray, labels: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> float:
        """Score of decided labels; greater is better."""
        # A threshold changes no probability: it is tuned for the best general label score.
        metric = self.metric if self.metric.needs == "labels" else get_metric("macro_f1")
        return self._score(metric, y, labels, sample_weight)

    def _score(
        self, metric: Metric, y: np.ndarray, predicted: np.ndarray, weight: np.ndarray | None
    ) -> float:
        """Score by a metric, with the sign changed if lower is better."""
        score = metric.function(
            y,
            predicted,
            n_classes=self.n_classes,
            positive=self.positive,
            sample_weight=weight,
        )
        return score if metric.greater_is_better else -score


def make_goal(
    metric: str,
    costs: Costs | None,
    classes: np.ndarray,
    positive: Any,
    codes: np.ndarray,
) -> Goal:
    """Return what to optimise: the expected cost if there are costs, else a metric.

    ``positive`` is the label of the rare class of two, None: the class with fewer of the ``codes``.
    """
    by_row = costs is not None and bool(costs.columns)
    objective = get_objective(
        metric if costs is None else EXPECTED_COST,
        None if costs is None or by_row else costs.matrix(),
    )
    rare = rare_code(positive, classes, codes)
    return Goal(objective, len(classes), rare, costs if by_row else None)


def rare_code(positive: Any, classes: np.ndarray, codes: np.ndarray) -> int | None:
    """Code of the rare class of two, ``positive`` or the one with fewer rows; None with more."""
    return positive_code(positive, tuple(classes.tolist()), codes) if len(classes) == 2 else None


def amounts_for(rule: DecisionRule | None) -> list[str]:
    """Columns of amounts that a rule needs."""
    return rule.columns if isinstance(rule, CostRule) else []


def decided(rule: DecisionRule, proba: np.ndarray, values: pd.DataFrame) -> np.ndarray:
    """Label codes by a rule; ``values`` hold the amounts that costs name."""
    return rule.decide(proba, values) if isinstance(rule, CostRule) else rule.decide(proba)
