"""Runs tasks: in this process, in local workers, or on a Dask cluster. Only the driver writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from joblib import Parallel, delayed

from rarebit.running.cells import CellResult
from rarebit.running.dask_workers import dask_client, dask_results, n_workers
from rarebit.running.limits import TimeLimitExceeded, time_limit
from rarebit.running.store import Store
from rarebit.running.tasks import Task

STORE_NAME = "cells.sqlite"


def run_task(task: Task, ends_at: float | None = None) -> CellResult:
    """Run one task within its limits; what goes wrong is part of the result."""
    left = None if ends_at is None else ends_at - time.time()
    try:
        # A cell's own limit is in processor time: what else the machine does is not its fault.
        with time_limit(left), time_limit(task.seconds, time.process_time):
            return task.run()
    except TimeLimitExceeded:
        if ends_at is not None and time.time() >= ends_at:
            return CellResult(task.key, "cut", error="The time budget of the whole run ended.")
        return CellResult(
            task.key, "timeout", error=f"Ended after {task.seconds:g} s of processor time."
        )
    except Exception as error:
        # A cell that fails is a result: it is recorded, ranked last, and the others continue.
        return CellResult(task.key, "failed", error=f"{type(error).__name__}: {error}")


def run_cells(
    tasks: Sequence[Task],
    store: Store,
    *,
    jobs: int = 1,
    backend: str = "loky",
    address: str | None = None,
    ends_at: float | None = None,
    on_result: Callable[[CellResult], None] | None = None,
) -> None:
    """Run the tasks whose cells are not in the store yet, storing each result as it arrives.

    Parameters
    ----------
    tasks : sequence of Task
        What to run. The figures depend neither on their order nor on ``jobs``.
    store : Store
        Where results go.
    jobs : int, default=1
        Worker processes on this machine; 1 runs in this process.
    backend : {"loky", "dask"}, default="loky"
        Worker processes of this machine, or a Dask cluster.
    address : str, optional
        Scheduler of a Dask cluster, such as ``"tcp://host:8786"``; without it, a cluster of
        ``jobs`` processes is started on this machine.
    ends_at : float, optional
        Moment of ``time.time()`` at which the whole run ends. Cells that are not finished then
        come as ``"cut"`` and are not stored.
    on_result : callable (CellResult) -> None, optional
        Called by the driver after each cell is safe in the store.

    Examples
    --------
    >>> from rarebit.running import CellKey, ScoreTask
    >>> store = Store()
    >>> run_cells([ScoreTask(CellKey("wine", "arm"), lambda: {"f1": 0.5})], store)
    >>> store.frame()["f1"].tolist()
    [0.5]
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
    run = partial(run_task, ends_at=ends_at)
    with dask_client(jobs, address) if backend == "dask" else nullcontext() as client:
        while missing:
            try:
                for result in _results(run, list(missing.values()), jobs, client):
                    keep(result)
            except BrokenProcessPool:
                # A worker died (out of memory, say), taking the pool with it. The cells in flight
                # are the first that are missing: each runs alone, which shows the one to blame.
                in_flight = 2 * (jobs if client is None else n_workers(client))
                for task in list(islice(missing.values(), in_flight)):
                    keep(_run_alone(run, task, client))


def run_in_folder(
    tasks: Sequence[Task],
    folder: str | Path,
    *,
    csv_name: str = "cells.csv",
    retry_failed: bool = False,
    on_start: Callable[[list[Any], int], None] = lambda tasks, n_known: None,
    **options: Any,
) -> Store:
    """Run the tasks whose cells a folder does not hold yet; export all of its cells in the end.

    Parameters
    ----------
    tasks : sequence of Task
        All cells.
    folder : path
        Holds the store, ``cells.sqlite``, and its export. A missing store is refilled from the
        export.
    csv_name : str, default="cells.csv"
        Name of the export; compressed if it ends in ``.gz``.
    retry_failed : bool, default=False
        Run cells again that failed or ran out of time.
    on_start : callable (tasks, n_known) -> None, optional
        Called with the tasks to run and the number of cells known already.
    **options
        Passed to :func:`run_cells`.

    Returns
    -------
    Store
        Open.
    """
    export = Path(folder) / csv_name
    store = Store(Path(folder) / STORE_NAME)
    try:
        if export.exists():
            store.import_csv(export)
        if retry_failed:
            store.forget_failed()
        known = store.keys()
        missing = [task for task in tasks if task.key not in known]
        on_start(missing, len(tasks) - len(missing))
        try:
            run_cells(missing, store, **options)
        finally:
            store.export_csv(export)
    except BaseException:
        store.close()
        raise
    return store


def _results(
    run: Callable[[Task], CellResult], tasks: Sequence[Task], jobs: int, client: Any
) -> Iterator[CellResult]:
    """Results as they arrive: from a cluster, from this process, from worker processes."""
    if client is not None:
        return dask_results(run, tasks, client)
    if jobs == 1:
        return map(run, tasks)
    pool = Parallel(n_jobs=jobs, backend="loky", return_as="generator_unordered", batch_size=1)
    return iter(pool(delayed(run)(task) for task in tasks))


def _run_alone(run: Callable[[Task], CellResult], task: Task, client: Any) -> CellResult:
    """Run a cell with no other beside it, so that a worker's death is this cell's failure."""
    try:
        # With n_jobs=1 joblib would run it in this process.
        [result] = _results(run, [task], 2, client)
        return result
    except BrokenProcessPool:
        return CellResult(
            task.key, "failed", error="The worker process died, most likely out of memory."
        )
