"""Rows that a person decides: those whose decision is expected to cost most, within a budget.

A person is taken to decide every reviewed row right. What review saves on a row is then the
expected cost of its decision, less that of the right one. For two classes this is
``min(p * miss, (1 - p) * alarm)``: greatest where the decision changes, so the rows between two
thresholds around it are reviewed (Chow 1970). A threshold ``t`` implies its costs: a miss costs
``1 - t``, and a false alarm ``t`` (Elkan 2001).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rarebit._common.parameters import is_integer
from rarebit._common.predictions import check_proba, check_row_weights
from rarebit._common.wording import count, number
from rarebit.decision.costs import Costs, expected_costs
from rarebit.decision.points import greatest
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    import pandas as pd
    from jaxtyping import Bool, Float, Real

    Proba = Float[np.ndarray, "rows classes"]
    ByRow = Float[np.ndarray, " rows"]

MOST_ROWS = 10**9


@dataclass(frozen=True)
class ReviewBudget:
    """How many rows a person can decide; ``str(budget)`` is the text again.

    Attributes
    ----------
    value : float
        A share of the rows, or a number of rows in each batch.
    is_share : bool
        Which of these.

    Examples
    --------
    >>> parse_review("5%"), str(parse_review(50))
    (ReviewBudget(value=0.05, is_share=True), '50')
    """

    value: float
    is_share: bool

    def __str__(self) -> str:
        return f"{100 * self.value:.10g}%" if self.is_share else f"{self.value:.0f}"


def parse_review(review: Any) -> ReviewBudget:
    """Read how many rows go to a person.

    Parameters
    ----------
    review : str or int
        A share such as ``"5%"``, or a number of rows in each batch such as 50.

    Returns
    -------
    ReviewBudget

    Examples
    --------
    >>> parse_review("2.5%").value
    0.025
    """
    text = str(review) if is_integer(review) else review
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*", text) if isinstance(text, str) else None
    if found is not None:
        value, is_share = float(found[1]), bool(found[2])
        if is_share and 0 < value < 100:
            return ReviewBudget(value / 100, is_share=True)
        if not is_share and value.is_integer() and 1 <= value <= MOST_ROWS:
            return ReviewBudget(value, is_share=False)
    raise InputError(
        f"review is {review!r}: give a share of the rows above 0 % and below 100 %, such as 5%, or "
        "a whole number of rows of each batch, such as 50."
    )


@dataclass(frozen=True)
class FittedReview:
    """A budget of review, ready to choose rows.

    Attributes
    ----------
    budget : ReviewBudget
        What was asked for.
    positive : int
        Code of the rare class.
    cost_matrix : list of lists
        ``cost[true, decided]`` of the decisions: numbers, or names of columns of amounts.
    limit : float
        Expected saving from which a row is reviewed: infinite if no row can be within the budget,
        and nan if the rows of greatest saving in a batch are taken.
    """

    budget: ReviewBudget
    positive: int
    cost_matrix: list[list[float | str]]
    limit: float

    def saving(self, proba: Proba, amounts: pd.DataFrame | None = None) -> ByRow:
        """Return what review is expected to save on each row.

        ``amounts`` holds the columns that the costs name, one row for each of ``proba``.
        """
        return expected_saving(proba, Costs.from_matrix(self.cost_matrix).matrix(amounts))

    def reviewed(
        self, proba: Proba, amounts: pd.DataFrame | None = None
    ) -> Bool[np.ndarray, " rows"]:
        """Return which rows of a batch go to a person; of equal savings, the first are taken."""
        saving = self.saving(proba, amounts)
        if self.budget.is_share:
            return saving >= self.limit
        return greatest(saving, int(self.budget.value)) & (saving > 0)

    @property
    def thresholds(self) -> tuple[float, float] | None:
        """Probabilities of the rare class between which rows are reviewed.

        None if costs differ from row to row, if no row is reviewed, or if it depends on the batch.
        """
        costs = Costs.from_matrix(self.cost_matrix)
        if costs.columns or not np.isfinite(self.limit):
            return None
        cost, positive, other = costs.matrix(), self.positive, 1 - self.positive
        miss = cost[positive, other] - cost[positive, positive]
        alarm = cost[other, positive] - cost[other, other]
        return float(self.limit / miss), float(1 - self.limit / alarm)

    @property
    def statement(self) -> str:
        """Which rows go to a person, as a sentence."""
        if not self.budget.is_share:
            most = count(int(self.budget.value), "row")
            return f"Review: the {most} of each batch whose decisions are expected to cost most."
        if np.isinf(self.limit):
            return f"Review: no row, as none could be found within {self.budget}."
        about = f"Review: about {self.budget} of the rows, "
        ends = self.thresholds
        if ends is None:
            return f"{about}those whose decisions are expected to cost most."
        low, high = map(number, ends)
        return f"{about}those with a probability from {low} to {high}."


def expected_saving(proba: Proba, cost: Real[np.ndarray, "... classes classes"]) -> ByRow:
    """Expected cost of the cheapest decision of each row, less that of the right decision.

    ``cost`` is ``[true, decided]``, or ``[row, true, decided]``.
    """
    proba = check_proba(proba)
    right = (proba * np.diagonal(cost, axis1=-2, axis2=-1)).sum(axis=1)
    return expected_costs(proba, cost).min(axis=1) - right


def fit_review(
    budget: ReviewBudget,
    proba: Proba,
    cost_matrix: list[list[float | str]],
    *,
    positive: int,
    cost: Real[np.ndarray, "... classes classes"] | None = None,
    sample_weight: Real[np.ndarray, " rows"] | None = None,
) -> FittedReview:
    """Find which rows stay within a budget of review, on rows that the model was not fitted on.

    Parameters
    ----------
    budget : ReviewBudget
        How many rows a person can decide, from :func:`parse_review`.
    proba : ndarray of shape (n_rows, n_classes)
        Calibrated probabilities; not used for a number of rows.
    cost_matrix : list of lists
        ``cost[true, decided]`` of the decisions; :func:`costs_at` gives those of a threshold.
    positive : int
        Code of the rare class.
    cost : ndarray of shape (n_rows, n_classes, n_classes), optional
        Costs of each row, where the matrix names columns.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.

    Returns
    -------
    FittedReview

    Examples
    --------
    >>> p = np.linspace(0, 1, 1001)
    >>> proba = np.column_stack([1 - p, p])
    >>> costs = costs_at(0.25, positive=1)
    >>> fit_review(parse_review("10%"), proba, costs, positive=1).statement
    'Review: about 10% of the rows, those with a probability from 0.225 to 0.325.'
    """
    if not budget.is_share:
        return FittedReview(budget, positive, cost_matrix, np.nan)
    cost = Costs.from_matrix(cost_matrix).matrix() if cost is None else cost
    saving = expected_saving(proba, cost)
    weight = check_row_weights(sample_weight, len(saving), positive=True)
    order = np.argsort(-saving, kind="stable")
    saving, weight = saving[order], weight[order]
    last_of_tie = np.append(np.diff(saving) < 0, True)
    within = last_of_tie & (np.cumsum(weight) <= budget.value * weight.sum()) & (saving > 0)
    if not within.any():
        return FittedReview(budget, positive, cost_matrix, np.inf)
    last = np.flatnonzero(within)[-1]
    # Halfway to the next row; not down to 0, from where review saves nothing.
    below = max(saving[last + 1], 0.0) if last + 1 < len(saving) else 0.0
    return FittedReview(budget, positive, cost_matrix, float((saving[last] + below) / 2))


def costs_at(threshold: float, positive: int) -> list[list[float | str]]:
    """Costs that a threshold on the probability of class ``positive`` of two implies."""
    alarm = min(max(threshold, 0.0), 1.0)
    miss = 1 - alarm
    return [[0.0, alarm], [miss, 0.0]] if positive else [[0.0, miss], [alarm, 0.0]]
