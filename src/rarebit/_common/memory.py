"""How much memory is free, and what would not fit into it."""

from __future__ import annotations

import os
from pathlib import Path

from rarebit.exceptions import InputError

# Bytes that are asked for without a look at what is free.
SMALL = 2**28


def available_memory() -> int | None:
    """Bytes that the system can still give, None where it does not say."""
    try:
        with Path("/proc/meminfo").open(encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None


def refuse_beyond_memory(n_bytes: int, purpose: str, remedy: str) -> None:
    """Raise InputError if something needs more than the free memory, before it is asked for.

    >>> refuse_beyond_memory(2**62, "A table", "take fewer rows")
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: A table needs at least 4,294,967,296.0 GiB of memory, and ...
    """
    if n_bytes <= SMALL:
        return
    free = available_memory()
    if free is not None and n_bytes > free:
        # Bytes of many qubits are too large for a float.
        needed = f"{n_bytes / 2**30:,.1f}" if n_bytes < 2**100 else f"2^{n_bytes.bit_length() - 31}"
        raise InputError(
            f"{purpose} needs at least {needed} GiB of memory, and {free / 2**30:,.1f} GiB are "
            f"free: {remedy}."
        )
