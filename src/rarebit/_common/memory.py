"""Free memory, and a clear error before an allocation that would not fit."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from rarebit.exceptions import InputError

# Allocations up to this many bytes are not checked.
SMALL = 2**28


def available_memory() -> int | None:
    """Return the bytes of free memory; None if the system does not report them."""
    with suppress(OSError), Path("/proc/meminfo").open(encoding="ascii") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


def refuse_beyond_memory(n_bytes: int, purpose: str, remedy: str) -> None:
    """Raise InputError if ``n_bytes`` exceed the free memory.

    >>> refuse_beyond_memory(2**62, "A table", "take fewer rows")
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: A table needs at least 4,294,967,296.0 GiB of memory, and ...
    """
    if n_bytes <= SMALL:
        return
    free = available_memory()
    if free is not None and n_bytes > free:
        # Byte counts of many qubits overflow a float.
        needed = f"{n_bytes / 2**30:,.1f}" if n_bytes < 2**100 else f"2^{n_bytes.bit_length() - 31}"
        raise InputError(
            f"{purpose} needs at least {needed} GiB of memory, and {free / 2**30:,.1f} GiB are "
            f"free: {remedy}."
        )
