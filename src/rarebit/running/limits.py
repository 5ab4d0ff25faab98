"""Limits and measurements around one cell: time limits, soft and hard, and peak memory."""

from __future__ import annotations

import ctypes
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

# Seconds between a soft limit and the hard one: the time that compiled code has to return.
GRACE = 5.0


class TimeLimitExceeded(BaseException):
    """A cell ran longer than it may.

    Not an ``Exception``: the libraries that it passes through must not take it for one of theirs.
    """


@contextmanager
def time_limit(
    seconds: float | None, clock: Callable[[], float] = time.monotonic
) -> Iterator[None]:
    """Raise :class:`TimeLimitExceeded` in the block once ``seconds`` have passed; None: never.

    Works in any thread (Dask workers run cells in threads, where signals cannot reach). The
    exception arrives between two Python instructions: it waits until compiled code returns.

    With ``clock=time.process_time`` the seconds are those that this process computed, so that the
    limit does not depend on what else the machine does.
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


@contextmanager
def hard_limit(seconds: float | None) -> Iterator[None]:
    """End this process, by SIGPROF, once the block has computed for ``seconds``; None: never.

    Compiled code cannot hold up the signal. Windows has no such signal: nothing happens there.
    """
    if seconds is None or not hasattr(signal, "setitimer"):
        yield
        return
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


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
