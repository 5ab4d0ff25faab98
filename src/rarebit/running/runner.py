"""Runs tasks: in this process, in local workers, or on a Dask cluster. Only the driver writes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from multiprocessing import current_process
from typing import Any

from rarebit.running.cells import CellResult
from rarebit.running.dask_workers import run_on_dask
from rarebit.running.store import Store
from rarebit.running.tasks import Task, run_task
from rarebit.running.workers import run_in_workers


def run_cells(
    tasks: Sequence[Task],
    store: Store,
    *,
    jobs: int = 1,
    backend: str = "loky",
    address: str | None = None,
    ends_at: float | None = None,
    retry_failed: bool = False,
    on_start: Callable[[list[Any], int], None] | None = None,
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
        Worker processes on this machine. 1 runs in this process, unless a time limit is set: only
        another process can be ended whatever it computes.
    backend : {"loky", "dask"}, default="loky"
        Worker processes of this machine, or a Dask cluster.
    address : str, optional
        Scheduler of a Dask cluster, such as ``"tcp://host:8786"``; without it, a cluster of
        ``jobs`` processes is started on this machine.
    ends_at : float, optional
        Moment of ``time.time()`` at which the whole run ends. Cells that are not finished then
        come as ``"cut"`` and are not stored.
    retry_failed : bool, default=False
        Run cells again that failed or ran out of time.
    on_start : callable (tasks, n_known) -> None, optional
        Called first, with the tasks to run and the number of those in the store already.
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
    known = store.keys(status="done" if retry_failed else None)
    missing = {task.key: task for task in tasks if task.key not in known}
    if on_start is not None:
        on_start(list(missing.values()), len(tasks) - len(missing))
    if not missing:
        return
    with closing(_results(list(missing.values()), jobs, backend, address, ends_at)) as results:
        for result in results:
            if result.status != "cut":
                store.put(result)
            if on_result is not None:
                on_result(result)


def _results(
    tasks: Sequence[Task], jobs: int, backend: str, address: str | None, ends_at: float | None
) -> Generator[CellResult]:
    """Results as they arrive: from a cluster, from worker processes, from this process."""
    is_limited = ends_at is not None or any(task.seconds is not None for task in tasks)
    if backend == "dask":
        yield from run_on_dask(tasks, jobs, address, ends_at)
    elif (jobs > 1 or is_limited) and not current_process().daemon:  # which may have no children
        yield from run_in_workers(tasks, jobs, ends_at)
    else:
        yield from (run_task(task, ends_at) for task in tasks)
