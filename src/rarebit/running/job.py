"""A job: what a comparison on one data set depends on, its cells, models and refit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rarebit.datasets import Dataset
from rarebit.running.cells import Candidate, CellKey
from rarebit.running.plans import Plan
from rarebit.running.protocols import Protocol
from rarebit.running.provenance import config_hash, fingerprint, object_hash
from rarebit.running.tasks import CellTask, fit_on
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.splits import Split, stratified_subsample

# Part of every key: raised when the same cell gives other figures than before.
CELL_VERSION = 2


@dataclass(frozen=True)
class PlannedCells:
    """The cells of one data set.

    Attributes
    ----------
    dataset : Dataset
        The data set, cut to the protocol's number of rows.
    tasks : list of CellTask
        Fold by fold, so that an interrupted run has whole folds of every candidate.
    n_splits : int
        Outer training and test sets.
    settings : dict
        What the figures depend on, as plain values.
    notes : list of str
        What had to be changed: fewer rows, fewer folds.
    """

    dataset: Dataset
    tasks: list[CellTask]
    n_splits: int
    settings: dict[str, Any]
    notes: list[str]


@dataclass(frozen=True)
class Job:
    """Everything that a comparison on one data set depends on.

    Attributes
    ----------
    dataset : Dataset
        All rows.
    plan : Plan
        The candidates.
    protocol : Protocol
        What is fitted on which rows.
    metric : str
        What ranks the candidates, and what searches and thresholds optimise.
    cost_matrix : ndarray of shape (n_classes, n_classes) or None
        ``cost[true, decided]``, in the order of the data set's classes.
    device : str
        Where the classifiers that support devices compute.

    Examples
    --------
    >>> from rarebit.datasets import load_dataset
    >>> from rarebit.running.plans import make_plan
    >>> from rarebit.zoo import PRESETS
    >>> wine = load_dataset("wine_rare")
    >>> plan = make_plan(wine, PRESETS["quick"], models=["knn"], treatments=["untouched", "smote"])
    >>> job = Job(wine, plan, Protocol(n_folds=3), "macro_f1")
    >>> len(job.cells().tasks), job.refit(("knn", "smote")).classes_.tolist()
    (6, ['class_0', 'class_1', 'class_2'])
    """

    dataset: Dataset
    plan: Plan
    protocol: Protocol
    metric: str
    cost_matrix: np.ndarray | None = None
    device: str = "cpu"

    def cells(self) -> PlannedCells:
        """Lay out every candidate on every split; nothing is fitted yet.

        Returns
        -------
        PlannedCells
            The tasks and what they depend on.

        Raises
        ------
        InputError
            If the rows cannot be split.
        """
        protocol = self.protocol
        dataset, cut = _cut_rows(self.dataset, protocol)
        splits, fewer = protocol.splits(dataset)
        settings = {
            "dataset": dataset.name,
            "fingerprint": fingerprint(dataset),
            "metric": self.metric,
            "cost_matrix": None if self.cost_matrix is None else self.cost_matrix.tolist(),
            "protocol": protocol.settings(),
        }
        depends_on = {**settings, "device": self.device, "version": CELL_VERSION}
        tasks = []
        for split in splits:
            for candidate in self.plan.candidates:
                own = [
                    object_hash(self.plan.own[name]) for name in candidate if name in self.plan.own
                ]
                key = CellKey(
                    dataset.name,
                    *candidate,
                    protocol.name,
                    protocol.seed,
                    split.repeat,
                    split.fold,
                    config_hash({**depends_on, "own": own}),
                )
                model = self.model(candidate)
                model.set_params(random_state=_seed_of(protocol.seed, split))
                tasks.append(CellTask(key, dataset, split, model, cost_matrix=self.cost_matrix))
        return PlannedCells(dataset, tasks, len(splits), settings, [*cut, *fewer])

    def model(self, candidate: Candidate) -> TreatedClassifier:
        """Return the unfitted model of a candidate.

        Parameters
        ----------
        candidate : (str, str)
            Classifier and treatment, by their names in the plan.

        Returns
        -------
        TreatedClassifier
            Unfitted.
        """
        dataset, protocol = self.dataset, self.protocol
        classifier, treatment = (self.plan.own.get(name, name) for name in candidate)
        by_cost = self.metric == "expected_cost"
        return TreatedClassifier(
            classifier,
            treatment,
            metric="macro_f1" if by_cost else self.metric,
            positive=None if dataset.positive is None else dataset.classes[dataset.positive],
            cost_matrix=self.cost_matrix if by_cost else None,
            cost_classes=dataset.classes if by_cost else None,
            roles=dataset.roles,
            n_configs=protocol.n_configs,
            search=protocol.search,
            inner_folds=protocol.inner_folds,
            search_rows=protocol.search_rows,
            calibrate=protocol.calibrate,
            device=self.device,
            random_state=protocol.seed,
        )

    def refit(self, winner: Candidate, time_limit: float | None = None) -> TreatedClassifier:
        """Fit a candidate on all rows.

        Parameters
        ----------
        winner : (str, str)
            Classifier and treatment, by their names in the plan.
        time_limit : float, optional
            Seconds after which the search tries no further configuration.

        Returns
        -------
        TreatedClassifier
            Fitted.
        """
        return fit_on(self.model(winner).set_params(time_limit=time_limit), self.dataset)


def _cut_rows(dataset: Dataset, protocol: Protocol) -> tuple[Dataset, list[str]]:
    """Cut a data set that is larger than the budget to a stated subsample."""
    n_rows = len(dataset.target)
    if protocol.max_rows is None or n_rows <= protocol.max_rows:
        return dataset, []
    chosen = stratified_subsample(dataset.target, protocol.max_rows, seed=protocol.seed)
    note = (
        f"Compared on a stratified subsample of {len(chosen):,} of {n_rows:,} rows, the most that "
        "this preset takes; the preset 'thorough' takes all."
    )
    return dataset.take(chosen), [note]


def _seed_of(seed: int, split: Split) -> int:
    """Seed of a split, the same on every machine.

    All candidates share it, and with it inner folds, searched rows and configurations: otherwise
    luck would add to their differences.
    """
    words = [seed, split.repeat, split.fold]
    return int(np.random.SeedSequence(words).generate_state(1)[0] >> 1)
