"""Runs cells: in this process, in local workers, or on a Dask cluster. Only the driver writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone

from rarebit._common.threads import one_thread
from rarebit.datasets import Dataset
from rarebit.decision import expected_cost
from rarebit.metrics import METRICS, score_all
from rarebit.running.cells import CellKey, CellPredictions, CellResult
from rarebit.running.dask_workers import dask_client, dask_results, n_workers
from rarebit.running.limits import (
    TimeLimitExceeded,
    peak_memory_mib,
    reset_peak_memory,
    time_limit,
)
from rarebit.running.store import Store
from rarebit.zoo import TreatedClassifier, get_classifier
from rarebit.zoo.splits import Split

# What the report shows of the probabilities as the classifier gave them.
RAW_METRICS = ("brier", "calibration_error")


@dataclass(frozen=True)
class CellTask:
    """Everything that a worker needs to run one cell.

    Attributes
    ----------
    model : TreatedClassifier
        Not fitted; cloned by the worker.
    seconds : float or None
        The cell is given up after so much processor time.
    ends_at : float or None
        Moment of ``time.time()`` at which the whole run ends.
    keep_predictions : bool
        Whether the result carries the test predictions.
    cost_matrix : ndarray of shape (n_classes, n_classes) or None
        Costs that the result is to be scored with, whatever the model optimises.
    """

    key: CellKey
    dataset: Dataset
    split: Split
    model: TreatedClassifier
    seconds: float | None = None
    ends_at: float | None = None
    keep_predictions: bool = True
    cost_matrix: np.ndarray | None = None


def run_cell(task: CellTask) -> CellResult:
    """Fit on the training part, score on the test part; what goes wrong is part of the result."""
    left = None if task.ends_at is None else task.ends_at - time.time()
    empty = CellResult(
        task.key, "failed", n_train=len(task.split.train), n_test=len(task.split.test)
    )
    try:
        # A cell's own limit is in processor time: what else the machine does is not its fault.
        with (
            one_thread(_module_of(task.model)),
            time_limit(left),
            time_limit(task.seconds, time.process_time),
        ):
            return _fit_and_score(task, empty)
    except TimeLimitExceeded:
        if task.ends_at is not None and time.time() >= task.ends_at:
            return replace(empty, status="cut", error="The time of the whole run was up.")
        return replace(
            empty, status="timeout", error=f"Given up after {task.seconds:g} s of processor time."
        )
    except Exception as error:
        # A cell that fails is a result: it is recorded, ranked last, and the others go on.
        return replace(empty, error=f"{type(error).__name__}: {error}")


def _module_of(model: TreatedClassifier) -> str | None:
    """The optional library that a classifier of the zoo needs."""
    return get_classifier(model.classifier).module if isinstance(model.classifier, str) else None


def _fit_and_score(task: CellTask, empty: CellResult) -> CellResult:
    dataset, train, test = task.dataset, task.split.train, task.split.test

    def part(values: np.ndarray | None, rows: np.ndarray) -> np.ndarray | None:
        return None if values is None else values[rows]

    reset_peak_memory()
    started = time.perf_counter()
    model = clone(task.model)
    model.fit(
        dataset.frame.iloc[train],
        dataset.labels[train],
        part(dataset.sample_weight, train),
        groups=part(dataset.groups, train),
        time=part(dataset.time, train),
    )
    fitted = time.perf_counter()
    positions, seen_proba, seen_raw = model.decide(dataset.frame.iloc[test])
    predicted = time.perf_counter()

    codes = np.unique(dataset.target[train])  # of the model's classes, in their order
    labels = codes[positions]
    proba, raw = (_spread(p, codes, dataset) for p in (seen_proba, seen_raw))
    scores = _scores(task, labels, proba, raw, part(dataset.sample_weight, test))
    return replace(
        empty,
        status="done",
        scores=scores,
        fit_seconds=fitted - started,
        predict_seconds=predicted - fitted,
        peak_mib=peak_memory_mib(),
        notes=tuple(model.notes_),
        predictions=CellPredictions(test, labels, proba) if task.keep_predictions else None,
    )


def _spread(proba: np.ndarray, codes: np.ndarray, dataset: Dataset) -> np.ndarray:
    """Probabilities over all classes of the data set, where the training part lacked some."""
    full = np.zeros((len(proba), len(dataset.classes)))
    full[:, codes] = proba
    return full


def _scores(
    task: CellTask,
    labels: np.ndarray,
    proba: np.ndarray,
    raw: np.ndarray,
    weight: np.ndarray | None,
) -> dict[str, float]:
    y, positive = task.dataset.target[task.split.test], task.dataset.positive
    scores = score_all(y, labels, proba, positive=positive, sample_weight=weight)
    for name in RAW_METRICS:
        scores[f"raw_{name}"] = METRICS[name].function(
            y, raw, n_classes=proba.shape[1], positive=positive, sample_weight=weight
        )
    if task.cost_matrix is not None:
        scores["expected_cost"] = expected_cost(y, labels, task.cost_matrix, sample_weight=weight)
    return scores


def run_cells(
    tasks: Sequence[CellTask],
    store: Store,
    *,
    jobs: int = 1,
    backend: str = "loky",
    address: str | None = None,
    on_result: Callable[[CellResult], None] | None = None,
) -> None:
    """Run the tasks whose cells are not in the store yet, keeping each as it comes.

    Parameters
    ----------
    jobs : int, default=1
        Worker processes on this machine; 1 runs in this process.
    backend : {"loky", "dask"}, default="loky"
        Worker processes of joblib's, or a Dask cluster.
    address : str, optional
        Of the scheduler of a Dask cluster, such as ``"tcp://host:8786"``; a cluster of ``jobs``
        processes is started on this machine where not given.
    on_result : callable (CellResult) -> None, optional
        Called by the driver after each cell is safe in the store.
    """
    known = store.keys()
    missing = {task.key: task for task in tasks if task.key not in known}

    def keep(result: CellResult) -> None:
        missing.pop(result.key)
        if result.status != "cut":
            store.put(result)
        if on_result is not None:
            on_result(result)

    if not missing:
        return
    with dask_client(jobs, address) if backend == "dask" else nullcontext() as client:
        while missing:
            try:
                for result in _results(list(missing.values()), jobs, client):
                    keep(result)
            except BrokenProcessPool:
                # A worker died (out of memory, say), taking the pool with it. The cells in flight
                # are the first that are missing: each goes alone, so that the one to blame shows.
                in_flight = 2 * (jobs if client is None else n_workers(client))
                for task in list(islice(missing.values(), in_flight)):
                    keep(_run_alone(task, client))


def _results(tasks: Sequence[CellTask], jobs: int, client: Any) -> Iterator[CellResult]:
    """Results as they come: from a cluster, from this process, from worker processes."""
    if client is not None:
        return dask_results(run_cell, tasks, client)
    if jobs == 1:
        return map(run_cell, tasks)
    pool = Parallel(n_jobs=jobs, backend="loky", return_as="generator_unordered", batch_size=1)
    return iter(pool(delayed(run_cell)(task) for task in tasks))


def _run_alone(task: CellTask, client: Any) -> CellResult:
    """Run a cell with no other beside it, so that a worker's death is this cell's failure."""
    try:
        # With n_jobs=1 joblib would run it in this process.
        [result] = _results([task], 2, client)
        return result
    except BrokenProcessPool:
        return CellResult(
            task.key, "failed", error="The worker process died, most likely for want of memory."
        )
