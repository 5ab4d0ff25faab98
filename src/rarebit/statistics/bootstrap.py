"""The bootstrap: resamples of rows or of groups of rows, and the intervals based on them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from rarebit._common.parameters import check_count
from rarebit._common.predictions import check_row_weights
from rarebit._common.random_state import RandomState, as_generator
from rarebit.exceptions import InputError
from rarebit.statistics.intervals import ROUNDING, Interval, check_level, drop_missing

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Integer, Real

# Bootstrap samples by the number of rows up to which there are so many.
RESAMPLES = ((5_000, 500), (50_000, 200), (np.inf, 100))


def bootstrap_counts(
    n_units: int,
    n_resamples: int,
    random_state: RandomState = None,
    *,
    strata: Sequence[Integer[np.ndarray, " members"]] | None = None,
) -> Iterator[Int[np.ndarray, " units"]]:
    """Draw units with replacement, and yield how often each was drawn.

    The counts are weights: a row counts as often as its unit (the row itself, a patient, a group)
    was drawn.
    """
    rng = as_generator(random_state)
    for _ in range(n_resamples):
        if strata is None:
            yield np.bincount(rng.integers(n_units, size=n_units), minlength=n_units)
            continue
        counts = np.empty(n_units, dtype=np.int64)
        for members in strata:
            counts[members] = _draw_stratum(len(members), rng)
        yield counts


def _draw_stratum(size: int, rng: np.random.Generator) -> Int[np.ndarray, " members"]:
    """Draw from one stratum until some unit is left out, which takes long in tiny ones only."""
    while True:
        drawn = rng.multinomial(size, np.full(size, 1 / size))
        if size < 2 or drawn.min() == 0:
            return drawn


def resamples_for(n_rows: int) -> int:
    """Bootstrap samples for intervals of rows: more rows need fewer."""
    return next(n for rows, n in RESAMPLES if n_rows <= rows)


def bootstrap_scores(
    score: Callable[[Float[np.ndarray, " rows"]], Sequence[float]],
    n_rows: int,
    *,
    groups: ArrayLike | None = None,
    sample_weight: Real[np.ndarray, " rows"] | None = None,
    n_resamples: int = 1000,
    level: float = 0.95,
    random_state: RandomState = None,
) -> list[Interval]:
    """Percentile bootstrap intervals of scores of the same rows.

    Parameters
    ----------
    score : callable (sample_weight) -> sequence of float
        The scores of all rows with the given weights; nan where a score is not defined.
    n_rows : int
        Number of rows.
    groups : array-like of shape (n_rows,), optional
        Group of each row; whole groups are drawn. Rows are drawn one by one if not given.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.
    n_resamples : int, default=1000
        Number of bootstrap samples.
    level : float, default=0.95
        Level of the intervals.
    random_state : int, Generator, RandomState or None, default=None
        Source of the resamples.

    Returns
    -------
    list of Interval
        One per score. `n_dropped` is the number of samples in which the score is not defined; the
        ends are nan if there are no others.

    Examples
    --------
    >>> right = np.array([1, 1, 1, 0, 1, 1, 0, 1])
    >>> accuracy = lambda weight: [float(np.average(right, weights=weight))]
    >>> bootstrap_scores(accuracy, 8, random_state=0)
    [Interval(estimate=0.75, low=0.375, high=1.0, n_used=1000, n_dropped=0)]
    """
    check_level(level)
    check_count("n_resamples", n_resamples, 0)
    weight = check_row_weights(sample_weight, n_rows)
    units = np.arange(n_rows) if groups is None else np.unique(groups, return_inverse=True)[1]
    if units.shape != (n_rows,):
        raise InputError(f"groups has shape {units.shape}: give one group for each row.")
    estimates = score(weight)
    n_units = int(units.max(initial=-1)) + 1
    draws = [
        score(counts[units] * weight)
        for counts in bootstrap_counts(n_units, n_resamples, random_state)
    ]
    table = np.array(draws, dtype=np.float64).reshape(-1, len(estimates))
    return [
        percentile_interval(float(estimate), column, level)
        for estimate, column in zip(estimates, table.T, strict=True)
    ]


def percentile_interval(
    estimate: float, resampled: Float[np.ndarray, " resamples"], level: float
) -> Interval:
    """Return the interval between two quantiles of the resampled values that are not nan.

    It is extended to the estimate, which the quantiles of a biased score may leave out: resampled
    rows repeat, so that a calibration error, say, is larger on nearly all resamples.
    """
    used, n_dropped = drop_missing(resampled)
    ends = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(used, ends) if len(used) else (np.nan, np.nan)
    return _holding_estimate(Interval(estimate, float(low), float(high), len(used), n_dropped))


def _holding_estimate(found: Interval) -> Interval:
    """Extend an interval to its estimate, unless one of them is not defined."""
    if np.isnan([found.estimate, found.low, found.high]).any():
        return found
    low, high = min(found.low, found.estimate), max(found.high, found.estimate)
    return found._replace(low=low, high=high)


def bootstrap_interval(
    values: ArrayLike,
    statistic: Callable[..., float] = np.mean,
    *,
    level: float = 0.95,
    n_resamples: int = 9999,
    random_state: RandomState = None,
) -> Interval:
    """Bootstrap interval of a statistic of independent values, bias-corrected and accelerated.

    Parameters
    ----------
    values : array-like of shape (n,)
        Independent values, for example one per data set (not the folds of one data set). Missing
        values are left out and counted.
    statistic : callable, default=numpy.mean
        Function of a sample; with an argument ``axis`` it is called on many samples at once.
    level, n_resamples, random_state : float, int, and int, Generator, RandomState or None
        As for :func:`bootstrap_scores`.

    Returns
    -------
    Interval
        The percentile interval if the correction (BCa) is not defined. The ends are nan with fewer
        than two values, or if all values are equal.

    Examples
    --------
    >>> interval = bootstrap_interval([0.1, 0.3, 0.2, 0.4, 0.2, 0.3], random_state=0)
    >>> round(interval.estimate, 2), interval.low < 0.25 < interval.high
    (0.25, True)
    """
    finite, dropped = drop_missing(values)
    check_level(level)
    used = len(finite)
    estimate = float(statistic(finite)) if used else np.nan
    if used < 2 or np.ptp(finite) < ROUNDING:
        return Interval(estimate, np.nan, np.nan, used, dropped)
    bootstrap = partial(stats.bootstrap, (finite,), statistic, confidence_level=level)
    draws = bootstrap(
        method="percentile", n_resamples=n_resamples, random_state=as_generator(random_state)
    )
    # BCa is undefined if leaving one value out changes nothing (the median of tied values, say).
    # Computed from the draws already made, it only costs the leave-one-out statistics.
    with np.errstate(invalid="ignore", divide="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        bca = bootstrap(method="BCa", n_resamples=0, bootstrap_result=draws).confidence_interval
    low, high = bca if np.isfinite(bca).all() else draws.confidence_interval
    return _holding_estimate(Interval(estimate, float(low), float(high), used, dropped))
