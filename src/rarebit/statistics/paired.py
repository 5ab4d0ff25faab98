"""Tests and intervals on one data set, where the folds share their training rows.

The scores of the folds of a cross-validation are not independent: any two training parts overlap.
The plain t-test takes them for independent and calls far too many differences real. Nadeau and
Bengio, "Inference for the Generalization Error" (Machine Learning 52, 2003), replace the variance
factor ``1 / J`` of ``J`` folds by ``1 / J + n_test / n_train`` (their section 3, with repeats:
Bouckaert and Frank 2004).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from rarebit.exceptions import InputError

# Values that lie closer than this differ by the rounding of the arithmetic alone.
ROUNDING = 1e-12


class Interval(NamedTuple):
    """An estimate with its interval; nan where it cannot be told.

    Attributes
    ----------
    estimate, low, high : float
        The estimate and the two ends.
    n_used, n_dropped : int
        Values that entered, and missing ones left out.
    """

    estimate: float
    low: float
    high: float
    n_used: int
    n_dropped: int


class PairedTest(NamedTuple):
    """Outcome of :func:`corrected_t_test`; nan where it cannot be told.

    Attributes
    ----------
    difference, low, high : float
        Mean difference and its interval.
    t, df, p : float
        Statistic, degrees of freedom, two-sided p-value.
    n_used, n_dropped : int
        Folds that entered, and folds left out because one of the two scores was missing.
    """

    difference: float
    low: float
    high: float
    t: float
    df: float
    p: float
    n_used: int
    n_dropped: int


def corrected_t_test(
    differences: ArrayLike, test_fraction_ratio: float, level: float = 0.95
) -> PairedTest:
    """Test whether two models differ, from the differences of their scores fold by fold.

    Parameters
    ----------
    differences : array-like of shape (n_folds,)
        Score of one model less the score of the other on each fold of each repeat; nan where one
        of them failed.
    test_fraction_ratio : float
        Test rows for each training row: ``1 / (k - 1)`` for k-fold cross-validation.
    level : float, default=0.95
        Level of the interval.

    Returns
    -------
    PairedTest
        With fewer than two folds, or when every fold shows the same difference other than 0,
        nothing can be said of the spread: the statistic, the p-value and the interval are nan.
        Two models that agree on every fold have p-value 1.

    Raises
    ------
    InputError
        If `test_fraction_ratio` or `level` is out of range, or `differences` is not a sequence.

    Examples
    --------
    >>> test = corrected_t_test([0.02, 0.03, 0.01, 0.04, 0.02], 1 / 4)
    >>> round(test.difference, 3), round(test.t, 3), round(test.p, 3)
    (0.024, 3.138, 0.035)
    """
    mean, standard_error, used, dropped = mean_and_error(differences, test_fraction_ratio)
    if used > 0 and mean == 0 and standard_error == 0:
        return PairedTest(0.0, 0.0, 0.0, 0.0, used - 1, 1.0, used, dropped)
    interval = _t_interval(mean, standard_error, used, dropped, level)
    t = mean / standard_error if standard_error > 0 else np.nan
    p = float(2 * stats.t.sf(abs(t), used - 1)) if used > 1 else np.nan
    return PairedTest(mean, interval.low, interval.high, t, used - 1, p, used, dropped)


def corrected_interval(
    scores: ArrayLike, test_fraction_ratio: float, level: float = 0.95
) -> Interval:
    """Interval of the mean score over folds that share training rows.

    Parameters
    ----------
    scores : array-like of shape (n_folds,)
        Score on each fold of each repeat; nan where the fold failed.
    test_fraction_ratio : float
        Test rows for each training row: ``1 / (k - 1)`` for k-fold cross-validation.
    level : float, default=0.95
        Level of the interval.

    Returns
    -------
    Interval
        The ends are nan with fewer than two folds, and where all folds score the same.

    Raises
    ------
    InputError
        If `test_fraction_ratio` or `level` is out of range, or `scores` is not a sequence.

    Examples
    --------
    >>> interval = corrected_interval([0.80, 0.84, 0.78, 0.82, 0.81], 1 / 4)
    >>> round(interval.estimate, 3), round(interval.low, 3), round(interval.high, 3)
    (0.81, 0.768, 0.852)
    """
    return _t_interval(*mean_and_error(scores, test_fraction_ratio), level)


def holm(p_values: ArrayLike) -> np.ndarray:
    """Adjust p-values for their number by Holm's step-down procedure (1979).

    Parameters
    ----------
    p_values : array-like of shape (n,)
        Plain p-values. A nan is a test that could not be made: it stays nan and is not counted.

    Returns
    -------
    ndarray of shape (n,), float64
        Adjusted p-values, in the order given.

    Examples
    --------
    >>> holm([0.01, 0.04, float("nan"), 0.03])
    array([0.03, 0.06,  nan, 0.06])
    """
    p = np.asarray(p_values, dtype=float)
    adjusted = np.full(p.shape, np.nan)
    tested = np.flatnonzero(~np.isnan(p))
    ascending = tested[np.argsort(p[tested], kind="stable")]
    factors = np.arange(len(tested), 0, -1)
    adjusted[ascending] = np.minimum(np.maximum.accumulate(factors * p[ascending]), 1.0)
    return adjusted


def bootstrap_interval(
    values: ArrayLike,
    statistic: Callable[..., float] = np.mean,
    *,
    level: float = 0.95,
    n_resamples: int = 9999,
    random_state: int | np.random.Generator | np.random.RandomState | None = None,
) -> Interval:
    """Bootstrap interval of a statistic of independent values, bias-corrected and accelerated.

    Parameters
    ----------
    values : array-like of shape (n,)
        Independent values, one a data set, say (not folds of one data set). Missing ones are left
        out and counted.
    statistic : callable, default=numpy.mean
        Function of a sample; with an argument ``axis`` it is called on many samples at once.
    level : float, default=0.95
        Level of the interval.
    n_resamples : int, default=9999
        Number of bootstrap samples.
    random_state : int, Generator, RandomState or None, default=None
        Source of the resamples.

    Returns
    -------
    Interval
        The percentile interval where the correction (BCa) is not defined. The ends are nan with
        fewer than two values, and where all values are the same.

    Raises
    ------
    InputError
        If `level` is out of range, or `values` is not a sequence.

    Examples
    --------
    >>> interval = bootstrap_interval([0.1, 0.3, 0.2, 0.4, 0.2, 0.3], random_state=0)
    >>> round(interval.estimate, 2), interval.low < 0.25 < interval.high
    (0.25, True)
    """
    finite, dropped = _drop_missing(values)
    _check_level(level)
    used = len(finite)
    estimate = float(statistic(finite)) if used else np.nan
    if used < 2 or np.ptp(finite) < ROUNDING:
        return Interval(estimate, np.nan, np.nan, used, dropped)
    draws = stats.bootstrap(
        (finite,),
        statistic,
        method="percentile",
        confidence_level=level,
        n_resamples=n_resamples,
        random_state=np.random.default_rng(random_state),
    )
    # BCa is undefined where leaving one value out changes nothing (the median of tied values,
    # say). Asked with the draws already made, it costs the leave-one-out statistics alone.
    with np.errstate(invalid="ignore", divide="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        accelerated = stats.bootstrap(
            (finite,),
            statistic,
            method="BCa",
            confidence_level=level,
            n_resamples=0,
            bootstrap_result=draws,
        ).confidence_interval
    low, high = accelerated if np.isfinite(accelerated).all() else draws.confidence_interval
    return Interval(estimate, float(low), float(high), used, dropped)


def _drop_missing(values: ArrayLike) -> tuple[np.ndarray, int]:
    """Return the values that are not nan, and how many were."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 1:
        raise InputError(
            f"scores have shape {array.shape}: give one sequence, with one value for each fold"
        )
    present = ~np.isnan(array)
    return array[present], int((~present).sum())


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise InputError(f"level is {level}: give the level of the interval between 0 and 1")


def mean_and_error(values: ArrayLike, ratio: float) -> tuple[float, float, int, int]:
    """Mean, its corrected standard error (0: no spread; nan: fewer than two), counts."""
    if not ratio >= 0:
        raise InputError(
            f"test_fraction_ratio is {ratio}: give test rows for each training row, 0 or more"
        )
    finite, dropped = _drop_missing(values)
    used = len(finite)
    if used < 2:
        return (float(finite[0]) if used else np.nan), np.nan, used, dropped
    if np.ptp(finite) < ROUNDING:
        same = float(finite[0])
        return (same if abs(same) >= ROUNDING else 0.0), 0.0, used, dropped
    error = np.sqrt((1 / used + ratio) * finite.var(ddof=1))
    return float(finite.mean()), float(error), used, dropped


def _t_interval(
    mean: float, standard_error: float, used: int, dropped: int, level: float
) -> Interval:
    """Student interval around the mean; no ends without a spread to go by."""
    _check_level(level)
    if not standard_error > 0:
        return Interval(mean, np.nan, np.nan, used, dropped)
    half = float(stats.t.isf((1 - level) / 2, used - 1)) * standard_error
    return Interval(mean, mean - half, mean + half, used, dropped)
