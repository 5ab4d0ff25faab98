"""Cells that fit a model again on bootstrap samples, to show how far single predictions move."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from sklearn.base import clone

from rarebit._common.threads import one_thread
from rarebit.datasets import Dataset
from rarebit.running.cells import CellKey, CellPredictions, CellResult
from rarebit.running.tasks import fit_on, library_of
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.fitting import spread

# Part of every key: raised when the same cell gives other figures than before.
VERSION = 1


@dataclass(frozen=True)
class StabilityTask:
    """Fit a model on a bootstrap sample of all rows, and predict the same rows as the others."""

    key: CellKey
    dataset: Dataset
    # Not fitted; the task clones it
    model: TreatedClassifier
    # Positions of the rows to predict
    rows: np.ndarray
    seconds: float | None = None

    def run(self) -> CellResult:
        """Draw groups of rows with replacement, fit, and predict."""
        data, model, started = self.dataset, clone(self.model), time.perf_counter()
        n = len(data.target)
        # Copies of a row are a group: no inner fold has one to fit on and one to test on.
        groups = (
            np.arange(n) if data.groups is None else np.unique(data.groups, return_inverse=True)[1]
        )
        rng = np.random.default_rng([self.key.seed, self.key.repeat])
        n_groups = int(groups.max()) + 1
        times = np.bincount(rng.integers(n_groups, size=n_groups), minlength=n_groups)
        drawn = np.repeat(np.arange(n), times[groups])
        sample = replace(data.take(drawn), groups=groups[drawn])
        with one_thread(library_of(model)):
            fit_on(model, sample)
            positions, proba = model.labelled(model.read(data.table.iloc[self.rows]))
        codes = np.unique(sample.target)
        predictions = CellPredictions(
            self.rows, codes[positions], spread(proba, codes, len(data.classes))
        )
        return CellResult(
            self.key,
            "done",
            fit_seconds=time.perf_counter() - started,
            n_train=len(drawn),
            n_test=len(self.rows),
            predictions=predictions,
        )
