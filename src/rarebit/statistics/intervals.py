"""An estimate with its interval, and the checks that all interval functions share."""

from __future__ import annotations

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
