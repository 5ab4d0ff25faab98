"""A job: what a comparison on one data set depends on, its cells, models and refit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rarebit._common.checks import Remark, finds
from rarebit.datasets import Dataset
from rarebit.decision.constraints import CONFIDENCE
from rarebit.decision.costs import Costs
from rarebit.exceptions import InputError
from rarebit.metrics import Metric
from rarebit.running.cells import Candidate, CellKey
from rarebit.running.plans import Plan
from rarebit.running.protocols import Protocol
from rarebit.running.provenance import config_hash, fingerprint, object_hash
from rarebit.running.tasks import CellTask, fit_on
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.cuts import keep_rare, kept_rows
from rarebit.zoo.objective import EXPECTED_COST, get_objective
from rarebit.zoo.splits import Split

# Part of every key: raised when the same cell gives other figures than before.
CELL_VERSION = 6


@dataclass(frozen=True)
class PlannedCells:
    """The cells of one data set."""

    # Fold by fold, so that an interrupted run has whole folds of every candidate
    tasks: list[CellTask]
    # Positions in the data set, cut to the protocol's numbers of rows
    splits: list[Split]
    # Test rows per training row before these cuts, which decides how much folds overlap
    test_ratio: float
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
    # What ranks the probabilities and what searches optimise, where ``metric`` is to rank only the
    # decisions
    probability_metric: str | None = field(default=None, kw_only=True)
    # Costs of decisions; amounts that they name are those of the data set
    costs: Costs | None = None
    # Where the classifiers that support devices compute
    device: str = "cpu"
    # Encoders of text of many values: see :class:`rarebit.zoo.TreatedClassifier`
    text: str = "target"
    # Operating points, and the confidence with which they are to hold
    at: tuple[str, ...] = ()
    confidence: float = CONFIDENCE
    # Rows that a person decides
    review: str | None = None

    @property
    def objective(self) -> Metric:
        """What ranks, as a metric that can be computed."""
        return get_objective(self.metric, self.cost_of_rows)

    @property
    def cost_of_rows(self) -> np.ndarray | None:
        """Costs ``[true, decided]``, or ``[row, true, decided]`` where they name amounts."""
        return None if self.costs is None else self.costs.matrix(self.dataset.amounts)

    def cells(self) -> PlannedCells:
        """Lay out every candidate on every split; nothing is fitted yet."""
        protocol, dataset = self.protocol, self.dataset
        whole, fewer = protocol.splits(dataset)
        splits = [self._cut(split) for split in whole]
        settings = {
            "dataset": dataset.name,
            "fingerprint": fingerprint(dataset),
            "metric": self.metric,
            "probability_metric": self.probability_metric,
            "cost_matrix": None if self.costs is None else self.costs.as_lists(),
            "protocol": protocol.settings(),
            **({} if self.text == "target" else {"text": self.text}),
            **({"at": list(self.at), "confidence": self.confidence} if self.at else {}),
            **({} if self.review is None else {"review": self.review}),
        }
        depends_on = {**settings, "device": self.device, "version": CELL_VERSION}
        tasks = []
        for split in splits:
            rows, local = _alone(dataset, split)
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
                task = CellTask(key, rows, local, model, costs=self.costs)
                tasks.append(task if rows is dataset else replace(task, rows=_used(split)))
        ratio = float(np.mean([len(split.test) / len(split.train) for split in whole]))
        notes: list[str] = [
            Remark("RB102", note) for note in (*self._cut_notes(whole, splits), *fewer)
        ]
        return PlannedCells(tasks, splits, ratio, settings, notes)

    def _cut(self, split: Split) -> Split:
        """Cut a split to the budgets: training rows with rare ones first, test rows at random."""
        protocol, y = self.protocol, self.dataset.target
        seed = _seed_of(protocol.seed, split)
        if protocol.max_rows is not None and len(split.train) > protocol.max_rows:
            chosen, weight = keep_rare(y[split.train], protocol.max_rows, seed=seed)
            split = replace(split, train=split.train[chosen], design_weight=weight)
        if protocol.max_test_rows is not None and len(split.test) > protocol.max_test_rows:
            rng = np.random.default_rng(seed)
            drawn = rng.choice(split.test, size=protocol.max_test_rows, replace=False)
            split = replace(split, test=np.sort(drawn))
        return split

    def _cut_notes(self, whole: Sequence[Split], cut: Sequence[Split]) -> list[str]:
        """Say what was kept of the largest split, if anything was cut."""
        y, names = self.dataset.target, [str(name) for name in self.dataset.classes]
        before, after = max(zip(whole, cut, strict=True), key=lambda pair: len(pair[0].train))
        notes = []
        if len(after.train) < len(before.train):
            notes.append(
                f"Training sets are cut to {self.protocol.max_rows:,} rows (max_rows), rare ones "
                f"first: the largest keeps {kept_rows(y[before.train], y[after.train], names)}. "
                "Probabilities, thresholds and searches are corrected for this."
            )
        before, after = max(zip(whole, cut, strict=True), key=lambda pair: len(pair[0].test))
        if len(after.test) < len(before.test):
            notes.append(
                f"Scores are those on {len(after.test):,} of {len(before.test):,} rows of each "
                "test set, drawn at random (max_test_rows)."
            )
        elif notes:
            notes[0] += " Scores are those on whole test sets."
        return notes

    def model(self, candidate: Candidate) -> TreatedClassifier:
        """Return the unfitted model of a candidate."""
        dataset, protocol = self.dataset, self.protocol
        classifier, treatment = (self.plan.own.get(name, name) for name in candidate)
        costs = self.costs if self.metric == EXPECTED_COST else None
        return TreatedClassifier(
            classifier,
            treatment,
            metric=self.metric if costs is None else "macro_f1",
            search_metric=self.probability_metric,
            positive=None if dataset.positive is None else dataset.classes[dataset.positive],
            cost_matrix=None if costs is None else costs.as_lists(),
            cost_classes=None if costs is None else dataset.classes,
            at=list(self.at) or None,
            confidence=self.confidence,
            review=self.review,
            roles=dataset.table_roles,
            spellings=dataset.spellings,
            n_configs=protocol.n_configs,
            search=protocol.search,
            inner_folds=protocol.inner_folds,
            search_rows=protocol.search_rows,
            max_rows=protocol.max_rows,
            calibrate=protocol.calibrate,
            device=self.device,
            text=self.text,
            random_state=protocol.seed,
        )

    @property
    def n_refit(self) -> int:
        """Rows that a refit is fitted on."""
        n_rows = len(self.dataset.target)
        return min(n_rows, self.protocol.max_rows or n_rows)

    def refit(
        self, winner: Candidate, *, time_limit: float | None = None, max_rows: int | None = None
    ) -> TreatedClassifier:
        """Fit the winner on all rows, cut to ``max_rows``; ``time_limit`` ends its search."""
        model = self.model(winner).set_params(time_limit=time_limit)
        if max_rows is not None and max_rows < self.n_refit:
            model.set_params(max_rows=max_rows)
        return fit_on(model, self.dataset)


@finds("RB101")
def missing_classes(dataset: Dataset, splits: Sequence[Split]) -> list[str]:
    """Refuse training sets that all hold one class; warn of test sets without the rare class."""
    if all(len(np.unique(dataset.target[split.train])) < 2 for split in splits):
        raise InputError(
            f"No model can be trained on '{dataset.name}': every training set holds one class "
            "only, because the groups or the times coincide with the classes. Leave out "
            "`groups` or `time`, or use rows whose groups and times hold several classes."
        )
    if dataset.positive is None:
        return []
    lacking = sum(not (dataset.target[split.test] == dataset.positive).any() for split in splits)
    if not lacking:
        return []
    return [
        f"{lacking} of {len(splits)} test sets hold no row of class "
        f"{dataset.classes[dataset.positive]!r}. They are scored on the other class alone, so the "
        "means are too optimistic."
    ]


def _used(split: Split) -> np.ndarray:
    """Positions in the data set of the rows that a split uses."""
    return np.concatenate([split.train, split.test])


def _alone(dataset: Dataset, split: Split) -> tuple[Dataset, Split]:
    """Return the rows of a cut split, and the split of these: workers are not sent the others."""
    used = _used(split)
    if len(used) == len(dataset.target):
        return dataset, split
    n_train = len(split.train)
    places = np.arange(n_train), np.arange(n_train, len(used))
    return dataset.take(used), replace(split, train=places[0], test=places[1])


def _seed_of(seed: int, split: Split) -> int:
    """Seed of a split, the same on every machine.

    All candidates share it, and with it inner folds, searched rows and configurations: otherwise
    luck would add to their differences.
    """
    words = [seed, split.repeat, split.fold]
    return int(np.random.SeedSequence(words).generate_state(1)[0] >> 1)
