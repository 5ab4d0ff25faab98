"""Binomial bounds, against scipy's exact test, quantiles by hand and simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rarebit.exceptions import InputError
from rarebit.statistics import (
    binomial_interval,
    binomial_p_value,
    misses_allowed,
    rows_needed,
)

ALTERNATIVE = {"both": "two-sided", "lower": "greater", "upper": "less"}


@pytest.mark.parametrize("side", ALTERNATIVE)
@pytest.mark.parametrize(("hits", "rows"), [(0, 9), (1, 9), (45, 50), (50, 50), (1, 1)])
@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
def test_bounds_are_those_of_the_exact_test(side, hits, rows, level):
    exact = stats.binomtest(hits, rows, alternative=ALTERNATIVE[side])
    expected = exact.proportion_ci(confidence_level=level, method="exact")
    found = binomial_interval(hits, rows, level, side)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert (found.estimate, found.n_used) == (hits / rows, rows)


def test_without_misses_the_lower_bound_has_a_closed_form():
    # P(no miss) = share**n
    for n in (1, 10, 45):
        assert binomial_interval(n, n, 0.9, "lower").low == pytest.approx(0.1 ** (1 / n))
        assert binomial_interval(0, n, 0.9, "upper").high == pytest.approx(1 - 0.1 ** (1 / n))


def test_p_values_are_those_of_the_exact_test():
    hits, rows = np.array([0.0, 3.0, 9.0, 45.0]), np.array([9.0, 9.0, 9.0, 50.0])
    expected = [
        stats.binomtest(int(k), int(n), 0.8, alternative="greater").pvalue
        for k, n in zip(hits, rows, strict=True)
    ]
    np.testing.assert_allclose(binomial_p_value(hits, rows, 0.8), expected)


def test_without_rows_nothing_is_known():
    found = binomial_interval(0, 0)
    assert np.isnan(found.estimate)
    assert (found.low, found.high) == (0, 1)


@pytest.mark.parametrize(
    ("level", "misses", "rows"),
    # 0.95**n <= 0.1 and <= 0.05; with misses: the sample sizes of acceptance tables (Wilks 1941).
    [(0.9, 0, 45), (0.95, 0, 59), (0.95, 1, 93), (0.95, 2, 124)],
)
def test_rows_needed_for_a_share_of_95_percent(level, misses, rows):
    assert rows_needed(0.95, level, misses) == rows


@given(st.integers(0, 400), st.floats(0.05, 0.995), st.floats(0.5, 0.99))
def test_the_misses_allowed_are_the_most_whose_bound_reaches_the_share(n, share, level):
    allowed = misses_allowed(n, share, level)

    def bound(misses):
        return binomial_interval(n - misses, n, level, "lower").low

    assert allowed < 0 or bound(allowed) >= share - 1e-9
    assert allowed + 1 > n or bound(allowed + 1) < share + 1e-9
    if allowed >= 0:
        assert rows_needed(share, level, allowed) <= n
    assert rows_needed(share, level, allowed + 1) > n


def test_the_coverage_is_at_least_the_level():
    rng = np.random.default_rng(0)
    hits = rng.binomial(60, 0.93, size=4000)
    bounds = {n: binomial_interval(int(n), 60, 0.9, "lower").low for n in np.unique(hits)}
    assert np.mean([bounds[n] <= 0.93 for n in hits]) >= 0.9


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: binomial_interval(5, 4), "n_hits is 5: give a number of at most 4, the rows."),
        (lambda: binomial_interval(-1, 4), "n_hits is -1: give a number of at least 0"),
        (lambda: binomial_interval(1, 4, level=95), "level is 95: give a number"),
        (lambda: binomial_interval(1, 4, side="left"), "side is 'left': give 'both', 'lower' or"),
        (lambda: rows_needed(1.0), "share is 1.0: give a number above 0 and below 1."),
        (lambda: misses_allowed(4.5, 0.9), "n_rows is 4.5: give an integer of at least 0."),
    ],
)
def test_bad_input_is_refused_in_one_line(call, message):
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value).startswith(message)
