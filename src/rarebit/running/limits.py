"""Limits and measurements around one cell: a time limit, peak memory."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class TimeLimitExceeded(BaseException):
    """A cell ran longer than it may.

    Not an ``Exception``: the libraries that it passes through must not take it for one of theirs.
    """


@contextmanager
def time_limit(
    seconds: float | None, clock: Callable[[], float] = time.monotonic
) -> Iterator[None]:
    """Raise :class:`TimeLimitExceeded` in the block once ``seconds`` have passed.

    Works in any thread (Dask workers run cells in threads, where signals cannot reach). The
    exception arrives between two Python instructions: a long call into compiled code ends first.

    Parameters
    ----------
    seconds : float or None
        None for no limit.
    clock : callable () -> float, default=time.monotonic
        What counts the seconds; with ``time.process_time`` those that this process computed, so
        that the limit does not hang on what else the machine is busy with.
    """
    if seconds is None:
        yield
        return
    if seconds <= 0:
        raise TimeLimitExceeded
    target = threading.get_ident()
    lock = threading.Lock()
    finished = threading.Event()
    end = clock() + seconds

    def watch() -> None:
        # Processor time passes no faster than time does: sleep for what is left, and look again.
        while (left := end - clock()) > 0:
            if finished.wait(left):
                return
        with lock:
            if not finished.is_set():
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(target), ctypes.py_object(TimeLimitExceeded)
                )

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        with lock:
            finished.set()


def reset_peak_memory() -> None:
    """Start a new measurement of this process's peak memory (Linux; elsewhere nothing happens)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak_memory_mib() -> float:
    """Highest resident memory since :func:`reset_peak_memory`, in MiB; nan where not told."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return float("nan")
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return float("nan")
