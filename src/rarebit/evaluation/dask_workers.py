"""Workers on a Dask cluster, reached through joblib's backend of that name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

from joblib import Parallel, delayed, parallel_config

from rarebit._optional import import_extra
from rarebit.exceptions import InputError

Task = TypeVar("Task")
Result = TypeVar("Result")

SECONDS_TO_CONNECT = 20


@contextmanager
def dask_client(jobs: int, address: str | None) -> Iterator[Any]:
    """Connect to the cluster at ``address``, or start one of ``jobs`` processes on this machine.

    Raises
    ------
    InputError
        If nobody answers there, or a worker runs several cells at once.
    """
    distributed = import_extra("distributed")
    # A task carries its data set; Dask would call each a large one.
    quiet = {"distributed.admin.large-graph-warning-threshold": "1GB"}
    with ExitStack() as stack:
        stack.enter_context(import_extra("dask").config.set(quiet))
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
                f"No Dask cluster with a worker answers at {address} ({error}); start one, or "
                "leave the address out for workers on this machine."
            ) from None
        if max(client.nthreads().values()) > 1:
            raise InputError(
                f"The workers at {address} run several cells at once, which share limits of "
                "threads and memory; start them with --nthreads 1."
            )
        yield client


def n_workers(client: Any) -> int:
    """How many cells the cluster runs at once."""
    return max(1, sum(client.nthreads().values()))


def dask_results(
    run: Callable[[Task], Result], tasks: Sequence[Task], client: Any
) -> Iterator[Result]:
    """Run the tasks on the cluster and yield each result as it comes.

    A task whose worker dies is run again by another, up to the cluster's limit.

    Raises
    ------
    BrokenProcessPool
        If workers keep dying over a task: as local workers put it.
    """
    try:
        with parallel_config(backend="dask", client=client):
            yield from Parallel(return_as="generator_unordered", batch_size=1)(
                delayed(_without_nesting)(run, task) for task in tasks
            )
    except import_extra("distributed").KilledWorker as error:
        raise BrokenProcessPool(str(error)) from None


def _without_nesting(run: Callable[[Task], Result], task: Task) -> Result:
    """Keep what runs inside a cell in its worker: joblib would spread it over the cluster."""
    with parallel_config(backend="sequential"):
        return run(task)
