"""What decisions cost on held-out rows, in the unit of the costs; row weights are applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rarebit._common.wording import amount, amounts, count, percent
from rarebit.datasets import Dataset
from rarebit.decision import expected_cost
from rarebit.decision.costs import CostCurve, Costs, cost_curve, decided_costs
from rarebit.evaluation.comparison import Predictions
from rarebit.exceptions import InputError
from rarebit.statistics.bootstrap import resamples_for

# Costs as settings hold them: see :meth:`rarebit.decision.costs.Costs.as_lists`.
CostCells = Sequence[Sequence[float | str]] | np.ndarray


@dataclass(frozen=True)
class TotalCost:
    """Total cost of decisions on the rows of one repeat, and of the same decision for all rows."""

    n_rows: int
    # Sum of the row weights; the number of rows if there are none
    weight: float
    total: float
    # 95 % bootstrap intervals, of whole groups where there are groups
    total_interval: tuple[float, float]
    saved_interval: tuple[float, float]
    # Total if every row were predicted as this class, by label
    of_constant: dict[str, float]

    @property
    def per_row(self) -> float:
        """Mean cost of a row."""
        return self.total / self.weight if self.weight else float("nan")

    @property
    def saved(self) -> float:
        """Amount that the decisions cost less than the cheapest constant one."""
        return min(self.of_constant.values()) - self.total


def read_costs(cost: str | ArrayLike, dataset: Dataset) -> Costs:
    """Read costs as users give them, as text or as a matrix."""
    if isinstance(cost, str):
        return Costs.from_text(cost, dataset.classes, dataset.positive)
    costs = Costs.from_matrix(cost, len(dataset.classes))
    amounts = [cell for row in costs.cells for cell in row if not isinstance(cell, str)]
    if min(amounts, default=0) < 0 or not (any(amounts) or costs.columns):
        raise InputError("cost must hold numbers of at least 0, at least one of them above 0.")
    return costs


def costs_used(dataset: Dataset, given: CostCells | None) -> np.ndarray:
    """Costs ``[true, predicted]`` in the order of the codes, or ``[row, true, predicted]``.

    The costs given; without any, a missed row of the rare class of two costs the imbalance ratio, a
    false alarm 1.
    """
    if given is not None:
        return Costs.from_matrix(given).matrix(dataset.amounts)
    cost = 1.0 - np.eye(2)
    cost[dataset.positive] *= dataset.imbalance_ratio
    return cost


def costs_at(costs: np.ndarray, predictions: Predictions) -> np.ndarray:
    """Return the costs of the predicted rows, or those of all rows alike."""
    return costs if costs.ndim == 2 else costs[predictions.rows]


def losses(predictions: Predictions, costs: np.ndarray) -> np.ndarray:
    """Return the cost of each decision."""
    return decided_costs(costs_at(costs, predictions), predictions.y, predictions.labels)


def cost_of_decisions(predictions: Predictions, costs: np.ndarray) -> float:
    """Mean cost of a row by the decisions, weighted and averaged over the folds."""
    by_fold = [
        expected_cost(fold.y, fold.labels, costs_at(costs, fold), fold.weight)
        for fold in predictions.folds()
    ]
    return float(np.nanmean(by_fold)) if np.isfinite(by_fold).any() else float("nan")


def cost_by_threshold(predictions: Predictions, positive: int, costs: np.ndarray) -> CostCurve:
    """Mean cost of a row by decision threshold, averaged over the folds as the ranking does it.

    ``costs`` are those of :func:`costs_used`.
    """
    folds = [
        cost_curve(
            fold.y,
            fold.proba[:, positive],
            costs_at(costs, fold),
            positive=positive,
            sample_weight=fold.weight,
        )
        for fold in predictions.folds()
        if fold.weight.sum() > 0
    ]
    threshold = np.unique(np.concatenate([fold.threshold for fold in folds]))
    # The rows at or above a threshold are those at or above the next probability that occurs.
    by_fold = [fold.cost[np.searchsorted(fold.threshold, threshold)] for fold in folds]
    return CostCurve(threshold, np.mean(by_fold, axis=0))


def total_cost(
    dataset: Dataset,
    predictions: Predictions | None,
    given: CostCells | None,
    *,
    n_resamples: int | None = None,
    seed: int = 0,
) -> TotalCost | None:
    """Add up what the decisions of the first repeat cost; None without costs or predictions.

    The intervals are those of so many rows like these; the model is given.
    """
    if given is None or predictions is None:
        return None
    seen = predictions.first_repeat()
    cost = costs_at(costs_used(dataset, given), seen)
    codes = range(len(dataset.classes))
    by_row = np.stack([decided_costs(cost, seen.y, each) for each in (seen.labels, *codes)])

    def total_and_saved(weight: np.ndarray) -> list[float]:
        total, *constant = (by_row @ weight).tolist()
        return [total, min(constant) - total]

    if n_resamples is None:
        n_resamples = resamples_for(len(seen.y))
    total, saved = seen.intervals(total_and_saved, dataset, n_resamples=n_resamples, seed=seed)
    return TotalCost(
        n_rows=len(seen.y),
        weight=float(seen.weight.sum()),
        total=total.estimate,
        total_interval=(total.low, total.high),
        saved_interval=(saved.low, saved.high),
        of_constant=dict(
            zip(map(str, dataset.classes), (by_row[1:] @ seen.weight).tolist(), strict=True)
        ),
    )


def cost_sentence(
    dataset: Dataset,
    found: TotalCost,
    model: str = "the recommended model",
    row: str = "test row",
) -> str:
    """Say what a model's decisions cost, and what they save.

    With two classes, they are compared with predicting the rare class for no row and for every row.
    """
    start = (
        f"On {count(found.n_rows, row)}, the decisions of {model} cost {amount(found.total)} in "
        f"total (95 % interval {amounts(*found.total_interval)}; {amount(found.per_row)} per row)"
    )
    cheapest = min(found.of_constant.values())
    if dataset.positive is not None:
        rare, other = (
            str(dataset.classes[code]) for code in (dataset.positive, 1 - dataset.positive)
        )
        constant = found.of_constant
        than = (
            f"Predicting class {rare!r} for no row would cost {amount(constant[other])}, for every "
            f"row {amount(constant[rare])}"
        )
        cheaper = "the cheaper of the two"
    else:
        label = min(found.of_constant, key=lambda name: found.of_constant[name])
        than = f"Predicting class {label!r} for every row would cost {amount(cheapest)}"
        cheaper = "that"
    if found.saved > 0:
        saved = (
            f"{amount(found.saved)} ({percent(found.saved / cheapest)}; 95 % interval "
            f"{amounts(*found.saved_interval)})"
        )
        return f"{start}. {than}: the model saves {saved} compared with {cheaper}."
    return f"{start}. {than}: the model saves nothing compared with {cheaper}."
