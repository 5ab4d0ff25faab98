"""Tests and intervals on one data set, whose folds share training rows.

The scores of cross-validation folds are not independent: any two training sets overlap. The plain
t-test assumes independence and finds far too many differences significant. Nadeau and Bengio,
"Inference for the Generalization Error" (Machine Learning 52, 2003), replace the variance factor
``1 / J`` of ``J`` folds by ``1 / J + n_test / n_train`` (their section 3; with repeats: Bouckaert
and Frank 2004).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from rarebit._common.parameters import NON_NEGATIVE, check_value
from rarebit.statistics.intervals import ROUNDING, Interval, check_level, drop_missing

if TYPE_CHECKING:
    from jaxtyping import Float


class PairedTest(NamedTuple):
    """Outcome of :func:`corrected_t_test`; nan where it is not defined.

    Attributes
    ----------
    difference, low, high : float
        Mean difference and its interval.
    t, df, p : float
        Statistic, degrees of freedom, two-sided p-value.
    n_used, n_dropped : int
        Number of folds used, and of folds left out because a score was missing.
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
    """Test whether two models differ, given the differences of their scores in each fold.

    Parameters
    ----------
    differences : array-like of shape (n_folds,)
        Score of one model minus the score of the other in each fold of each repeat; nan where one
        of them failed.
    test_fraction_ratio : float
        Test rows per training row: ``1 / (k - 1)`` for k-fold cross-validation.
    level : float, default=0.95
        Level of the interval.

    Returns
    -------
    PairedTest
        With fewer than two folds, or if every fold shows the same difference other than 0, the
        variance is unknown: the statistic, the p-value and the interval are nan. Two models that
        agree in every fold have p-value 1.

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
    """Confidence interval of the mean score over folds that share training rows.

    Parameters
    ----------
    scores : array-like of shape (n_folds,)
        Score in each fold of each repeat; nan where the fold failed.
    test_fraction_ratio, level : float
        As for :func:`corrected_t_test`.

    Returns
    -------
    Interval
        The ends are nan with fewer than two folds, or if all folds score the same.

    Examples
    --------
    >>> interval = corrected_interval([0.80, 0.84, 0.78, 0.82, 0.81], 1 / 4)
    >>> round(interval.estimate, 3), round(interval.low, 3), round(interval.high, 3)
    (0.81, 0.768, 0.852)
    """
    return _t_interval(*mean_and_error(scores, test_fraction_ratio), level)


def holm(p_values: ArrayLike) -> Float[np.ndarray, " tests"]:
    """Adjust p-values for multiple testing by Holm's step-down procedure (1979).

    Parameters
    ----------
    p_values : array-like of shape (n,)
        Unadjusted p-values. nan, a test that could not be made, stays nan and is not counted.

    Returns
    -------
    ndarray of shape (n,), float64
        Adjusted p-values in the same order.

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


def mean_and_error(values: ArrayLike, ratio: float) -> tuple[float, float, int, int]:
    """Return the mean, its corrected standard error, and the numbers of values used and dropped.

    The error is 0 if all values are equal, and nan with fewer than two.
    """
    check_value("test_fraction_ratio", ratio, *NON_NEGATIVE)
    finite, dropped = drop_missing(values)
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
    """Return the Student t interval of the mean; the ends are nan without a standard error."""
    check_level(level)
    if not standard_error > 0:
        return Interval(mean, np.nan, np.nan, used, dropped)
    half = float(stats.t.isf((1 - level) / 2, used - 1)) * standard_error
    return Interval(mean, mean - half, mean + half, used, dropped)
