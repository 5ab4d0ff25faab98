"""What it would take to show a difference of the size seen.

A test that finds nothing may have had no chance to. The statement gives the number of data sets (or
of folds) at which a true difference as large as the one seen would be found with a given chance,
and the smallest difference that those at hand would find. The power is that of the two-sided
t-test, from the noncentral t distribution. Wilcoxon's test needs ``pi / 3`` times as many data sets
for normal differences (its asymptotic relative efficiency is ``3 / pi``: Hodges and Lehmann 1956).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from rarebit.exceptions import InputError
from rarebit.statistics.paired import ROUNDING, mean_and_error


@dataclass(frozen=True)
class PowerStatement:
    """Outcome of :func:`power_statement`; nan where it cannot be told.

    Attributes
    ----------
    n : int
        Data sets, or folds, at hand.
    difference, sd : float
        Mean difference seen, and the standard deviation of the differences.
    needed : float
        Smallest number at which the t-test finds such a difference; inf where no number does.
    needed_wilcoxon : float
        The same for Wilcoxon's test; nan for folds, which are not independent.
    detectable : float
        Smallest true difference that the t-test finds with the number at hand.
    power, alpha : float
        Chance of finding it, and level of the test, that these figures are for.
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
        """Say it in a sentence or two."""
        if not self.sd > 0:
            return f"{self.n} {self.unit} without a spread do not tell what could be shown."
        chance = f"with a chance of {self.power:.0%}"
        at_hand = (
            f"{self.n} {self.unit} show a true difference of {self.detectable:.3g} or more {chance}"
        )
        seen = f"one of {abs(self.difference):.3g}, as seen here,"
        if np.isinf(self.needed):
            return f"{at_hand}; {seen} would not be shown by any number of {self.unit}."
        wilcoxon = (
            "" if np.isnan(self.needed_wilcoxon) else f" ({self.needed_wilcoxon:.0f} by Wilcoxon's)"
        )
        return (
            f"{at_hand}; {seen} would take {self.needed:.0f} {self.unit} by the t-test{wilcoxon}."
        )


def power_statement(
    differences: ArrayLike,
    test_fraction_ratio: float = 0.0,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
) -> PowerStatement:
    """How many data sets, or folds of one data set, would show a difference like the one seen.

    Parameters
    ----------
    differences : array-like of shape (n,)
        Score of one model less the score of the other, one a data set or one a fold; nan where one
        of them failed.
    test_fraction_ratio : float, default=0.0
        0 for data sets. For folds, test rows for each training row (``1 / (k - 1)``): the test is
        then the corrected one of :func:`corrected_t_test`, of which more repeats have a limit.
    power : float, default=0.8
        Chance of finding a true difference.
    alpha : float, default=0.05
        Level of the two-sided test.

    Returns
    -------
    PowerStatement

    Raises
    ------
    InputError
        Unless `alpha` < `power` and both lie between 0 and 1, or the ratio is negative.

    Examples
    --------
    >>> print(power_statement([0.02, -0.01, 0.03, 0.05, 0.01]))
    5 data sets show a true difference of 0.0376 or more with a chance of 80%; one of 0.02, as seen
    here, would take 12 data sets by the t-test (13 by Wilcoxon's).
    >>> print(power_statement([0.02, -0.01, 0.03, 0.05, 0.01], 1 / 4))
    5 folds show a true difference of 0.0564 or more with a chance of 80%; one of 0.02, as seen
    here, would not be shown by any number of folds.
    """
    if not 0 < alpha < power < 1:
        raise InputError(
            f"power is {power} and alpha {alpha}: give both between 0 and 1, alpha the smaller"
        )
    mean, error, n, _ = mean_and_error(differences, test_fraction_ratio)
    folds = test_fraction_ratio > 0
    needed = needed_wilcoxon = detectable = sd = np.nan
    if error > 0:
        sd = error / np.sqrt(1 / n + test_fraction_ratio)
        detectable = error * _noncentrality_needed(n - 1, power, alpha)
        needed = _number_needed(abs(mean) / sd, test_fraction_ratio, power, alpha)
        if not folds:
            # Of n signs, all alike have two-sided p-value 2 ** (1 - n): fewer prove nothing.
            smallest = np.ceil(1 - np.log2(alpha))
            needed_wilcoxon = max(np.ceil(needed * np.pi / 3), smallest)
    return PowerStatement(
        n=n,
        difference=mean,
        sd=float(sd),
        needed=float(needed),
        needed_wilcoxon=float(needed_wilcoxon),
        detectable=float(detectable),
        power=power,
        alpha=alpha,
        unit="folds" if folds else "data sets",
    )


def _power(noncentrality: float, df: float, alpha: float) -> float:
    """Chance that a two-sided t-test of this level rejects, and on the right side."""
    return float(stats.nct.sf(stats.t.isf(alpha / 2, df), df, noncentrality))


def _noncentrality_needed(df: float, power: float, alpha: float) -> float:
    """Difference, in standard errors, that is found with chance `power`."""
    high = 4.0
    while _power(high, df, alpha) < power:
        high *= 2
    return float(optimize.brentq(lambda nc: _power(nc, df, alpha) - power, 0.0, high))


def _number_needed(effect: float, ratio: float, power: float, alpha: float) -> float:
    """Smallest number of differences that show an effect (mean over standard deviation)."""
    # Without end of folds, the noncentrality is effect / sqrt(ratio) and t is normal.
    reachable = stats.norm.isf(alpha / 2) + stats.norm.ppf(power)
    if effect <= max(reachable * np.sqrt(ratio), ROUNDING):
        return np.inf

    def enough(n: int) -> bool:
        return _power(effect / np.sqrt(1 / n + ratio), n - 1, alpha) >= power

    return _first(enough, 2)


def _first(holds: Callable[[int], bool], start: int) -> int:
    """Smallest integer from `start` on for which a condition that stays true holds."""
    low, high = start - 1, start
    while not holds(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
