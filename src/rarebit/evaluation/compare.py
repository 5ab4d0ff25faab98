"""The main job: compare treatments of the class imbalance on one table, honestly."""

from __future__ import annotations

import time as clock
import warnings
from collections.abc import Callable, Iterable, Sized
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from joblib import cpu_count

from rarebit._common.devices import check_device
from rarebit._common.parameters import check_count
from rarebit._common.random_state import check_seed
from rarebit.datasets import Dataset, make_dataset
from rarebit.decision import check_cost_matrix, parse_costs
from rarebit.evaluation.comparison import Comparison
from rarebit.evaluation.summary import summarise
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.metrics import get_metric
from rarebit.running.cells import Candidate, CellResult
from rarebit.running.job import Job, PlannedCells
from rarebit.running.plans import make_plan
from rarebit.running.protocols import (
    PROTOCOLS,
    Protocol,
)
from rarebit.running.provenance import versions
from rarebit.running.runner import run_cells
from rarebit.running.store import Store
from rarebit.running.tasks import CellTask
from rarebit.zoo import PRESETS, Preset

# Share of the time budget that is kept back for the refit and the report.
RESERVED = 0.1
# Share of a fit's time that its search may take: folds, calibration and the fit need the rest.
FOR_SEARCH = 0.5
MOST_JOBS = 64


@dataclass(frozen=True)
class Progress:
    """What a comparison tells while it runs; every part may be left out.

    Attributes
    ----------
    on_start : callable (tasks, n_known) -> None
        The cells to run, in order, and how many others the store held already.
    on_result : callable (CellResult) -> None
        A cell came in and is safe.
    on_refit : callable (Candidate) -> None
        The winner is being refitted on all rows.
    """

    on_start: Callable[[list[CellTask], int], None] = lambda tasks, n_known: None
    on_result: Callable[[CellResult], None] = lambda result: None
    on_refit: Callable[[Candidate], None] = lambda candidate: None


