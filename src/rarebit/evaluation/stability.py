"""Stability: how far the risk of one person moves if the model is fitted on another sample.

Riley and Collins (Biometrical Journal 65, 2023): bootstrap refits of the whole procedure, compared
with the final model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from rarebit._common.wording import count, number, percent
from rarebit.evaluation.outcome import rare_classes
from rarebit.running.job import Job
from rarebit.running.provenance import config_hash
from rarebit.running.runner import run_cells
from rarebit.running.stability import VERSION, StabilityTask
from rarebit.running.store import Store
from rarebit.zoo.cuts import keep_rare

if TYPE_CHECKING:  # it holds a Stability
    from rarebit.evaluation.comparison import Comparison

# Rows that are predicted, rare ones first.
MOST_ROWS = 1000


@dataclass(frozen=True, eq=False)
class Stability:
    """How far predictions move between bootstrap refits.

    Attributes
    ----------
    label : str
        The class whose probability is predicted.
    n_refits : int
        Refits that were finished.
    probability : ndarray of shape (n_rows,)
        Probability that the final model gives.
    error : ndarray of shape (n_rows,)
        Mean absolute difference of the refits from it: the mean absolute prediction error.
    changed : ndarray of shape (n_rows,)
        Share of the refits that decide another class: the classification instability.
    weight : ndarray of shape (n_rows,)
        Rows of the table that each row stands for.
    """

    label: str
    n_refits: int
    probability: np.ndarray
    error: np.ndarray
    changed: np.ndarray
    weight: np.ndarray

    @property
    def mean_error(self) -> float:
        """Average of ``error`` over the rows of the table (MAPE)."""
        return float(np.average(self.error, weights=self.weight))

    @property
    def mean_changed(self) -> float:
        """Average of ``changed`` over the rows of the table."""
        return float(np.average(self.changed, weights=self.weight))

    @property
    def sentence(self) -> str:
        """Say how far predictions move."""
        points = number(100 * self.mean_error, 1)
        return (
            f"Stability over {count(self.n_refits, 'bootstrap refit')}: the probability of class "
            f"{self.label!r} of one row moves by {points} percentage points on average, and the "
            f"decision changes in {percent(self.mean_changed)} of the refits."
        )


def stability_of(
    probability: np.ndarray,
    labels: np.ndarray,
    refits: list[tuple[np.ndarray, np.ndarray]],
    weight: np.ndarray,
    label: str,
) -> Stability:
    """Compare probabilities and labels ``(n_rows,)`` with those of each refit."""
    error = np.mean([np.abs(proba - probability) for proba, _ in refits], axis=0)
    changed = np.mean([other != labels for _, other in refits], axis=0)
    return Stability(label, len(refits), probability, error, changed, weight)


def with_stability(
    job: Job, comparison: Comparison, store: Store, jobs: int, n_refits: int
) -> Comparison:
    """Add the stability of the final model; without a model there is none."""
    dataset, model = job.dataset, comparison.model
    if model is None:
        return comparison
    rows, weight = keep_rare(dataset.target, MOST_ROWS, seed=job.protocol.seed)
    keys = (task.key for task in job.cells().tasks)
    first = next(key for key in keys if key.candidate == comparison.best)
    depends_on = {"cell": first.config_hash, "version": VERSION}
    key = replace(first, protocol="stability", fold=0, config_hash=config_hash(depends_on))
    tasks = [
        StabilityTask(replace(key, repeat=k), dataset, job.model(comparison.best), rows)
        for k in range(n_refits)
    ]
    run_cells(tasks, store, jobs=jobs)
    results = list(filter(None, (store.get(task.key) for task in tasks)))
    found = [result.predictions for result in results if result.predictions is not None]
    if not found:
        why = next((each.error for each in results if each.error), "no refit kept its predictions.")
        note = f"Stability was not measured: {why}"
        return replace(comparison, left_out=[*comparison.left_out, note])
    code = rare_classes(dataset)[0]
    refits = [(each.proba[:, code], each.labels) for each in found]
    labels, proba = model.labelled(model.read(dataset.table.iloc[rows]))
    if dataset.full_weight is not None:
        weight = weight * dataset.full_weight[rows]
    label = str(dataset.classes[code])
    stability = stability_of(proba[:, code], labels, refits, weight, label)
    return replace(comparison, stability=stability)
