"""Checks of parameter values."""

from __future__ import annotations

import math

import numpy as np

from rarebit._common.random_state import as_generator
from rarebit.exceptions import InputError

# Sides beyond this are a slip of the keyboard: one such image in colour takes 200 MB as numbers.
LARGEST_SIDE = 4096


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


def is_integer(value: object, low: int, high: int | None = None) -> bool:
    """Say whether a value is an integer between ``low`` and ``high``, and no boolean.

    Examples
    --------
    >>> is_integer(3, 1), is_integer(True, 1), is_integer(3.0, 1), is_integer(3, 1, 2)
    (True, False, False, False)
    """
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        return False
    return bool(low <= value) and (high is None or bool(value <= high))


def is_number(value: object) -> bool:
    """Say whether a value is a finite real number, and no boolean.

    Examples
    --------
    >>> is_number(3), is_number(float("nan")), is_number("3"), is_number(True)
    (True, False, False, False)
    """
    if not isinstance(value, int | float | np.integer | np.floating) or isinstance(value, bool):
        return False
    return math.isfinite(value)


def is_truth(value: object) -> bool:
    """Say whether a value is true or false, and nothing else."""
    return isinstance(value, bool | np.bool_)


def check_image_size(image_size: object) -> None:
    """Refuse a side of the images that is none."""
    fits = image_size is None or is_integer(image_size, 1, LARGEST_SIDE)
    what = f"None or a number of pixels from 1 to {LARGEST_SIDE}"
    require(fits, "image_size", image_size, what)


def check_random_state(random_state: object) -> None:
    """Refuse what is no seed, without drawing from what is."""
    what = "an integer of at least 0, a numpy.random.Generator or RandomState, or None"
    require(not is_truth(random_state), "random_state", random_state, what)
    if not isinstance(random_state, np.random.Generator | np.random.RandomState):
        as_generator(random_state)  # type: ignore[arg-type]  # it refuses the rest
