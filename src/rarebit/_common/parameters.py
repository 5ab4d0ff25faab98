"""Rules for parameters, one declarative table an estimator, and one form of message.

A rule is a tuple of what a parameter may be: plain values, :class:`Bounds` of a number, or a
:class:`Kind` of object. The message is always ``name is VALUE: give WHAT.``
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

# A number beyond this has no place in single precision.
LARGEST = 1e30

Value = TypeVar("Value")


@runtime_checkable
class Option(Protocol):
    """One thing that a parameter may be; its text says what to give."""

    def admit(self, value: Any) -> bool:
        """Say whether the value is of this kind."""
        ...


@dataclass(frozen=True)
class Bounds:
    """A number's type and range; ``open_low`` and ``open_high`` exclude a bound itself.

    A float ends at :data:`LARGEST` at the latest; an integer may stand for a float.
    """

    kind: type
    low: float
    high: float = np.inf
    open_low: bool = False
    open_high: bool = False

    def admit(self, value: Any) -> bool:
        """Say whether the value is a number of the kind and within the bounds."""
        if not (is_integer(value) or (self.kind is float and is_number(value))):
            return False
        above = self.low < value if self.open_low else self.low <= value
        below = value < self._top if self.open_high else value <= self._top
        return bool(above and below)

    @property
    def _top(self) -> float:
        """Greatest number admitted."""
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
    """Objects of a type, and what to call them: ``Kind((str, PathLike), "a path")``."""

    types: type | tuple[type, ...]
    what: str

    def admit(self, value: Any) -> bool:
        """Say whether the value is an instance of the types."""
        return isinstance(value, self.types)

    def __str__(self) -> str:
        return self.what


# What a parameter may be: any of these values, or what any of these options admits.
Rule = tuple[Any, ...]

COUNT: Rule = (Bounds(int, 1),)
TRUTH: Rule = (True, False)
POSITIVE: Rule = (Bounds(float, 0, open_low=True),)
NON_NEGATIVE: Rule = (Bounds(float, 0),)
FRACTION: Rule = (Bounds(float, 0, 1),)
OPTIONAL_PATH: Rule = (None, Kind((str, PathLike), "a path"))


def check_value(name: str, value: Value, *rule: Any) -> Value:
    """Return the value, or raise InputError if it does not follow its rule.

    >>> check_value("epochs", 0, *COUNT)
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: epochs is 0: give an integer of at least 1.
    >>> check_value("metric", "l3", "l1", "l2")
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: metric is 'l3': give 'l1' or 'l2'.
    """
    if not any(_follows(value, option) for option in rule):
        options = [str(x) if isinstance(x, Option) else repr(x) for x in rule]
        raise InputError(f"{name} is {shortened(repr(value))}: give {listed(options, 'or')}.")
    return value


def check_values(values: Mapping[str, Any], rules: Mapping[str, Rule]) -> None:
    """Require every named value to follow its rule; raise InputError for the first that does not.

    >>> check_values({"epochs": None}, {"epochs": (None, Bounds(int, 1))})
    """
    for name, rule in rules.items():
        check_value(name, values[name], *rule)


def check_sizes(**sizes: Any) -> None:
    """Require integers of at least 1."""
    check_values(sizes, dict.fromkeys(sizes, COUNT))


def check_parameters(estimator: Any, rules: Mapping[str, Rule]) -> None:
    """Require every parameter of an estimator to follow its rule, as :func:`check_values` does."""
    check_values({name: getattr(estimator, name) for name in rules}, rules)


def check_count(name: str, value: Any, low: int = 1, high: int | None = None) -> int:
    """Return an integer from ``low`` to ``high``, or raise InputError.

    >>> check_count("shots", np.int64(3))
    3
    """
    return int(check_value(name, value, Bounds(int, low, math.inf if high is None else high)))


def is_integer(value: Any) -> bool:
    """Say whether a value is an integer, Python's or NumPy's, and no truth value.

    >>> is_integer(3), is_integer(True), is_integer(3.0)
    (True, False, False)
    """
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Say whether a value is a finite real number, Python's or NumPy's, and no truth value.

    >>> is_number(3), is_number(float("nan")), is_number("3"), is_number(True)
    (True, False, False, False)
    """
    if is_integer(value):
        return True
    return isinstance(value, float | np.floating) and math.isfinite(value)


def _follows(value: Any, option: Any) -> bool:
    """Say whether a value is the option, or what the option admits."""
    if isinstance(option, Option):
        return option.admit(value)
    if isinstance(option, bool):
        return isinstance(value, bool | np.bool_) and bool(value) == option
    return type(value) is type(option) and bool(value == option)


def _plain(number: float) -> str:
    """Write a bound: integers with thousands, others as short as they go."""
    return f"{number:,.0f}" if abs(number) < 1e15 and number == int(number) else f"{number:g}"
