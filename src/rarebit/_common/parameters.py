"""Rules for parameters: one declarative table per estimator and one form of message.

A rule is a tuple of the allowed options: plain values, :class:`Bounds` for numbers, or a
:class:`Kind` of object. The message always reads ``name is VALUE: give WHAT.``
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from rarebit._common.wording import listed, shortened
from rarebit.exceptions import InputError

# Larger numbers overflow in single precision sooner or later.
LARGEST = 1e30

Value = TypeVar("Value")


@runtime_checkable
class Option(Protocol):
    """One option of a rule; ``str(option)`` is what the error message tells the user to give."""

    def admit(self, value: Any) -> bool:
        """Return whether the value is allowed."""
        ...


@dataclass(frozen=True)
class Bounds:
    """A number's type and range; ``open_low`` and ``open_high`` exclude a bound itself.

    Floats are limited to :data:`LARGEST`. Where a float is asked for, an integer will do.
    """

    kind: type
    low: float
    high: float = np.inf
    open_low: bool = False
    open_high: bool = False

    def admit(self, value: Any) -> bool:
        """Return whether the value is a number of this type and within the bounds."""
        if not (is_integer(value) or (self.kind is float and is_number(value))):
            return False
        above = self.low < value if self.open_low else self.low <= value
        below = value < self._top if self.open_high else value <= self._top
        return bool(above and below)

    @property
    def _top(self) -> float:
        """Largest allowed number."""
        return self.high if self.kind is int else min(self.high, LARGEST)

    def __str__(self) -> str:
        noun = "an integer" if self.kind is int else "a number"
        low = f"above {self.low:g}" if self.open_low else f"of at least {_plain(self.low)}"
        if math.isinf(self._top):
            return f"{noun} {low}"
        if math.isfinite(self.high) and not self.open_low and not self.open_high:
            return f"{noun} from {_plain(self.low)} to {_plain(self.high)}"
        return f"{noun} {low} and {'below' if self.open_high else 'at most'} {_plain(self._top)}"


@dataclass(frozen=True)
class Kind:
    """Instances of a type, and their name in messages: ``Kind((str, PathLike), "a path")``."""

    types: type | tuple[type, ...]
    what: str

    def admit(self, value: Any) -> bool:
        """Return whether the value is an instance of one of the types."""
        return isinstance(value, self.types)

    def __str__(self) -> str:
        return self.what


# The options of a parameter: plain values, Bounds and Kinds.
Rule = tuple[Any, ...]

COUNT: Rule = (Bounds(int, 1),)
TRUTH: Rule = (True, False)
POSITIVE: Rule = (Bounds(float, 0, open_low=True),)
NON_NEGATIVE: Rule = (Bounds(float, 0),)
FRACTION: Rule = (Bounds(float, 0, 1),)
OPEN_FRACTION: Rule = (Bounds(float, 0, 1, open_low=True, open_high=True),)
OPTIONAL_PATH: Rule = (None, Kind((str, PathLike), "a path"))


def check_value(name: str, value: Value, *rule: Any) -> Value:
    """Return the value; raise InputError if no option of the rule allows it.

    >>> check_value("epochs", 0, *COUNT)
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: epochs is 0: give an integer of at least 1.
    >>> check_value("metric", "l3", "l1", "l2")
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: metric is 'l3': give 'l1' or 'l2'.
    """
    if not any(_allows(option, value) for option in rule):
        options = [str(x) if isinstance(x, Option) else repr(x) for x in rule]
        raise InputError(f"{name} is {shortened(repr(value))}: give {listed(options, 'or')}.")
    return value


def check_values(values: Mapping[str, Any], rules: Mapping[str, Rule]) -> None:
    """Check every named value against its rule.

    >>> check_values({"epochs": None}, {"epochs": (None, Bounds(int, 1))})
    """
    for name, rule in rules.items():
        check_value(name, values[name], *rule)


def check_sizes(**sizes: Any) -> None:
    """Check that every size is an integer of at least 1."""
    check_values(sizes, dict.fromkeys(sizes, COUNT))


def check_parameters(estimator: Any, rules: Mapping[str, Rule]) -> None:
    """Check the parameters of an estimator against their rules."""
    check_values({name: getattr(estimator, name) for name in rules}, rules)


def check_count(name: str, value: Any, low: int = 1, high: int | None = None) -> int:
    """Return a Python integer from ``low`` to ``high``.

    >>> check_count("shots", np.int64(3))
    3
    """
    return int(check_value(name, value, Bounds(int, low, math.inf if high is None else high)))


def is_integer(value: Any) -> bool:
    """Return whether a value is a Python or NumPy integer; booleans are not.

    >>> is_integer(3), is_integer(True), is_integer(3.0)
    (True, False, False)
    """
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Return whether a value is a finite Python or NumPy number; booleans are not.

    >>> is_number(3), is_number(float("nan")), is_number("3"), is_number(True)
    (True, False, False, False)
    """
    if is_integer(value):
        return True
    return isinstance(value, float | np.floating) and math.isfinite(value)


def _allows(option: Any, value: Any) -> bool:
    """Return whether an option of a rule allows the value."""
    if isinstance(option, Option):
        return option.admit(value)
    if isinstance(option, bool):
        return isinstance(value, bool | np.bool_) and bool(value) == option
    if is_integer(option):
        return is_integer(value) and bool(value == option)
    return isinstance(value, type(option)) and bool(value == option)


def _plain(number: float) -> str:
    """Write a bound: integers with thousands separators, other numbers in short form."""
    return f"{number:,.0f}" if abs(number) < 1e15 and number == int(number) else f"{number:g}"
