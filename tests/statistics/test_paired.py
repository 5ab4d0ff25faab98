"""Tests and intervals on one data set, against SciPy and hand calculations."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from rarebit.exceptions import InputError
from rarebit.statistics import corrected_interval, corrected_t_test, holm

DIFFERENCES = [0.02, -0.01, 0.03, 0.05, 0.01]


# ---------------------------------------------------------------- corrected t-test


def test_without_correction_it_is_the_one_sample_t_test():
    ours = corrected_t_test(DIFFERENCES, 0.0)
    theirs = stats.ttest_1samp(DIFFERENCES, 0.0)
    assert ours.t == pytest.approx(theirs.statistic)
    assert ours.p == pytest.approx(theirs.pvalue)
    assert (ours.low, ours.high) == pytest.approx(tuple(theirs.confidence_interval(0.95)))


def test_the_correction_worked_by_hand():
    # mean 0.02; squared deviations 0, 9, 1, 9, 1 (e-4) add to 20e-4, so the variance is 5e-4;
    # variance factor 1/5 + 1/4 = 0.45; standard error sqrt(0.45 * 5e-4) = 0.015.
    test = corrected_t_test(DIFFERENCES, 1 / 4)
    assert test.difference == pytest.approx(0.02)
    assert test.t == pytest.approx(0.02 / 0.015)
    assert test.df == 4
    assert test.p == pytest.approx(2 * stats.t.sf(4 / 3, 4))
    assert test.high == pytest.approx(0.02 + stats.t.ppf(0.975, 4) * 0.015)


@pytest.mark.parametrize("folds", [2, 5])
def test_it_keeps_its_level_where_folds_are_correlated_as_assumed(folds):
    # With correlation n_test / (n_test + n_train) between folds, which is what Nadeau and Bengio
    # assume, the statistic follows Student's t exactly; the plain test rejects far too often.
    ratio = 1 / (folds - 1)
    correlation = ratio / (1 + ratio)
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(3000, 1)) * np.sqrt(correlation)
    own = rng.normal(size=(3000, 2 * folds)) * np.sqrt(1 - correlation)
    corrected = np.mean([corrected_t_test(d, ratio).p < 0.05 for d in shared + own])
    plain = np.mean([corrected_t_test(d, 0.0).p < 0.05 for d in shared + own])
    assert 0.037 < corrected < 0.063
    assert plain > 0.2


def test_failed_folds_are_dropped_and_counted():
    test = corrected_t_test([*DIFFERENCES, np.nan, np.nan], 1 / 4)
    assert (test.n_used, test.n_dropped) == (5, 2)
    assert test[:6] == corrected_t_test(DIFFERENCES, 1 / 4)[:6]


@pytest.mark.parametrize("values", [[0.1], [np.nan, 0.1], [0.3 - 0.2, 0.2 - 0.1, 0.1]])
def test_one_fold_or_no_variation_gives_no_test(values):
    test = corrected_t_test(values, 1 / 4)
    assert test.difference == pytest.approx(0.1)
    assert np.isnan([test.low, test.high, test.t, test.p]).all()


def test_no_fold_at_all():
    test = corrected_t_test([np.nan, np.nan], 1 / 4)
    assert np.isnan([test.difference, test.low, test.p]).all()
    assert (test.n_used, test.n_dropped) == (0, 2)


def test_models_that_agree_on_every_fold_do_not_differ():
    test = corrected_t_test([0.0, 0.1 + 0.2 - 0.3, 0.0], 1 / 2)
    assert (test.difference, test.low, test.high, test.p) == (0, 0, 0, 1)


@given(hnp.arrays(float, st.integers(2, 20), elements=st.floats(-1, 1)), st.floats(0, 1))
def test_interval_and_p_value_agree(values, ratio):
    test = corrected_t_test(values, ratio)
    if np.isfinite(test.t):
        assert (test.p < 0.05) == (test.low > 0 or test.high < 0) or abs(test.p - 0.05) < 1e-6
        assert corrected_t_test(-values, ratio).p == pytest.approx(test.p)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.1, 0.2], -1), "test_fraction_ratio is -1"),
        (([0.1, 0.2], float("nan")), "test_fraction_ratio is nan"),
        (([0.1, 0.2], 0.25, 95), "level is 95"),
        (([[0.1, 0.2]], 0.25), "shape"),
    ],
)
@pytest.mark.parametrize("function", [corrected_t_test, corrected_interval])
def test_invalid_input(function, arguments, message):
    with pytest.raises(InputError, match=message):
        function(*arguments)


# ---------------------------------------------------------------- corrected interval


def test_the_interval_of_scores_is_that_of_their_difference_to_0():
    scores = [0.8, 0.9, 0.7, np.nan]
    interval, test = corrected_interval(scores, 0.5), corrected_t_test(scores, 0.5)
    assert interval[:3] == test[:3]
    assert interval[3:] == (3, 1)


def test_a_perfect_score_on_all_folds_has_no_interval():
    interval = corrected_interval([1.0, 1.0, 1.0], 0.5)
    assert interval.estimate == 1.0
    assert np.isnan([interval.low, interval.high]).all()


# ---------------------------------------------------------------- Holm


def test_holm_worked_by_hand():
    # Sorted: 0.005 x 4, 0.01 x 3, 0.03 x 2, 0.04 x 1 -> running maximum 0.02, 0.03, 0.06, 0.06.
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])


@given(hnp.arrays(float, st.integers(1, 7), elements=st.floats(0, 1)))
def test_holm_is_bonferroni_closed(p):
    # Closed testing: a hypothesis falls when every set of hypotheses it belongs to does.
    subsets = [list(s) for n in range(1, len(p) + 1) for s in combinations(range(len(p)), n)]
    bonferroni = [min(1.0, len(s) * p[s].min()) for s in subsets]
    closed = [
        max(b for s, b in zip(subsets, bonferroni, strict=True) if i in s) for i in range(len(p))
    ]
    np.testing.assert_allclose(holm(p), closed)


def test_holm_ignores_missing_tests():
    adjusted = holm([np.nan, 0.02, 0.01, np.nan])
    np.testing.assert_array_equal(adjusted, [np.nan, 0.02, 0.02, np.nan])
    assert np.isnan(holm([np.nan])).all()
    assert holm([]).shape == (0,)
