"""Exact binomial bounds of a share (Clopper and Pearson 1934), and the rows that they need."""

from __future__ import annotations

from bisect import bisect_left
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from scipy import special, stats

from rarebit._common.parameters import NON_NEGATIVE, OPEN_FRACTION, check_count, check_value
from rarebit.exceptions import InputError
from rarebit.statistics.intervals import ROUNDING, Interval, check_level

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

Side = Literal["both", "lower", "upper"]


def binomial_interval(
    n_hits: float, n_rows: float, level: float = 0.95, side: Side = "both"
) -> Interval:
    """Clopper-Pearson interval of a share: its coverage is at least ``level`` for any true share.

    Parameters
    ----------
    n_hits, n_rows : float
        Rows that count, and all rows. Sizes need not be whole: an effective number of rows gives an
        approximate interval.
    level : float, default=0.95
        Level of the interval.
    side : {"both", "lower", "upper"}, default="both"
        Which ends are bounds. With one, all of ``1 - level`` is on its side, and the other end is 0
        or 1.

    Returns
    -------
    Interval
        Without rows, the estimate is nan and the interval 0 to 1.

    Examples
    --------
    >>> found = binomial_interval(45, 45, level=0.90, side="lower")
    >>> found.estimate, round(found.low, 4), found.high
    (1.0, 0.9501, 1.0)
    """
    check_level(level)
    check_value("side", side, *get_args(Side))
    check_value("n_rows", n_rows, *NON_NEGATIVE)
    check_value("n_hits", n_hits, *NON_NEGATIVE)
    if n_hits > n_rows:
        raise InputError(f"n_hits is {n_hits}: give a number of at most {n_rows}, the rows.")
    outside = (1 - level) / (2 if side == "both" else 1)
    n_others = n_rows - n_hits
    low, high = 0.0, 1.0
    if side != "upper" and n_hits > 0:
        low = float(stats.beta.ppf(outside, n_hits, n_others + 1))
    if side != "lower" and n_others > 0:
        high = float(stats.beta.ppf(1 - outside, n_hits + 1, n_others))
    estimate = n_hits / n_rows if n_rows else float("nan")
    return Interval(estimate, low, high, int(n_rows), 0)


def binomial_p_value(
    n_hits: Float[np.ndarray, " *shape"], n_rows: Float[np.ndarray, " *shape"], share: float
) -> Float[np.ndarray, " *shape"]:
    """Probability of at least so many hits if the true share is ``share``.

    Parameters
    ----------
    n_hits, n_rows : ndarray
        Rows that count, and all rows; they need not be whole.
    share : float
        The share from 0 to 1 that is tested.

    Returns
    -------
    ndarray
        At most ``1 - level`` where the lower bound of :func:`binomial_interval` is at least
        ``share``. 1 without hits.

    Examples
    --------
    >>> binomial_p_value(np.array([44.0, 45.0]), np.array([44.0, 45.0]), 0.95).round(4)
    array([0.1047, 0.0994])
    """
    none = n_hits <= 0
    p_value = special.betainc(np.where(none, 1, n_hits), np.maximum(n_rows - n_hits, 0) + 1, share)
    return np.where(none, 1.0, p_value)


def weighted_share(
    hit: Bool[np.ndarray, " rows"], weight: Float[np.ndarray, " rows"], level: float = 0.95
) -> Interval:
    """Weighted share of hits, with the binomial interval of their effective number.

    Parameters
    ----------
    hit : ndarray of shape (n_rows,), bool
        Which rows count.
    weight : ndarray of shape (n_rows,)
        Weight of each row. Equal weights give the exact interval.
    level : float, default=0.95
        Level of the interval.

    Returns
    -------
    Interval
        Of ``(sum w)^2 / sum w^2`` rows (Kish 1965). Without weight, the estimate is nan and the
        interval 0 to 1.

    Examples
    --------
    >>> found = weighted_share(np.array([True, False]), np.array([3.0, 1.0]))
    >>> found.estimate, found.n_used
    (0.75, 1)
    """
    n_rows = effective_rows(weight)
    if not n_rows:
        return binomial_interval(0, 0, level)
    share = min(float(weight[hit].sum() / weight.sum()), 1.0)
    # The product and the quotient of the effective rows would round the share.
    return binomial_interval(share * n_rows, n_rows, level)._replace(estimate=share)


def effective_rows(weight: Float[np.ndarray, " rows"]) -> float:
    """Effective number of weighted rows, ``(sum w)^2 / sum w^2`` (Kish 1965); 0 without weight."""
    total = float(weight.sum())
    return total**2 / float((weight**2).sum()) if total > 0 else 0.0


def rows_needed(share: float, level: float = 0.90, n_misses: int = 0) -> int:
    """Smallest number of rows of which ``n_misses`` may be missed if ``share`` is promised.

    Parameters
    ----------
    share : float
        The share that is promised, such as a recall of 0.95.
    level : float, default=0.90
        Confidence of the promise.
    n_misses : int, default=0
        Rows that do not count.

    Returns
    -------
    int
        From this number on, the one-sided lower bound of the share is at least ``share``.

    Examples
    --------
    >>> rows_needed(0.95), rows_needed(0.95, level=0.95), rows_needed(0.95, n_misses=1)
    (45, 59, 77)
    """
    check_value("share", share, *OPEN_FRACTION)
    check_level(level)
    check_count("n_misses", n_misses, 0)
    high = 2 * n_misses + 1
    while not _is_enough(high, n_misses, share, level):
        high *= 2
    enough = partial(_is_enough, n_misses=n_misses, share=share, level=level)
    return bisect_left(range(high), True, key=enough)


def misses_allowed(n_rows: int, share: float, level: float = 0.90) -> int:
    """Most of ``n_rows`` that may be missed if ``share`` is promised; -1 if there are too few.

    Parameters
    ----------
    n_rows : int
        The rows.
    share : float
        The share that is promised, such as a recall of 0.95.
    level : float, default=0.90
        Confidence of the promise.

    Returns
    -------
    int
        The inverse of :func:`rows_needed`.

    Examples
    --------
    >>> misses_allowed(76, 0.95), misses_allowed(77, 0.95), misses_allowed(44, 0.95)
    (0, 1, -1)
    """
    check_count("n_rows", n_rows, 0)
    check_value("share", share, *OPEN_FRACTION)
    check_level(level)
    # The smallest number whose probability is at least 1 - level; a smaller number is enough.
    found = int(stats.binom.ppf(1 - level, n_rows, 1 - share)) if n_rows else 0
    return found if _is_enough(n_rows, found, share, level) else found - 1


def _is_enough(n_rows: int, n_misses: int, share: float, level: float) -> bool:
    """Return whether so few misses are as unlikely as asked if the true share is just ``share``."""
    if n_rows <= n_misses:
        return False
    return bool(stats.binom.cdf(n_misses, n_rows, 1 - share) <= 1 - level + ROUNDING)
