"""What the best model depends on, measured on held-out rows of some folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rarebit.datasets import Dataset, Role, clean_values
from rarebit.evaluation.outcome import rare_classes
from rarebit.explain import Importance, correlated_groups, grid_values, partial_dependence
from rarebit.running.budget import Budget
from rarebit.running.cells import CellResult
from rarebit.running.explaining import ExplainTask, Groups, explain_tasks
from rarebit.running.runner import run_cells
from rarebit.running.store import Store
from rarebit.running.tasks import CellTask
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.cuts import keep_rare

if TYPE_CHECKING:  # it holds an Explanation
    from rarebit.evaluation.comparison import Comparison

# Columns whose effect is shown, and rows that it is averaged over.
N_EFFECTS, EFFECT_ROWS = 3, 300
# Columns of a group whose effects are compared.
MOST_TRIED = 5
# Errors of each kind, and reasons of each error.
N_ERRORS, N_REASONS = 3, 3


@dataclass(frozen=True, eq=False)
class Effect:
    """Mean predicted probability of the class if a column had a value in every row.

    Attributes
    ----------
    column : str
        The column.
    values : list
        Numbers, dates (``pandas.Timestamp``) or categories.
    probability : ndarray of shape (n_values,)
        The mean probability.
    """

    column: str
    values: list[object]
    probability: np.ndarray


@dataclass(frozen=True)
class Case:
    """A held-out row that was predicted wrongly, with confidence.

    Attributes
    ----------
    row : int
        Position in the data set.
    is_missed : bool
        Whether the row is of the class; else it is a false alarm.
    probability : float
        Predicted probability of the class.
    average : float
        Mean prediction of the training rows that the row is compared with.
    reasons : list of (tuple of str, float)
        Groups of columns and how much they change the probability, most important first.
    nearest : int
        Position of the most similar row of the class in training.
    distance : float
        Gower's distance to it, with the columns weighted by importance.
    """

    row: int
    is_missed: bool
    probability: float
    average: float
    reasons: list[tuple[tuple[str, ...], float]]
    nearest: int
    distance: float


@dataclass(frozen=True, eq=False)
class Explanation:
    """What a model depends on.

    Attributes
    ----------
    label : str
        The class whose probability is explained.
    importances : list of Importance
        Increase of the log loss if a group of columns is permuted, most important first.
    n_folds : int
        Folds whose held-out rows were used.
    cases : list of Case
        The most confident errors in these folds.
    effects : list of Effect
        Partial dependence of the final model on the most important columns.
    """

    label: str
    importances: list[Importance]
    n_folds: int
    cases: list[Case]
    effects: list[Effect]

    def frame(self) -> pd.DataFrame:
        """Return the importances, one row a group.

        Returns
        -------
        DataFrame
            ``columns, increase, low, high``.
        """
        rows = [
            (" + ".join(each.columns), each.increase, each.low, each.high)
            for each in self.importances
        ]
        return pd.DataFrame(rows, columns=["columns", "increase", "low", "high"])


def explained(
    comparison: Comparison,
    cells: Sequence[CellTask],
    store: Store,
    jobs: int,
    left: float | None = None,
) -> Comparison:
    """Add what the best model depends on; ``left`` are the seconds of a time budget that are left.

    Half of them may be used: the report comes after.
    """
    tasks = _tasks(comparison, cells)
    budget = None
    if left is None:
        store.forget_cut_searches(task.key for task in tasks)
    else:
        tasks, budget = tasks[:1], Budget(left / 2)
    run_cells(tasks, store, jobs=jobs, budget=budget)
    results = list(filter(None, (store.get(task.key) for task in tasks)))
    found = explanation(comparison.dataset, tasks, results, comparison.model)
    if found is not None:
        return replace(comparison, explanation=found)
    why = next((result.error for result in results), "the time ended before.")
    note = f"The importance of the columns was not measured: {why}"
    return replace(comparison, left_out=[*comparison.left_out, note])


def _tasks(comparison: Comparison, cells: Sequence[CellTask]) -> list[ExplainTask]:
    """What to run to explain the best model of a comparison with these cells."""
    dataset = comparison.dataset
    own = [cell for cell in cells if cell.key.candidate == comparison.best]
    values = clean_values(dataset.frame, dataset.roles, dataset.spellings)
    groups: Groups = tuple(map(tuple, correlated_groups(values)))
    return explain_tasks(own, groups, rare_classes(dataset)[0], len(cells))


def explanation(
    dataset: Dataset,
    tasks: Sequence[ExplainTask],
    results: Sequence[CellResult],
    model: TreatedClassifier | None,
) -> Explanation | None:
    """Put the cells of all folds together; None without any."""
    scores = [result.scores for result in results if result.status == "done"]
    if not scores:
        return None
    groups, code = tasks[0].groups, tasks[0].code
    importances = [_pooled(columns, k, scores) for k, columns in enumerate(groups)]
    importances.sort(key=lambda each: -each.increase)
    return Explanation(
        str(dataset.classes[code]),
        importances,
        len(scores),
        _cases(dataset, groups, code, scores),
        [] if model is None else effects(dataset, model, importances, code),
    )


def _pooled(columns: tuple[str, ...], k: int, scores: Sequence[dict[str, float]]) -> Importance:
    """Mean over the folds; their test rows are different rows."""
    weight = np.array([fold["weight"] for fold in scores])
    increase = np.array([fold[f"increase/{k}"] for fold in scores])
    error = np.array([fold[f"error/{k}"] for fold in scores])
    share = weight / weight.sum()
    return Importance(columns, float(share @ increase), float(np.linalg.norm(share * error)))


def _cases(
    dataset: Dataset, groups: Groups, code: int, scores: Sequence[dict[str, float]]
) -> list[Case]:
    """The most confident errors of all folds, missed rows first."""
    found = []
    for fold in scores:
        for j in range(sum(name.endswith("/row") for name in fold)):
            own = {
                name.removeprefix(f"case/{j}/"): value
                for name, value in fold.items()
                if name.startswith(f"case/{j}/")
            }
            reasons = [
                (columns, own[f"reason/{k}"])
                for k, columns in enumerate(groups)
                if own.get(f"reason/{k}", 0.0) != 0
            ]
            reasons.sort(key=lambda pair: -abs(pair[1]))
            row = int(own["row"])
            found.append(
                Case(
                    row,
                    bool(dataset.target[row] == code),
                    own["proba"],
                    own["base"],
                    reasons[:N_REASONS],
                    int(own["near"]),
                    own["distance"],
                )
            )
    missed = sorted((c for c in found if c.is_missed), key=lambda case: case.probability)
    alarms = sorted((c for c in found if not c.is_missed), key=lambda case: -case.probability)
    return missed[:N_ERRORS] + alarms[:N_ERRORS]


def effects(
    dataset: Dataset, model: TreatedClassifier, importances: Sequence[Importance], code: int
) -> list[Effect]:
    """Partial dependence on the most important groups: on the column with the largest effect."""
    kept, weight = keep_rare(dataset.target, EFFECT_ROWS, seed=0)
    rows = dataset.take(kept)
    if rows.full_weight is not None:
        weight = weight * rows.full_weight
    every, values = model.read(dataset.table), model.read(rows.table)

    def effect(column: str) -> Effect:
        grid = grid_values(every[column])
        means = partial_dependence(
            lambda frame: model.decide_values(frame)[1][:, code], values, grid, sample_weight=weight
        )
        is_date = dataset.roles[column] == Role.DATE
        shown = pd.Series(pd.to_datetime(grid, unit="D")) if is_date else grid
        return Effect(column, list(shown), means)

    important = [each.columns for each in importances[:N_EFFECTS] if each.increase > 0]
    used = [[name for name in columns if name in values] for columns in important]
    return [
        max(map(effect, names[:MOST_TRIED]), key=lambda each: np.ptp(each.probability))
        for names in used
        if names
    ]
