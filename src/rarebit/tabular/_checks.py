"""Checks of parameter values, with messages that say what would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rarebit.exceptions import InputError

# A number beyond this has no place in single precision.
LARGEST = 1e30


@dataclass(frozen=True)
class Bounds:
    """A number's type and range; ``open_low`` excludes the lower bound itself.

    What may be a fraction ends at :data:`LARGEST` at the latest.
    """

    kind: type
    low: float
    high: float = np.inf
    open_low: bool = False

    def admit(self, value: Any) -> bool:
        """Say whether the value is a number of the kind and within the bounds."""
        integral = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not (integral or (self.kind is float and isinstance(value, float | np.floating))):
            return False
        above = self.low < value if self.open_low else self.low <= value
        return bool(above and value <= self._top)

    @property
    def _top(self) -> float:
        """Greatest number admitted."""
        return self.high if self.kind is int else min(self.high, LARGEST)

    def __str__(self) -> str:
        noun = "an integer" if self.kind is int else "a number"
        low = f"above {self.low:g}" if self.open_low else f"of at least {self.low:g}"
        if not np.isfinite(self._top):
            return f"{noun} {low}"
        top = f"{self._top:,}" if self.kind is int else f"{self._top:g}"
        return f"{noun} {low} and at most {top}"


# What a parameter may be: any of these values, or a number within any of these bounds.
Rule = tuple[Any, ...]


def check_values(values: Mapping[str, Any], rules: Mapping[str, Rule]) -> None:
    """Require every parameter to follow its rule.

    Raises
    ------
    InputError
        For the first that does not.

    Examples
    --------
    >>> check_values({"epochs": 0}, {"epochs": (Bounds(int, 1),)})
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: epochs is 0: give an integer of at least 1.
    """
    for name, rule in rules.items():
        value = values[name]
        if not any(_follows(value, option) for option in rule):
            options = [str(x) if isinstance(x, Bounds) else repr(x) for x in rule]
            raise InputError(f"{name} is {value!r}: give {' or '.join(options)}.")


def check_sizes(**sizes: Any) -> None:
    """Require integers of at least 1.

    Raises
    ------
    InputError
        For the first that is none.
    """
    check_values(sizes, dict.fromkeys(sizes, (Bounds(int, 1),)))


def _follows(value: Any, option: Any) -> bool:
    if isinstance(option, Bounds):
        return option.admit(value)
    return type(value) is type(option) and bool(value == option)
