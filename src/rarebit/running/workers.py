"""Worker processes of this machine, each of which the driver can end, whatever it computes.

A worker runs one task at a time, so its death or its end costs one cell and no other. The processes
are loky's: they do not run ``__main__`` again, so scripts and notebooks need no guard.
"""

from __future__ import annotations

import pickle
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait

import cloudpickle
from loky.backend import get_context
from loky.backend.utils import kill_process_tree

from rarebit.running.budget import Queue
from rarebit.running.cells import CellResult
from rarebit.running.limits import GRACE, hard_limit
from rarebit.running.tasks import Task, out_of_time, run_task

# A process that stands still uses no processor time. So a cell is also ended once it has taken this
# many times its limit by the clock: few machines are so busy that a cell gets less than a tenth.
STANDSTILL = 10

# Waiting threads of OpenMP must not take the processor from other workers.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "GOMP_SPINCOUNT": "0",
    "OMP_WAIT_POLICY": "PASSIVE",
}

NEVER = float("inf")
# What a worker sends besides results.
READY, RUNNING = "ready", "running"


def run_in_workers(queue: Queue, jobs: int) -> Iterator[CellResult]:
    """Run the waiting cells in worker processes and yield each result as it arrives.

    Close the iterator: no worker outlives it.
    """
    workers: list[_Worker] = []
    try:
        while queue or any(worker.task for worker in workers):
            while len(workers) < min(jobs, len(workers) + len(queue)):
                with _no_interrupt():
                    workers.append(_Worker())
            for worker in _those_with_news(workers, queue.left() if queue else None):
                yield from worker.news()
            yield from queue.give_up()
            for worker in workers:
                if worker.is_idle and queue:
                    yield from worker.start(*queue.take())
            workers = [worker for worker in workers if worker.is_alive]
        for worker in workers:
            worker.dismiss()
    finally:
        for worker in workers:
            worker.kill()


class _Worker:
    """A worker process as the driver sees it: starting, idle, or with a task."""

    def __init__(self) -> None:
        self.connection, there = get_context("loky").Pipe()
        self.process = get_context("loky").Process(target=_serve, args=(there,), env=ENVIRONMENT)
        self.process.start()
        there.close()
        self.is_alive = True
        self.is_idle = False
        self.task: Task | None = None
        # Of time.monotonic(): when the task was started, when its share of the time budget ends,
        # when it is ended by force
        self.started = 0.0
        self.ends_at = NEVER
        self.deadline = NEVER

    def start(self, task: Task, left: float | None) -> Iterator[CellResult]:
        """Hand a task over; one that cannot be pickled is run here, under soft limits only."""
        try:
            packed = cloudpickle.dumps(task)
        except Exception:  # of any kind: a user's own estimator may raise anything
            yield run_task(task, left)
            return
        self.task, self.is_idle, self.started = task, False, time.monotonic()
        if left is not None:
            self.ends_at = self.started + left
            self.deadline = self.ends_at + min(GRACE, left / 2)
        with suppress(OSError):  # it died: that will be its news
            self.connection.send((task.key, task.seconds, left, packed))

    def news(self) -> Iterator[CellResult]:
        """Take in what the worker sent, or its death, or the end of its time."""
        message = None
        with suppress(EOFError, OSError):
            message = self.connection.recv() if self.connection.poll() else None
        if isinstance(message, CellResult):
            self.task, self.is_idle = None, True
            self.ends_at = self.deadline = NEVER
            yield message
        elif message == READY:
            self.is_idle = True
        elif message == RUNNING:
            if self.task is not None and self.task.seconds is not None:
                end = time.monotonic() + STANDSTILL * (self.task.seconds + GRACE)
                self.deadline = min(self.deadline, end)
        else:
            yield self._lost()

    def _lost(self) -> CellResult:
        """Say what became of the task of a process that died, or is out of time and is killed."""
        is_late = time.monotonic() >= self.deadline
        self.process.join(0 if is_late else GRACE)
        is_late = is_late and self.process.exitcode is None
        self.kill()
        if self.task is None:
            raise RuntimeError(
                f"A worker process could not start (exit code {self.process.exitcode}); see its "
                "message above, or run with jobs=1 and without time limits."
            )
        return self._result(self.task, is_late)

    def _result(self, task: Task, is_late: bool) -> CellResult:
        """The result of a task whose process was ended or died."""
        if (now := time.monotonic()) >= self.ends_at:
            return out_of_time(task, now - self.started)
        if is_late:
            error = f"Ended: it stood still (limit: {task.seconds:g} s of processor time)."
            return CellResult(task.key, "timeout", error=error)
        if self.process.exitcode == -getattr(signal, "SIGPROF", 0):
            error = f"Ended after {task.seconds:g} s of processor time, in compiled code."
            return CellResult(task.key, "timeout", error=error)
        error = "The worker process died, most likely out of memory."
        return CellResult(task.key, "failed", error=error)

    def dismiss(self) -> None:
        """Let an idle process end by itself."""
        if self.is_idle:
            self.connection.close()
            self.process.join(GRACE)

    def kill(self) -> None:
        """End the process, and what it started, now."""
        self.is_alive = False
        self.connection.close()
        if self.process.exitcode is None:
            kill_process_tree(self.process)
        self.process.join()


def _those_with_news(workers: list[_Worker], most: float | None) -> list[_Worker]:
    """Wait, ``most`` seconds, until workers sent something, died or are out of time."""
    deadline = min((worker.deadline for worker in workers), default=NEVER)
    left = min(NEVER if most is None else most, max(0.0, deadline - time.monotonic()))
    ready = wait(
        [h for w in workers for h in (w.connection, w.process.sentinel)],
        None if left == NEVER else left,
    )
    now = time.monotonic()
    return [
        w
        for w in workers
        if w.connection in ready or w.process.sentinel in ready or now >= w.deadline
    ]


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back in a block, and from the processes that it starts."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(connection: Connection) -> None:
    """Run tasks in a worker until the driver hangs up; Ctrl-C is the driver's to handle."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        connection.send(READY)
        while True:
            key, seconds, left, packed = connection.recv()
            try:
                task = pickle.loads(packed)  # noqa: S301 - from the driver
            except Exception as error:
                # What the task is made of cannot be loaded here: a result like any other.
                text = f"{type(error).__name__}: {error}"
                connection.send(CellResult(key, "failed", error=text))
                continue
            connection.send(RUNNING)
            with hard_limit(None if seconds is None else seconds + GRACE):
                result = run_task(task, left)
            connection.send(result)
