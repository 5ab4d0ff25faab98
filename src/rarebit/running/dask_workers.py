"""Workers on a Dask cluster."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import Any, TypeVar

from rarebit._common.optional import import_extra
from rarebit.exceptions import InputError
from rarebit.running.provenance import PACKAGES, versions

Task = TypeVar("Task")
Result = TypeVar("Result")

SECONDS_TO_CONNECT = 20


@contextmanager
def dask_client(jobs: int, address: str | None) -> Iterator[Any]:
    """Connect to the cluster at ``address``, or start one of ``jobs`` processes on this machine.

    Raises
    ------
    InputError
        If nobody answers there, or a worker runs several cells at once or has other versions.
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
        _check_workers(client, address)
        yield client


def _check_workers(client: Any, address: str) -> None:
    """Refuse workers that would give other figures than workers of this machine."""
    if max(client.nthreads().values()) > 1:
        raise InputError(
            f"The workers at {address} run several cells at once, which share limits of "
            "threads and memory; start them with --nthreads 1."
        )
    here = versions()
    for worker, there in client.run(versions, on_error="return").items():
        if not isinstance(there, dict):
            raise InputError(f"The worker {worker} has no Rarebit ({there}); install it there.")
        for package in PACKAGES:
            if there.get(package) != here.get(package):
                raise InputError(
                    f"The worker {worker} has {package} {there.get(package, 'not at all')}, this "
                    f"machine {here.get(package, 'not at all')}; install the same there."
                )


def n_workers(client: Any) -> int:
    """How many cells the cluster runs at once."""
    return max(1, sum(client.nthreads().values()))


def dask_results(
    run: Callable[[Task], Result], tasks: Sequence[Task], client: Any
) -> Iterator[Result]:
    """Run the tasks on the cluster and yield each result as it comes.

    A task whose worker dies is run again by another, up to the cluster's limit. At most two a
    worker are on their way, in the order of the tasks.

    Raises
    ------
    BrokenProcessPool
        If workers keep dying over a task: as local workers put it.
    """
    distributed = import_extra("distributed")
    # Joblib's backend of this name waits for ever once a task is given up (its callback is not
    # called for errors), so Dask's own futures are used.
    waiting = (client.submit(run, task, pure=False) for task in tasks)
    running = set(islice(waiting, 2 * n_workers(client)))
    done = distributed.as_completed(running, loop=client.loop)
    try:
        for future in done:
            running.discard(future)
            for another in islice(waiting, 1):
                running.add(another)
                done.add(another)
            yield future.result()
    except distributed.KilledWorker as error:
        raise BrokenProcessPool(str(error)) from None
    finally:
        client.cancel(list(running))
