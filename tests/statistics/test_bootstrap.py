"""Bootstrap resamples and intervals, against SciPy, brute force and known coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rarebit.exceptions import InputError
from rarebit.statistics import bootstrap_interval, bootstrap_scores
from rarebit.statistics.bootstrap import bootstrap_counts

# ---------------------------------------------------------------- resamples


@given(st.integers(1, 30), st.integers(0, 1000))
def test_units_are_drawn_with_replacement(n_units, seed):
    rng = np.random.default_rng(seed)
    for counts in bootstrap_counts(n_units, 3, seed):
        drawn = rng.integers(n_units, size=n_units)
        assert counts.tolist() == [(drawn == unit).sum() for unit in range(n_units)]


def test_every_unit_is_drawn_once_on_average():
    plain = np.mean(list(bootstrap_counts(10, 4000, 0)), axis=0)
    strata = [np.arange(4), np.arange(4, 10)]
    stratified = np.mean(list(bootstrap_counts(10, 4000, 0, strata=strata)), axis=0)
    np.testing.assert_allclose(plain, 1, atol=0.06)
    np.testing.assert_allclose(stratified, 1, atol=0.06)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(0, 1000))
def test_a_stratum_keeps_its_size_and_leaves_some_unit_out(sizes, seed):
    order = np.random.default_rng(seed).permutation(sum(sizes))
    strata = np.split(order, np.cumsum(sizes)[:-1])
    for counts in bootstrap_counts(sum(sizes), 5, seed, strata=strata):
        for members, size in zip(strata, sizes, strict=True):
            assert counts[members].sum() == size
            assert (counts[members] == 0).any() or size == 1


def test_resamples_follow_the_random_state():
    def draw(random_state):
        return [counts.tolist() for counts in bootstrap_counts(20, 2, random_state)]

    assert draw(3) == draw(3) == draw(np.random.default_rng(3)) != draw(4)
    with pytest.raises(InputError, match="random_state is -1"):
        draw(-1)


# ---------------------------------------------------------------- intervals of scores


def test_scores_equal_a_bootstrap_by_hand():
    values = np.random.default_rng(0).normal(size=30)

    def score(weight):
        mean = np.average(values, weights=weight)
        return [mean, np.average((values - mean) ** 2, weights=weight)]

    rng = np.random.default_rng(5)
    resampled = [values[rng.integers(30, size=30)] for _ in range(200)]
    found = bootstrap_scores(score, 30, n_resamples=200, level=0.8, random_state=5)
    for interval, statistic in zip(found, (np.mean, np.var), strict=True):
        expected = np.quantile([statistic(each) for each in resampled], [0.1, 0.9])
        assert interval.estimate == pytest.approx(statistic(values))
        assert (interval.low, interval.high) == pytest.approx(tuple(expected))
        assert (interval.n_used, interval.n_dropped) == (200, 0)


def test_whole_groups_are_drawn_and_rows_keep_their_weights():
    groups = np.array(["b", "a", "b", "c"])
    weight = np.array([1.0, 2.0, 3.0, 4.0])
    seen = []
    bootstrap_scores(
        lambda row_weight: seen.append(row_weight) or [0.0],
        4, groups=groups, sample_weight=weight, n_resamples=20, random_state=1,
    )  # fmt: skip
    assert seen[0].tolist() == weight.tolist()
    expected = [counts[[1, 0, 1, 2]] * weight for counts in bootstrap_counts(3, 20, random_state=1)]
    np.testing.assert_array_equal(seen[1:], expected)


def test_the_interval_of_grouped_rows_is_wider():
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(20), 10)
    values = rng.normal(size=20)[groups] + 0.1 * rng.normal(size=200)
    rows, grouped = (
        bootstrap_scores(
            lambda weight: [np.average(values, weights=weight)],
            200, groups=each, n_resamples=500, random_state=0,
        )[0]
        for each in (None, groups)
    )  # fmt: skip
    # Ten equal rows a group: a third of the standard error if they are taken for independent.
    ratio = (grouped.high - grouped.low) / (rows.high - rows.low)
    assert ratio == pytest.approx(np.sqrt(10), rel=0.15)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(0)
    covered = 0
    for seed in range(300):
        right = (rng.random(80) < 0.7).astype(float)
        interval = bootstrap_scores(
            lambda weight, right=right: [np.average(right, weights=weight)],
            80, n_resamples=200, level=0.9, random_state=seed,
        )[0]  # fmt: skip
        covered += interval.low <= 0.7 <= interval.high
    assert covered / 300 == pytest.approx(0.9, abs=0.045)


def test_undefined_scores_are_left_out_and_counted():
    y = np.array([0, 0, 0, 1])
    resamples = list(bootstrap_counts(4, 300, random_state=0))
    missed = sum(counts[3] == 0 for counts in resamples)

    def recall(weight):
        return [1.0 if weight[3] > 0 else np.nan, np.nan]

    defined, never = bootstrap_scores(recall, len(y), n_resamples=300, random_state=0)
    assert defined == (1.0, 1.0, 1.0, 300 - missed, missed)
    assert np.isnan([never.low, never.high]).all()
    assert (never.n_used, never.n_dropped) == (0, 300)


def test_no_resamples_and_no_rows_have_no_interval():
    for n_rows, n_resamples in ((3, 0), (0, 5)):
        found = bootstrap_scores(
            lambda weight: [weight.sum()] if len(weight) else [np.nan],
            n_rows, n_resamples=n_resamples, random_state=0,
        )[0]  # fmt: skip
        assert np.isnan([found.low, found.high]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": [1, 2]}, r"groups has shape \(2,\): give one group for each row"),
        ({"sample_weight": np.ones(2)}, "sample_weight has shape"),
        ({"sample_weight": -np.ones(3)}, "sample_weight must hold"),
        ({"level": 1}, "level is 1: give a number above 0 and below 1"),
        ({"n_resamples": -1}, "n_resamples is -1: give an integer of at least 0"),
    ],
)
def test_invalid_input(options, message):
    with pytest.raises(InputError, match=message):
        bootstrap_scores(lambda weight: [0.0], 3, **options)


# ---------------------------------------------------------------- BCa


def test_bootstrap_is_scipy_with_its_correction():
    values = np.random.default_rng(1).exponential(size=20)
    ours = bootstrap_interval(values, random_state=3)
    theirs = stats.bootstrap(
        (values,), np.mean, method="BCa", random_state=np.random.default_rng(3)
    )
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs.confidence_interval))
    assert ours.estimate == pytest.approx(values.mean())


def test_without_the_correction_it_is_the_percentile_interval():
    values = np.array([0.0, 1.0, 1.0, 1.0, 1.0, 2.0])
    ours = bootstrap_interval(values, np.median, n_resamples=500, random_state=0)
    theirs = stats.bootstrap(
        (values,),
        np.median,
        method="percentile",
        n_resamples=500,
        random_state=np.random.default_rng(0),
    )
    assert (ours.low, ours.high) == tuple(theirs.confidence_interval)


@pytest.mark.parametrize("values", [[], [0.5], [0.5, 0.5, 0.5], [0.5, np.nan]])
def test_bootstrap_of_too_little_has_no_ends(values):
    interval = bootstrap_interval(values)
    assert np.isnan([interval.low, interval.high]).all()
    assert interval.n_dropped == int(np.isnan(values).sum())


def test_bootstrap_follows_its_seed():
    values = np.arange(8.0)
    first, second, third = (
        bootstrap_interval(values, n_resamples=200, random_state=s) for s in (0, 0, 1)
    )
    assert first == second != third


@given(st.integers(0, 200))
def test_no_interval_leaves_its_estimate_out(seed):
    rng = np.random.default_rng(seed)
    proba, y = rng.uniform(size=40), rng.uniform(size=40)

    def biased(weight):
        """A mean of absolute means in small bins: larger on rows that repeat."""
        bins = np.arange(40) // 4
        mass = np.bincount(bins, weights=weight)
        gaps = np.abs(np.bincount(bins, weights=weight * (y - proba)))
        return [float(gaps.sum() / mass.sum()), float(weight.max())]

    for found in bootstrap_scores(biased, 40, n_resamples=50, random_state=seed):
        assert found.low <= found.estimate <= found.high
    values = rng.exponential(size=8)
    found = bootstrap_interval(values, np.max, n_resamples=100, random_state=seed)
    assert found.low <= found.estimate <= found.high
