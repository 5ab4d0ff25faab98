"""From the out-of-fold probabilities of a model to its calibration and its decision rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rarebit._common.parameters import OPEN_FRACTION, check_value
from rarebit._common.wording import listed
from rarebit.decision import (
    FittedPoint,
    OperatingPoint,
    ProbabilityCalibrator,
    conformal_limits,
    fit_points,
    parse_points,
)
from rarebit.exceptions import InputError
from rarebit.zoo.cuts import keep_rare
from rarebit.zoo.fitting import OutOfFold, Recipe, Rows, out_of_fold
from rarebit.zoo.goal import DecisionRule, Goal

# Out-of-fold rows that a model keeps.
MOST_HELD_OUT = 50_000


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Inner out-of-fold rows of a fitted model, rare ones first if there are too many.

    They are stored with the model, so that other decision rules can be fitted later.
    """

    # True label codes
    y: np.ndarray
    # Calibrated probabilities, (n_rows, n_classes)
    proba: np.ndarray
    # Weight of each row, times the number of rows that it stands for
    weight: np.ndarray
    # Costs ``[row, true, decided]``, where they differ from row to row
    cost: np.ndarray | None = None

    def cut(self, n_rows: int, *, seed: int) -> HeldOut:
        """Return these rows, or about ``n_rows`` of them, rare classes first."""
        if len(self.y) <= n_rows:
            return self
        chosen, stands_for = keep_rare(self.y, n_rows, seed=seed)
        cost = None if self.cost is None else self.cost[chosen]
        return HeldOut(self.y[chosen], self.proba[chosen], self.weight[chosen] * stands_for, cost)


@dataclass(frozen=True)
class Decision:
    """What turns a model's probabilities into decisions; None: the step is left out."""

    calibrator: ProbabilityCalibrator | None = None
    rule: DecisionRule | None = None
    held_out: HeldOut | None = None
    notes: list[str] = field(default_factory=list)


def fit_decision(
    recipe: Recipe,
    rows: Rows,
    goal: Goal,
    params: dict[str, Any],
    *,
    oof: OutOfFold | None,
    n_folds: int,
    calibrate: bool,
    keep_rows: bool = False,
) -> Decision:
    """Fit calibration and decision rule on inner out-of-fold probabilities.

    ``oof`` are those that the search left; None: they are computed, if anything needs them, such as
    operating points (``keep_rows``).
    """
    tuned = recipe.treatment.decision == "tuned"
    if recipe.n_classes < 2 or not (calibrate or tuned or keep_rows):
        return Decision()
    if oof is None:
        oof = out_of_fold(recipe, rows, params, n_folds)
    if len(oof.positions) == 0:
        # Costs by row need no fit: they decide, if by probabilities that are not calibrated.
        rule = goal.cost_rule if tuned else None
        lacking = ["calibration"] * calibrate + ["tuned threshold"] * (tuned and rule is None)
        lacking += ["rows for operating points and review"] * keep_rows
        notes = [f"Too few rows for inner folds: no {listed(lacking, 'or')}."] if lacking else []
        return Decision(rule=rule, notes=notes)
    seen = rows.take(oof.positions)
    proba, weight = oof.corrected, seen.full_weight
    calibrator = ProbabilityCalibrator().fit(proba, seen.y, weight) if calibrate else None
    if calibrator is not None:
        proba = calibrator.transform(proba)
    rule = goal.rule(proba, seen) if tuned else None
    cost = None if goal.costs_by_row is None else goal.costs_by_row.matrix(seen.frame)
    held_out = HeldOut(seen.y, proba, np.ones(len(seen.y)) if weight is None else weight, cost)
    kept = held_out.cut(MOST_HELD_OUT, seed=recipe.random_state)
    return Decision(calibrator, rule, kept)


def check_points(at: str | Sequence[str] | None, n_classes: int) -> list[OperatingPoint]:
    """Read operating points; they need two classes."""
    points = parse_points(at)
    if points and n_classes > 2:
        raise InputError(
            f"at is {str(points[0])!r}, which needs two classes, and there are {n_classes}: leave "
            "it out, or give costs to weigh the errors."
        )
    return points


def points_of(
    points: Sequence[OperatingPoint],
    held_out: HeldOut | None,
    positive: int | None,
    confidence: float,
) -> dict[str, FittedPoint]:
    """Fit operating points on the rows that a model keeps, by their texts; {} without two classes.

    Without such rows, constraints on them cannot be met: no row is an alert.
    """
    if positive is None or not points:
        return {}
    rows = held_out or HeldOut(np.empty(0, dtype=np.int64), np.empty((0, 2)), np.empty(0))
    fitted = fit_points(
        points,
        rows.proba,
        rows.y,
        positive=positive,
        sample_weight=rows.weight,
        confidence=confidence,
        out_of_fold=True,
    )
    return {str(point): found for point, found in zip(points, fitted, strict=True)}


def set_limits(held_out: HeldOut | None, coverage: float, classes: Sequence[Any]) -> np.ndarray:
    """Probability of each class from which it is in the set of a row, by the rows of a model."""
    check_value("coverage", coverage, *OPEN_FRACTION)
    if held_out is None:
        raise InputError(
            f"coverage is {coverage:g}, and the model keeps no rows to fit sets on: train it "
            "again, with calibration."
        )
    return conformal_limits(
        held_out.proba, held_out.y, coverage, sample_weight=held_out.weight, labels=classes
    )
