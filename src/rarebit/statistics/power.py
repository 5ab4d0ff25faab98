"""The number of data sets or folds that it takes to show a difference of the observed size.

A test that finds nothing may have lacked the power. The statement gives the number of data sets (or
folds) at which a true difference as large as the observed one would be found with a given
probability, and the smallest difference that the present number would find. The power is that of
the two-sided t-test, from the noncentral t distribution. Wilcoxon's test needs ``pi / 3`` times as
many data sets for normal differences (its asymptotic relative efficiency is ``3 / pi``: Hodges and
Lehmann 1956).
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from rarebit._common.parameters import OPEN_FRACTION, check_value
from rarebit._common.wording import percent
from rarebit.exceptions import InputError
from rarebit.statistics.intervals import ROUNDING
from rarebit.statistics.paired import mean_and_error


@dataclass(frozen=True)
class PowerStatement:
    """Outcome of :func:`power_statement`; nan where it is not defined.

    Attributes
    ----------
    n : int
        Number of data sets or folds.
    difference, sd : float
        Observed mean difference, and the standard deviation of the differences.
    needed : float
        Smallest number at which the t-test finds such a difference; inf if no number does.
    needed_wilcoxon : float
        The same for Wilcoxon's test; nan for folds, which are not independent.
    detectable : float
        Smallest true difference that the t-test finds with the present number.
    power, alpha : float
        Probability of finding it, and level of the test, that these figures refer to.
    unit : str
        "data sets" or "folds".
    """

    n: int
    difference: float
    sd: float
    needed: float
    needed_wilcoxon: float
    detectable: float
    power: float
    alpha: float
    unit: str

    def __str__(self) -> str:
        """State the result in a sentence."""
        if not self.sd > 0:
            return f"The {self.n} {self.unit} do not vary: their power is unknown."
        present = (
            f"With {self.n} {self.unit}, a true difference of {self.detectable:.3g} or more is "
            f"found with a probability of {percent(self.power)}"
        )
        observed = f"one of {abs(self.difference):.3g}, as observed here,"
        if np.isinf(self.needed):
            return f"{present}; {observed} would not be found by any number of {self.unit}."
        wilcoxon = (
            "" if np.isnan(self.needed_wilcoxon) else f" ({self.needed_wilcoxon:.0f} by Wilcoxon's)"
        )
        return (
            f"{present}; {observed} would take {self.needed:.0f} {self.unit} by the "
            f"t-test{wilcoxon}."
        )


def power_statement(
    differences: ArrayLike,
    test_fraction_ratio: float = 0.0,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
) -> PowerStatement:
    r"""Number of data sets, or folds of one data set, needed to show the observed difference.

    Parameters
    ----------
    differences : array-like of shape (n,)
        Score of one model minus the score of the other, one per data set or per fold; nan where one
        of them failed.
    test_fraction_ratio : float, default=0.0
        0 for data sets. For folds, test rows per training row (``1 / (k - 1)``): the test is then
        :func:`corrected_t_test`, whose power more repeats raise only up to a limit.
    power : float, default=0.8
        Probability of finding a true difference.
    alpha : float, default=0.05
        Level of the two-sided test.

    Returns
    -------
    PowerStatement

    Examples
    --------
    >>> print(power_statement([0.02, -0.01, 0.03, 0.05, 0.01]))
    With 5 data sets, a true difference of 0.0376 or more is found with a probability of
    80\xa0%; one of 0.02, as observed here, would take 12 data sets by the t-test (13 by
    Wilcoxon's).
    >>> print(power_statement([0.02, -0.01, 0.03, 0.05, 0.01], 1 / 4))
    With 5 folds, a true difference of 0.0564 or more is found with a probability of
    80\xa0%; one of 0.02, as observed here, would not be found by any number of folds.
    """
    check_value("power", power, *OPEN_FRACTION)
    check_value("alpha", alpha, *OPEN_FRACTION)
    if alpha >= power:
        raise InputError(f"alpha is {alpha} and power {power}: give an alpha below the power.")
    mean, error, n, _ = mean_and_error(differences, test_fraction_ratio)
    folds = test_fraction_ratio > 0
    needed = needed_wilcoxon = detectable = sd = np.nan
    if error > 0:
        sd = error / np.sqrt(1 / n + test_fraction_ratio)
        detectable = error * _noncentrality_needed(n - 1, power, alpha)
        needed = _number_needed(abs(mean) / sd, test_fraction_ratio, power, alpha)
        if not folds:
            # n equal signs have a two-sided p-value of 2 ** (1 - n): fewer cannot be significant.
            smallest = np.ceil(1 - np.log2(alpha))
            needed_wilcoxon = max(np.ceil(needed * np.pi / 3), smallest)
    sizes = float(needed), float(needed_wilcoxon), float(detectable)
    unit = "folds" if folds else "data sets"
    return PowerStatement(n, mean, float(sd), *sizes, power, alpha, unit)


def _power(noncentrality: float, df: float, alpha: float) -> float:
    """Return the probability that a two-sided t-test rejects in the right direction."""
    return float(stats.nct.sf(stats.t.isf(alpha / 2, df), df, noncentrality))


def _noncentrality_needed(df: float, power: float, alpha: float) -> float:
    """Return the difference, in standard errors, that is found with probability `power`."""
    high = 4.0
    while _power(high, df, alpha) < power:
        high *= 2
    return float(optimize.brentq(lambda nc: _power(nc, df, alpha) - power, 0.0, high))


def _number_needed(effect: float, ratio: float, power: float, alpha: float) -> float:
    """Return the smallest number of differences that show an effect (mean / sd)."""
    # For infinitely many folds, the noncentrality is effect / sqrt(ratio) and t is normal.
    reachable = stats.norm.isf(alpha / 2) + stats.norm.ppf(power)
    if effect <= max(reachable * np.sqrt(ratio), ROUNDING):
        return np.inf

    def enough(n: int) -> bool:
        return _power(effect / np.sqrt(1 / n + ratio), n - 1, alpha) >= power

    high = 2
    while not enough(high):
        high *= 2
    return bisect_left(range(high), True, max(2, high // 2), high, key=enough)
