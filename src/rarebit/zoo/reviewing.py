"""Rows that a person decides instead of a fitted model, whose labels stay as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rarebit.decision import (
    CostRule,
    FittedPoint,
    FittedReview,
    OperatingPoint,
    fit_review,
    parse_review,
)
from rarebit.decision.review import ReviewBudget, costs_at
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from rarebit.zoo.fitted import FittedClassifier


_AGAIN = "fit it on: train it again, with this budget, or give a number of rows."


def check_review(
    review: Any, n_classes: int, points: Sequence[OperatingPoint] = ()
) -> ReviewBudget | None:
    """Read a budget of review, if there is one; it needs two classes.

    The first of the points, if there are any, decides the other rows: it needs a threshold.
    """
    if review is None:
        return None
    budget = parse_review(review)
    if n_classes > 2:
        raise InputError(
            f"review is {str(budget)!r}, which needs two classes, and there are {n_classes}: leave "
            "it out."
        )
    if points and points[0].kind == "alerts":
        raise InputError(
            f"review needs a threshold, and {points[0]} has none: use it with another operating "
            "point, or without one."
        )
    return budget


def choose_review(
    model: FittedClassifier, review: Any, point: FittedPoint | None
) -> FittedReview | None:
    """Fit a budget of review around the decisions of a model, or of one of its points.

    None if there is no budget, or if the model knows one class only.
    """
    points = [] if point is None else [point.point]
    budget = check_review(review, len(model.classes_), points)
    positive, held_out = model.positive_, model.held_out_
    if budget is None or positive is None:
        return None
    is_stored = model.review is not None and budget == parse_review(model.review)
    if budget.is_share and held_out is None and not is_stored:
        raise InputError(f"review is {str(budget)!r}, and the model keeps no rows to {_AGAIN}")
    rule = model.decision_ if point is None else point
    if isinstance(rule, CostRule):
        costs = rule.cost_matrix
    else:
        threshold = point.threshold if point is not None else model.threshold_
        costs = costs_at(model.even_threshold if threshold is None else threshold, positive)
    if not budget.is_share:
        return FittedReview(budget, positive, costs, np.nan)
    if held_out is None:  # too few rows in training
        return FittedReview(budget, positive, costs, np.inf)
    cost = held_out.cost if isinstance(rule, CostRule) else None
    if isinstance(rule, CostRule) and cost is None:
        raise InputError(f"review is {str(budget)!r}, and the model keeps no costs to {_AGAIN}")
    return fit_review(
        budget, held_out.proba, costs, positive=positive, cost=cost,
        sample_weight=held_out.weight,
    )  # fmt: skip
