"""Whole numbers, required at the public doors."""

from numbers import Integral
from typing import Any

from rarebit.exceptions import InputError


def is_integer(value: Any) -> bool:
    """Say whether a value is an integer, Python's or NumPy's, and no truth value.

    Examples
    --------
    >>> is_integer(3), is_integer(True), is_integer(3.0)
    (True, False, False)
    """
    return isinstance(value, Integral) and not isinstance(value, bool)


def check_count(name: str, value: Any, low: int = 1, high: int | None = None) -> int:
    """Return an integer between ``low`` and ``high``.

    Raises
    ------
    InputError
        If it is none.

    Examples
    --------
    >>> check_count("shots", 0)
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: shots is 0: give an integer of at least 1.
    """
    if not is_integer(value) or value < low or (high is not None and value > high):
        bounds = f"of at least {low}" if high is None else f"from {low} to {high:,}"
        raise InputError(f"{name} is {value!r}: give an integer {bounds}.")
    return int(value)
