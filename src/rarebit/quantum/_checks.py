"""A check at the public doors, with a message that says what would do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rarebit.exceptions import InputError

# The remedy where a state does not fit into memory.
FEWER_WIRES = "take fewer wires, or fewer rows at a time"


def check_observables(observables: Any) -> tuple[Any, ...]:
    """Return a sequence of observables as a tuple.

    Raises
    ------
    InputError
        If it is none, empty, or holds something else.
    """
    found = tuple(observables) if isinstance(observables, Iterable) else ()
    if not found or not all(hasattr(x, "diagonal") and hasattr(x, "apply") for x in found):
        raise InputError(
            f"observables is {observables!r}: give a list of one observable or more, for example "
            "[z(0)]."
        )
    return found