def compare(
    X: Any,
    y: Any = None,
    *,
    models: Any = None,
    treatments: Iterable[Any] | None = None,
    protocol: str | Protocol = "strict",
    preset: str | Preset = "default",
    metric: str | None = None,
    cost: str | np.ndarray | None = None,
    positive: Any = None,
    groups: Any = None,
    time: Any = None,
    sample_weight: Any = None,
    seed: int | None = None,
    jobs: int = 1,
    device: str = "cpu",
    time_budget: float | None = None,
    store: str | Path | Store | None = None,
    refit: bool = True,
    progress: Progress | None = None,
) -> Comparison:
    """Find out which treatment of the class imbalance works on a table.

    Parameters
    ----------
    X : Dataset, DataFrame or array of shape (n_rows, n_features)
        The table; text, dates and missing values are welcome.
    y : array of shape (n_rows,) or str
        Class labels, or the name of their column in ``X``. Not needed with a ``Dataset``.
    models : list or dict, optional
        Names of classifiers, in place of the preset's; estimators and samplers of your own join.
    treatments : list, optional
        Names of treatments, in place of the preset's; samplers of your own join.
    protocol : {"strict", "paper"} or Protocol, default="strict"
        Who is fitted on which rows. A ``Protocol`` overrides the preset's folds and budget.
    preset : {"quick", "default", "thorough"} or Preset, default="default"
        How much is compared.
    metric : str, optional
        What ranks, and what searches and thresholds optimise; by default ``"expected_cost"`` where
        ``cost`` is given, else ``"macro_f1"``.
    cost : str or array of shape (n_classes, n_classes), optional
        Cost of mistakes: ``"fn=10,fp=1"``, or ``cost[true, decided]`` in the order of the classes.
    positive : label, optional
        The rare class of a two-class problem; the rarer one where not given.
    groups, time, sample_weight : array of shape (n_rows,) or str, optional
        Rows of one group stay together; splits look back in time only; weights count in fitting and
        scoring. Arrays, or names of columns of ``X``.
    seed : int, optional
        Seed of everything; that of the protocol where not given (0, and 42 for ``"paper"``).
    jobs : int, default=1
        Worker processes; -1 for one a core. The figures do not depend on it.
    device : str, default="cpu"
        Where the classifiers that know devices compute, such as ``"cuda"``.
    time_budget : float, optional
        Seconds for the whole comparison. Cells that do not fit in are left out, and said. A later
        run without it does those again whose search it cut short.
    store : str, Path or Store, optional
        Where finished cells are kept; cells found there are not run again.
    refit : bool, default=True
        Refit the winner on all rows.
    progress : Progress, optional
        Callbacks.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        If the input cannot be compared on; says what to mend.

    Examples
    --------
    >>> from rarebit.datasets import load_dataset
    >>> outcome = compare(
    ...     load_dataset("breast_cancer_rare"),
    ...     models=["logistic_regression"],
    ...     treatments=["untouched", "tuned_threshold"],
    ...     preset="quick",
    ... )
    >>> outcome.ranking["treatment"].tolist()  # doctest: +SKIP
    """
    started = clock.time()
    progress = progress or Progress()
    jobs = worker_count(jobs)
    if seed is not None:
        check_seed(seed)
    check_device(device)
    _check_choices(models, treatments, time_budget)
    dataset = _as_dataset(X, y, positive, groups, time, sample_weight)
    preset = _preset(preset)
    protocol = _protocol(protocol, preset, len(dataset.target), seed)
    cost_matrix = _cost_matrix(cost, dataset)
    metric = _metric(metric, cost_matrix)
    plan = make_plan(dataset, preset, models=models, treatments=treatments)
    job = Job(dataset, plan, protocol, metric, cost_matrix, device)
    planned = job.cells()
    notes = [*planned.notes, *_one_sided(planned)]
    for note in notes:
        warnings.warn(note, RarebitWarning, stacklevel=2)
    budget = None if time_budget is None else _Budget(time_budget, started)
    results = _results(planned.tasks, store, jobs, budget, progress)
    optimism = [protocol.optimism] if protocol.optimism else []
    comparison = summarise(
        planned.dataset,
        plan,
        results,
        n_planned=len(planned.tasks),
        metric=metric,
        warnings=[*dataset.notes, *notes, *optimism],
        settings={
            **planned.settings,
            "preset": preset.name,
            "seed": protocol.seed,
            "jobs": jobs,
            "device": device,
            "time_budget": time_budget,
            "folds": planned.n_splits,
        },
        versions=versions(),
    )
    if not refit:
        return comparison
    progress.on_refit(comparison.best)
    limit = None if budget is None else budget.left() * FOR_SEARCH
    return replace(comparison, model=job.refit(comparison.best, time_limit=limit))


@dataclass(frozen=True)
class _Budget:
    """The time of a whole comparison, which began at ``started`` (of ``time.time()``)."""

    seconds: float
    started: float

    def left(self) -> float:
        """Seconds that are left."""
        return max(0.0, self.started + self.seconds - clock.time())

    def share(self, tasks: list[CellTask], jobs: int) -> list[CellTask]:
        """Give every cell the same share of the time."""
        limit = self.seconds * (1 - RESERVED) * jobs / len(tasks) * FOR_SEARCH
        return [replace(task, model=task.model.set_params(time_limit=limit)) for task in tasks]

    def ends_at(self) -> float:
        """When cells must be finished."""
        return self.started + self.seconds * (1 - RESERVED)


def _results(
    tasks: list[CellTask],
    store: str | Path | Store | None,
    jobs: int,
    budget: _Budget | None,
    progress: Progress,
) -> list[CellResult]:
    """Run the cells that the store lacks; return what there is of all of them."""
    kept = store if isinstance(store, Store) else Store(store or ":memory:")
    if budget is None:
        kept.forget_cut_searches(task.key for task in tasks)
    else:
        tasks = budget.share(tasks, jobs)
    known = kept.keys()
    missing = [task for task in tasks if task.key not in known]
    progress.on_start(missing, len(tasks) - len(missing))
    ends_at = None if budget is None else budget.ends_at()
    run_cells(missing, kept, jobs=jobs, ends_at=ends_at, on_result=progress.on_result)
    return [result for task in tasks if (result := kept.get(task.key)) is not None]


def _metric(metric: str | None, cost_matrix: np.ndarray | None) -> str:
    """What ranks: as named, or else the expected cost where there are costs."""
    metric = metric or ("macro_f1" if cost_matrix is None else "expected_cost")
    if metric != "expected_cost":
        get_metric(metric)
    elif cost_matrix is None:
        raise InputError("The metric 'expected_cost' needs costs; give cost='fn=10,fp=1', say.")
    return metric


