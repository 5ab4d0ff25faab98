"""Workers on a Dask cluster."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import Any

from rarebit._common.optional import import_extra
from rarebit.exceptions import InputError
from rarebit.running.cells import CellResult
from rarebit.running.limits import GRACE, hard_limit
from rarebit.running.provenance import PACKAGES, versions
from rarebit.running.tasks import Task, run_task

SECONDS_TO_CONNECT = 20


@contextmanager
def dask_client(jobs: int, address: str | None) -> Iterator[Any]:
    """Connect to the cluster at ``address``, or start one of ``jobs`` processes on this machine."""
    distributed = import_extra("distributed")
    settings = {
        # A task carries its data set; Dask would call each a large one.
        "distributed.admin.large-graph-warning-threshold": "1GB",
        # Its nanny starts a worker anew that a task has ended. Dask would close the nanny if it
        # finds the worker away some seconds after any end, and the run would wait forever.
        "distributed.deploy.lost-worker-timeout": "1 day",
    }
    with ExitStack() as stack:
        stack.enter_context(import_extra("dask").config.set(settings))
        if address is None:
            cluster = distributed.LocalCluster(
                n_workers=jobs,
                threads_per_worker=1,
                memory_limit=0,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            )
            stack.enter_context(cluster)
            yield stack.enter_context(distributed.Client(cluster))
            return
        try:
            client = stack.enter_context(
                distributed.Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
            )
            client.wait_for_workers(1, timeout=SECONDS_TO_CONNECT)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(
                f"No Dask cluster with a worker answers at {address} ({error}): start one, or "
                "leave the address out for workers on this machine."
            ) from None
        _check_workers(client, address)
        yield client


def _check_workers(client: Any, address: str) -> None:
    """Raise InputError if workers would give other figures than those of this machine."""
    if max(client.nthreads().values()) > 1:
        raise InputError(
            f"The workers at {address} run several fits at once, which would share limits of "
            "threads and memory: start them with --nthreads 1."
        )
    here = versions()
    for worker, there in client.run(versions, on_error="return").items():
        if not isinstance(there, dict):
            raise InputError(f"The worker {worker} has no Rarebit ({there}): install it there.")
        for package in PACKAGES:
            if there.get(package) != here.get(package):
                raise InputError(
                    f"The worker {worker} has {package} {there.get(package, 'none')}, this "
                    f"machine {here.get(package, 'none')}: install the same there."
                )


def run_on_dask(
    tasks: Sequence[Task], jobs: int, address: str | None, ends_at: float | None
) -> Iterator[CellResult]:
    """Run the tasks on a cluster and yield each result as it arrives.

    A task whose worker dies is run again by another, up to the cluster's limit, and then once with
    no other beside it, so that its death is this cell's failure.
    """
    distributed = import_extra("distributed")
    suspects: list[Task] = []
    with dask_client(jobs, address) as client:

        def submit(task: Task) -> Any:
            hard = None if task.seconds is None else task.seconds + GRACE
            return client.submit(_run_within_limits, task, ends_at, hard, pure=False)

        # At most two a worker are on their way, in the order of the tasks. (Joblib's Dask backend
        # waits forever once a task is given up: its callback is not called for errors.)
        waiting = iter(tasks)
        n_ahead = 2 * max(1, sum(client.nthreads().values()))
        running = {submit(task): task for task in islice(waiting, n_ahead)}
        done = distributed.as_completed(list(running), loop=client.loop)
        try:
            for future in done:
                task = running.pop(future)
                for another in islice(waiting, 1):
                    next_future = submit(another)
                    running[next_future] = another
                    done.add(next_future)
                try:
                    yield future.result()
                except distributed.KilledWorker:
                    suspects.append(task)
            for task in suspects:
                try:
                    yield submit(task).result()
                except distributed.KilledWorker:
                    yield CellResult(task.key, "failed", error=_why_it_died(task))
        finally:
            client.cancel(list(running))


def _why_it_died(task: Task) -> str:
    why = "most likely out of memory"
    if task.seconds is not None:
        why += f", or in compiled code beyond its limit of {task.seconds:g} s of processor time"
    return f"The worker process died, {why}."


def _run_within_limits(task: Task, ends_at: float | None, hard: float | None) -> CellResult:
    """Run a task on a worker; only one that a nanny starts again may be ended by the hard limit."""
    has_nanny = import_extra("distributed").get_worker().nanny is not None
    with hard_limit(hard if has_nanny else None):
        return run_task(task, None if ends_at is None else ends_at - time.time())
