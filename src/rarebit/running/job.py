"""A job: what a comparison on one data set depends on, its cells, models and refit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rarebit.datasets import Dataset
from rarebit.metrics import Metric
from rarebit.running.cells import Candidate, CellKey
from rarebit.running.plans import Plan
from rarebit.running.protocols import Protocol
from rarebit.running.provenance import config_hash, fingerprint, object_hash
from rarebit.running.tasks import CellTask, fit_on
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.objective import EXPECTED_COST, get_objective
from rarebit.zoo.splits import Split, stratified_subsample

# Part of every key: raised when the same cell gives other figures than before.
CELL_VERSION = 2


@dataclass(frozen=True)
class PlannedCells:
    """The cells of one data set."""

    # The data set, cut to the protocol's number of rows
    dataset: Dataset
    # Fold by fold, so that an interrupted run has whole folds of every candidate
    tasks: list[CellTask]
    n_splits: int
    # What the figures depend on, as plain values
    settings: dict[str, Any]
    # What had to be changed: fewer rows, fewer folds
    notes: list[str]


@dataclass(frozen=True)
class Job:
    """Everything that a comparison on one data set depends on."""

    dataset: Dataset
    plan: Plan
    protocol: Protocol
    # What ranks the candidates, and what searches and thresholds optimise
    metric: str
    # ``cost[true, decided]``, in the order of the data set's classes
    cost_matrix: np.ndarray | None = None
    # Where the classifiers that support devices compute
    device: str = "cpu"

    @property
    def objective(self) -> Metric:
        """What ranks, as a metric that can be computed."""
        return get_objective(self.metric, self.cost_matrix)

    def cells(self) -> PlannedCells:
        """Lay out every candidate on every split; nothing is fitted yet."""
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
        """Return the unfitted model of a candidate."""
        dataset, protocol = self.dataset, self.protocol
        classifier, treatment = (self.plan.own.get(name, name) for name in candidate)
        by_cost = self.metric == EXPECTED_COST
        return TreatedClassifier(
            classifier,
            treatment,
            metric="macro_f1" if by_cost else self.metric,
            positive=None if dataset.positive is None else dataset.classes[dataset.positive],
            cost_matrix=self.cost_matrix if by_cost else None,
            cost_classes=dataset.classes if by_cost else None,
            roles=dataset.roles,
            spellings=dataset.spellings,
            n_configs=protocol.n_configs,
            search=protocol.search,
            inner_folds=protocol.inner_folds,
            search_rows=protocol.search_rows,
            calibrate=protocol.calibrate,
            device=self.device,
            random_state=protocol.seed,
        )

    def refit(self, winner: Candidate, time_limit: float | None = None) -> TreatedClassifier:
        """Fit the winner on all rows; its search stops after ``time_limit`` seconds."""
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