def worker_count(jobs: int) -> int:
    """Number of worker processes; -1 is one a core.

    Raises
    ------
    InputError
        If it is 0 or less and not -1, or more than any machine bears.

    Examples
    --------
    >>> worker_count(3)
    3
    """
    most = max(MOST_JOBS, 4 * cpu_count())
    check_count("jobs", jobs, -1)
    if jobs == 0 or jobs > most:
        raise InputError(
            f"jobs is {jobs}; give a number of worker processes up to {most}, or -1 for one a core."
        )
    return cpu_count() if jobs == -1 else jobs


def _check_choices(models: Any, treatments: Any, time_budget: float | None) -> None:
    """Refuse choices of nothing, and times that are none."""
    for name, chosen in (("models", models), ("treatments", treatments)):
        if isinstance(chosen, Sized) and len(chosen) == 0:
            raise InputError(f"{name} is empty; name some, or leave it out for the preset's.")
    if time_budget is None:
        return
    if not isinstance(time_budget, int | float) or not 0 < time_budget < float("inf"):
        raise InputError(f"time_budget is {time_budget!r}; give seconds, more than 0.")


def _one_sided(planned: PlannedCells) -> list[str]:
    """Say how many test parts lack the rare class; refuse splits that nothing can be learnt on."""
    dataset = planned.dataset
    by_fold = {(task.key.repeat, task.key.fold): task.split for task in planned.tasks}
    splits = list(by_fold.values())
    if all(len(np.unique(dataset.target[split.train])) < 2 for split in splits):
        raise InputError(
            f"'{dataset.name}' cannot be learnt from: every training part holds one class only, "
            "since the groups or the moments go with the classes. Leave out the groups or the time "
            "if they do not matter, or take rows in which each goes with several classes."
        )
    if dataset.positive is None:
        return []
    lacking = sum(not (dataset.target[split.test] == dataset.positive).any() for split in splits)
    if not lacking:
        return []
    return [
        f"{lacking} of {len(splits)} test parts hold no row of class "
        f"{dataset.classes[dataset.positive]!r}: their scores are those of the other class alone "
        "and flatter the means."
    ]


def _as_dataset(
    X: Any, y: Any, positive: Any, groups: Any, time: Any, sample_weight: Any
) -> Dataset:
    roles = {"positive": positive, "groups": groups, "time": time, "weights": sample_weight}
    if isinstance(X, Dataset):
        given = [name for name, value in {"y": y, **roles}.items() if value is not None]
        if given:
            raise InputError(
                f"{', '.join(given)} cannot be given beside a Dataset; set them in make_dataset()."
            )
        return X
    if y is None:
        raise InputError("y is missing: give the labels, or the name of the target column in X.")
    return make_dataset(X, y, **roles)


def _preset(preset: str | Preset) -> Preset:
    if isinstance(preset, Preset):
        return preset
    if preset not in PRESETS:
        raise InputError(f"There is no preset '{preset}'; choose one of {', '.join(PRESETS)}.")
    return PRESETS[preset]


def _protocol(protocol: str | Protocol, preset: Preset, n_rows: int, seed: int | None) -> Protocol:
    if isinstance(protocol, Protocol):
        return protocol if seed is None else replace(protocol, seed=seed)
    if protocol not in PROTOCOLS:
        raise InputError(
            f"There is no protocol '{protocol}'; choose one of {', '.join(PROTOCOLS)}."
        )
    if protocol == "paper":
        return Protocol.paper() if seed is None else Protocol.paper(seed=seed)
    return Protocol.from_preset(preset, n_rows, seed=seed or 0)


def _cost_matrix(cost: str | np.ndarray | None, dataset: Dataset) -> np.ndarray | None:
    if cost is None:
        return None
    if isinstance(cost, str):
        if not cost.strip():
            raise InputError("cost is empty; give 'fn=10,fp=1', say, or leave it out.")
        return parse_costs(cost, dataset.classes, dataset.positive)
    matrix = check_cost_matrix(cost, len(dataset.classes))
    if (matrix < 0).any() or not matrix.any():
        raise InputError("Costs must be numbers of 0 or more, and not all of them 0.")
    return matrix
