"""Whether two samples of categories differ: their distance, and what chance alone makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rarebit._common.parameters import check_count
from rarebit._common.random_state import RandomState, as_generator
from rarebit.exceptions import InputError
from rarebit.statistics.intervals import ROUNDING

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Integer

# Quantile of the distances that chance makes.
CHANCE_LEVEL = 0.95


class CountDifference(NamedTuple):
    """Distance of two samples; nan where one of them is empty.

    Attributes
    ----------
    difference : float
        Total variation distance: the share of one sample that would have to move to another
        category.
    by_chance : float
        Its 95 % quantile if both samples come from one distribution.
    p : float
        p-value of the permutation test.
    """

    difference: float
    by_chance: float
    p: float


def count_difference(
    before: Integer[np.ndarray, " categories"],
    now: Integer[np.ndarray, " categories"],
    *,
    n_resamples: int = 2000,
    random_state: RandomState = 0,
) -> CountDifference:
    """Compare how often each category occurs in two samples, by a permutation test.

    Permuting the rows of both samples together gives the second one counts with a multivariate
    hypergeometric distribution, so the counts are drawn and no rows are needed. Rows are taken as
    independent.

    Parameters
    ----------
    before, now : ndarray of shape (n_categories,), int64
        Rows of each category.
    n_resamples : int, default=2000
        Permutations; the smallest p-value is ``1 / (n_resamples + 1)``.
    random_state : int, Generator, RandomState or None, default=0
        Source of the permutations.

    Returns
    -------
    CountDifference

    Examples
    --------
    >>> found = count_difference(np.array([50, 50]), np.array([10, 40]))
    >>> round(found.difference, 2), found.p < 0.01
    (0.3, True)
    """
    check_count("n_resamples", n_resamples)
    before, now = (_check_counts(counts) for counts in (before, now))
    if before.shape != now.shape:
        raise InputError(
            f"The samples have {len(before)} and {len(now)} categories: give the same for both."
        )
    if not (before.sum() and now.sum()):
        return CountDifference(np.nan, np.nan, np.nan)
    pooled = before + now
    observed = float(_distance(before, now))
    drawn = as_generator(random_state).multivariate_hypergeometric(
        pooled, int(now.sum()), size=n_resamples, method="marginals"
    )
    by_chance = _distance(pooled - drawn, drawn)
    as_far = int((by_chance >= observed - ROUNDING).sum())
    return CountDifference(
        observed,
        float(np.quantile(by_chance, CHANCE_LEVEL)),
        (1 + as_far) / (1 + n_resamples),
    )


def _distance(
    before: Int[np.ndarray, "*draws categories"], now: Int[np.ndarray, "*draws categories"]
) -> Float[np.ndarray, "*draws"]:
    """Total variation distance between the shares."""
    shares = [counts / counts.sum(axis=-1, keepdims=True) for counts in (before, now)]
    return np.asarray(np.abs(shares[0] - shares[1]).sum(axis=-1) / 2)


def _check_counts(counts: Integer[np.ndarray, " categories"]) -> Int[np.ndarray, " categories"]:
    found = np.asarray(counts)
    if found.ndim != 1 or found.dtype.kind not in "iu" or (found < 0).any():
        raise InputError(f"Counts are {counts!r}: give one integer of at least 0 per category.")
    return found.astype(np.int64)
