"""Checks of parameter values."""

from __future__ import annotations

from rarebit.exceptions import InputError


def require(holds: bool, name: str, value: object, what: str) -> None:
    """Raise InputError unless a parameter is as it should be.

    Examples
    --------
    >>> require(0 > 0, "rho", 0, "a number above 0")
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: rho is 0: give a number above 0.
    """
    if not holds:
        raise InputError(f"{name} is {value!r}: give {what}.")


def is_integer(value: object, low: int) -> bool:
    """Say whether a value is an integer of at least ``low``, and no boolean."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= low
