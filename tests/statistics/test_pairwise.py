"""Pairs of models, against SciPy, scikit-posthocs and listed signs."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from rarebit.exceptions import InputError
from rarebit.statistics import holm, pairwise, wilcoxon_holm
from rarebit.statistics.pairwise import _wilcoxon_rows, rank_biserial, wilcoxon_p, win_tie_loss

differences = hnp.arrays(float, st.integers(1, 12), elements=st.integers(-4, 4).map(float))


def random_scores(n=12, k=5, seed=0):
    values = np.random.default_rng(seed).normal(size=(n, k)) + np.arange(k) / 2
    return pd.DataFrame(values, columns=[f"m{i}" for i in range(k)])


# ---------------------------------------------------------------- one pair


@settings(max_examples=40)
@given(differences.filter(lambda d: d.any() and len(d) <= 8))
@example(np.array([0.3, -0.1, 0.5, 0.2, 0.7, -0.4]))
def test_wilcoxon_by_listing_all_signs(d):
    size = stats.rankdata(np.abs(d)) * (d != 0)
    sums = np.array(list(product([-1, 1], repeat=len(d)))) @ size
    expected = np.mean(np.abs(sums) >= abs(size @ np.sign(d)))
    assert wilcoxon_p(d) == pytest.approx(expected)


def test_zeros_are_split_not_dropped():
    # Ten zeros share ranks 1 .. 10, five on each side; the rest, 11 .. 15, are all in favour.
    d = np.concatenate([np.zeros(10), [0.1, 0.2, 0.3, 0.4, 0.5]])
    against, n = 55 / 2, 15
    variance = n * (n + 1) * (2 * n + 1) / 24 - (10**3 - 10) / 48
    z = (against - n * (n + 1) / 4) / np.sqrt(variance)
    assert wilcoxon_p(d) == pytest.approx(2 * stats.norm.sf(abs(z)))
    assert rank_biserial(d) == pytest.approx(65 / 120)


def test_no_difference_at_all():
    assert wilcoxon_p([0.0, 0.0]) == 1.0
    assert rank_biserial([0.0, 0.0]) == 0.0
    assert win_tie_loss([0.0, 0.0]) == (0, 2, 0)


@given(differences)
def test_rank_biserial_is_the_statistic_of_wilcoxon_on_a_scale(d):
    size = stats.rankdata(np.abs(d))
    in_favour = size[d > 0].sum() + size[d == 0].sum() / 2
    assert rank_biserial(d) == pytest.approx(2 * in_favour / size.sum() - 1)
    assert rank_biserial(-d) == pytest.approx(-rank_biserial(d))
    assert rank_biserial(np.abs(d) + 1) == 1


@given(differences, st.integers(0, 3))
def test_wins_ties_and_losses_add_up(d, margin):
    record = win_tie_loss(d, margin)
    assert record == (sum(d > margin), sum(abs(d) <= margin), sum(d < -margin))


def test_a_difference_of_the_margin_is_a_tie_despite_rounding():
    assert win_tie_loss([0.3 - 0.2, 0.2 - 0.3], margin=0.1) == (0, 2, 0)


def test_an_invalid_margin():
    with pytest.raises(InputError, match="margin is -1"):
        win_tie_loss([0.1], margin=-1)


# ---------------------------------------------------------------- tables


def test_the_table_of_pairs_against_its_parts():
    scores = random_scores()
    table = pairwise(scores, n_resamples=200, random_state=0)
    assert len(table) == 10
    for line in table.itertuples():
        d = scores[line.model] - scores[line.other]
        assert line.difference == pytest.approx(d.mean())
        assert line.low < line.difference < line.high
        assert (line.wins, line.ties, line.losses) == win_tie_loss(d)
        assert line.p == pytest.approx(stats.wilcoxon(d).pvalue)
        assert line.n == 12
    np.testing.assert_allclose(table["p_holm"], holm(table["p"]))


def test_against_a_reference_only_its_own_pairs_are_adjusted_for():
    scores = random_scores()
    table = pairwise(scores, reference="m2", n_resamples=100)
    assert table["model"].tolist() == ["m0", "m1", "m3", "m4"]
    assert set(table["other"]) == {"m2"}
    np.testing.assert_allclose(table["p_holm"], holm(table["p"]))
    with pytest.raises(InputError, match="reference is 'm9': give 'm0', 'm1'"):
        pairwise(scores, reference="m9")


def test_a_loss_has_the_opposite_sign():
    scores = random_scores(k=2)
    gain = pairwise(scores, n_resamples=100, random_state=0)
    loss = pairwise(-scores, greater_is_better=False, n_resamples=100, random_state=0)
    pd.testing.assert_frame_equal(gain, loss)


def test_a_failure_loses_by_more_than_any_measured_difference():
    scores = pd.DataFrame({"a": [0.9, 0.8, 0.7, 0.6, np.nan], "b": [np.nan, 0.7, 0.5, 0.9, np.nan]})
    line = pairwise(scores, n_resamples=100).iloc[0]
    assert line["n"] == 3
    assert line["difference"] == pytest.approx(0)
    assert (line["wins"], line["ties"], line["losses"]) == (3, 1, 1)
    # ranks: 0 -> 1, 0.1 -> 2, 0.2 -> 3, -0.3 -> 4, failed -> 5
    assert line["rank_biserial"] == pytest.approx((2 + 3 + 5 - 4) / 15)
    # Also if the measured differences are large.
    large = pairwise(10 * scores, n_resamples=100).iloc[0]
    assert large["rank_biserial"] == line["rank_biserial"]


def test_equal_differences_tie_in_rank_despite_rounding():
    scores = pd.DataFrame({"a": [0.3, 0.2, 0.1], "b": [0.2, 0.3, 0.0]})
    assert pairwise(scores, n_resamples=100).iloc[0]["rank_biserial"] == pytest.approx(1 / 3)


def test_many_rows_at_once_have_the_p_values_of_each():
    """Rows with zeros or ties have other p-values and must not spoil those of the rest."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(7, 9))
    rows[1, 3] = 0
    rows[2, :2] = 0.5
    rows[3, :2] = [0.5, -0.5]
    rows[4] = 0
    expected = [wilcoxon_p(row) for row in rows]
    np.testing.assert_allclose(_wilcoxon_rows(rows), expected)


@pytest.mark.slow  # imports statsmodels
def test_wilcoxon_holm_is_that_of_scikit_posthocs():
    posthocs = pytest.importorskip("scikit_posthocs")
    scores = random_scores()
    long = scores.melt(var_name="model", value_name="score")
    theirs = posthocs.posthoc_wilcoxon(long, "score", "model", p_adjust="holm")
    ours = wilcoxon_holm(scores)
    np.testing.assert_allclose(ours, theirs.loc[ours.index, ours.columns])
