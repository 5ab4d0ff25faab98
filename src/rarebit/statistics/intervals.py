"""An estimate with its interval, and the checks that all interval functions share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rarebit._common.parameters import OPEN_FRACTION, check_value
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from jaxtyping import Float

# Values closer than this differ by rounding errors only.
ROUNDING = 1e-12


class Interval(NamedTuple):
    """An estimate with its interval; nan where it is not defined.

    Attributes
    ----------
    estimate, low, high : float
        The estimate and the two ends of the interval.
    n_used, n_dropped : int
        Number of values used, and of missing values left out.
    """

    estimate: float
    low: float
    high: float
    n_used: int
    n_dropped: int


def as_columns(intervals: Mapping[str, Interval]) -> dict[str, float]:
    """Return estimates and ends by column: ``x``, ``x_low`` and ``x_high`` of interval ``x``."""
    ends = list(enumerate(("", "_low", "_high")))
    return {f"{name}{end}": found[i] for name, found in intervals.items() for i, end in ends}


def cut_to_range(low: float, high: float, lowest: float, highest: float) -> tuple[float, float]:
    """Cut an interval to what the quantity can be; nan where it would leave all of that open.

    >>> cut_to_range(0.7, 1.2, 0, 1), cut_to_range(-0.4, 1.2, 0, 1)
    ((0.7, 1.0), (nan, nan))
    """
    if low <= lowest and high >= highest:
        return np.nan, np.nan
    low, high = np.clip([low, high], lowest, highest)
    return float(low), float(high)


def check_level(level: float) -> None:
    """Check the level of an interval."""
    check_value("level", level, *OPEN_FRACTION)


def drop_missing(values: ArrayLike) -> tuple[Float[np.ndarray, " used"], int]:
    """Return the values that are not nan, and the number of those that are."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 1:
        raise InputError(
            f"scores have shape {array.shape}: give one sequence, with one value per fold"
        )
    present = ~np.isnan(array)
    return array[present], int((~present).sum())
