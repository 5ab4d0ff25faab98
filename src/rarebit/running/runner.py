"""Runs tasks: in this process, in local workers, or on a Dask cluster. Only the driver writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from multiprocessing import current_process
from typing import Any

from joblib import cpu_count

from rarebit._common.parameters import Bounds, check_value
from rarebit.running.budget import Budget, Queue
from rarebit.running.cells import CellResult
from rarebit.running.dask_workers import run_on_dask
from rarebit.running.store import Store
from rarebit.running.tasks import Task, run_task
from rarebit.running.workers import run_in_workers

MOST_JOBS = 64


def run_cells(
    tasks: Sequence[Task],
    store: Store,
    *,
    jobs: int = 1,
    backend: str = "loky",
    address: str | None = None,
    budget: Budget | None = None,
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
    budget : Budget, optional
        Time of the whole run, of which each cell gets a share. Cells that do not finish in it come
        as ``"cut"`` and are not stored. On a Dask cluster only the end of the run counts.
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
    missing = list({task.key: task for task in tasks if task.key not in known}.values())
    if on_start is not None:
        on_start(missing, len(tasks) - len(missing))
    if not missing:
        return
    queue = Queue(missing, jobs, budget)
    with closing(_results(queue, missing, jobs, backend, address)) as results:
        for result in results:
            queue.note(result)
            if result.status != "cut":
                store.put(result)
            if on_result is not None:
                on_result(result)


def _results(
    queue: Queue, tasks: Sequence[Task], jobs: int, backend: str, address: str | None
) -> Generator[CellResult]:
    """Results as they arrive: from a cluster, from worker processes, from this process."""
    left = queue.left()
    is_limited = left is not None or any(task.seconds is not None for task in tasks)
    if backend == "dask":
        # Time of day, because the workers may be on other machines.
        yield from run_on_dask(tasks, jobs, address, None if left is None else time.time() + left)
    elif (jobs > 1 or is_limited) and not current_process().daemon:  # which may have no children
        yield from run_in_workers(queue, jobs)
    else:
        while queue:
            yield from queue.give_up()
            if queue:
                yield run_task(*queue.take())


def worker_count(jobs: int) -> int:
    """Return the number of worker processes.

    Parameters
    ----------
    jobs : int
        As given by the user; -1 for one per core.

    Returns
    -------
    int
        A number of at least 1; unreasonable ones are refused.
    """
    most = max(MOST_JOBS, 4 * cpu_count())
    check_value("jobs", jobs, -1, Bounds(int, 1, most))
    return cpu_count() if jobs == -1 else int(jobs)
