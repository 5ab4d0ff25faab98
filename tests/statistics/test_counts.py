"""The distance of two samples of categories, against exact tests."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rarebit.exceptions import InputError
from rarebit.statistics.counts import count_difference


@pytest.mark.parametrize("counts", [((30, 10), (12, 13)), ((5, 5), (1, 9)), ((400, 20), (90, 10))])
def test_two_categories_are_a_hypergeometric_test(counts):
    before, now = map(np.array, counts)
    pooled, n_now = before + now, now.sum()
    # Every value that the second sample's first count can take, with its probability.
    k = np.arange(n_now + 1)
    chance = stats.hypergeom(pooled.sum(), pooled[0], n_now).pmf(k)
    distance = np.abs(k / n_now - (pooled[0] - k) / before.sum())
    observed = abs(now[0] / n_now - before[0] / before.sum())
    found = count_difference(before, now, n_resamples=20_000)
    assert found.difference == pytest.approx(observed)
    assert found.p == pytest.approx(chance[distance >= observed - 1e-12].sum(), abs=0.01)
    order = np.argsort(distance)
    exact = distance[order][np.searchsorted(np.cumsum(chance[order]), 0.95)]
    assert found.by_chance == pytest.approx(exact, abs=0.05)


def test_samples_of_one_distribution_differ_significantly_as_often_as_the_level_says():
    rng = np.random.default_rng(0)
    shares = [0.5, 0.2, 0.2, 0.05, 0.05]
    found = [
        count_difference(rng.multinomial(300, shares), rng.multinomial(40, shares), n_resamples=200)
        for _ in range(400)
    ]
    assert np.mean([one.p <= 0.05 for one in found]) == pytest.approx(0.05, abs=0.03)
    assert np.mean([one.difference > one.by_chance for one in found]) < 0.08


def test_samples_without_a_common_category_are_as_far_apart_as_can_be():
    found = count_difference(np.array([30, 0]), np.array([0, 20]))
    assert found.difference == 1
    assert found.p == 1 / 2001


@given(st.lists(st.integers(0, 9), min_size=2, max_size=5).filter(any), st.integers(1, 4))
def test_the_same_shares_have_no_distance(counts, times):
    counts = np.array(counts)
    found = count_difference(counts, times * counts, n_resamples=20)
    assert found.difference == pytest.approx(0, abs=1e-12)
    assert found.p == 1


def test_an_empty_sample_has_no_distance():
    assert np.isnan(count_difference(np.array([3, 4]), np.array([0, 0]))).all()


def test_wrong_counts_are_refused():
    with pytest.raises(InputError, match="2 and 3 categories"):
        count_difference(np.array([1, 2]), np.array([1, 2, 3]))
    for wrong in (np.array([0.5, 1.0]), np.array([-1, 2]), np.array([[1, 2]])):
        with pytest.raises((InputError, TypeError)):
            count_difference(wrong, np.array([1, 2]))
