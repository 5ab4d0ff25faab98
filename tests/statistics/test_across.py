"""Ranks and global tests, against published examples, SciPy and scikit-posthocs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from rarebit.exceptions import InputError
from rarebit.statistics import (
    cliques,
    friedman,
    global_test,
    nemenyi,
    nemenyi_critical_difference,
    ranks,
)
from rarebit.statistics.across import friedman_statistic

# AUC of C4.5, with m, with cf, with both, on 14 data sets: Demšar (2006), table 6.
# (Two scores printed as 0.975 are ranked 2 and 3 there: hence a fourth digit.)
DEMSAR = pd.DataFrame(
    {
        "C4.5": [
            *(0.763, 0.599, 0.954, 0.628, 0.882, 0.936, 0.661),
            *(0.583, 0.775, 1.000, 0.940, 0.619, 0.972, 0.957),
        ],
        "C4.5+m": [
            *(0.768, 0.591, 0.971, 0.661, 0.888, 0.931, 0.668),
            *(0.583, 0.838, 1.000, 0.962, 0.666, 0.981, 0.978),
        ],
        "C4.5+cf": [
            *(0.771, 0.590, 0.968, 0.654, 0.886, 0.916, 0.609),
            *(0.563, 0.866, 1.000, 0.965, 0.614, 0.9751, 0.946),
        ],
        "C4.5+m+cf": [
            *(0.798, 0.569, 0.967, 0.657, 0.898, 0.931, 0.685),
            *(0.625, 0.875, 1.000, 0.962, 0.669, 0.975, 0.970),
        ],
    }
)


def random_scores(n=12, k=6, seed=0):
    values = np.random.default_rng(seed).normal(size=(n, k)) + np.arange(k) / 2
    return pd.DataFrame(values, columns=[f"m{i}" for i in range(k)])


tables = hnp.arrays(
    float, st.tuples(st.integers(2, 8), st.integers(3, 6)), elements=st.integers(0, 3).map(float)
).map(pd.DataFrame)


# ---------------------------------------------------------------- ranks


def test_average_ranks_of_the_textbook_example():
    expected = [3.143, 2.000, 2.893, 1.964]
    np.testing.assert_allclose(ranks(DEMSAR).mean(), expected, atol=5e-4)


def test_failed_models_rank_last_and_tie():
    scores = pd.DataFrame([[0.5, np.nan, 0.1, np.nan]], columns=list("abcd"))
    assert ranks(scores).loc[0].tolist() == [1, 3.5, 2, 3.5]
    assert ranks(scores, greater_is_better=False).loc[0].tolist() == [2, 3.5, 1, 3.5]


def test_rounding_does_not_break_a_tie():
    scores = pd.DataFrame({"a": [0.1 + 0.2], "b": [0.3], "c": [0.0]})
    assert ranks(scores).loc[0].tolist() == [1.5, 1.5, 3]


@given(tables)
def test_ranks_of_a_data_set_add_up_and_follow_the_scores(scores):
    table = ranks(scores)
    k = scores.shape[1]
    np.testing.assert_allclose(table.sum(axis=1), k * (k + 1) / 2)
    np.testing.assert_allclose(ranks(-scores, greater_is_better=False), table)
    for i in scores.index:
        better = (scores.loc[i].to_numpy() > scores.loc[i].to_numpy()[:, None]).sum(axis=1)
        level = (scores.loc[i].to_numpy() == scores.loc[i].to_numpy()[:, None]).sum(axis=1)
        np.testing.assert_allclose(table.loc[i], better + (level + 1) / 2)


@pytest.mark.parametrize(
    "scores",
    [
        pd.DataFrame({"a": [1.0]}),
        pd.DataFrame({"a": [], "b": []}),
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
    ],
)
def test_a_table_needs_data_sets_and_named_models(scores):
    with pytest.raises(InputError, match="give one row per data set and one column"):
        ranks(scores)


# ---------------------------------------------------------------- global tests


def test_friedman_of_the_textbook_example():
    test = friedman(DEMSAR)
    uncorrected = friedman_statistic(ranks(DEMSAR).mean(), 14)
    # Demšar works from printed ranks, without correction: 9.28 and F 3.69.
    assert uncorrected == pytest.approx(9.28, abs=0.05)
    assert global_test(uncorrected, 14, 4).f == pytest.approx(3.69, abs=0.02)
    assert test.chi2 == pytest.approx(stats.friedmanchisquare(*DEMSAR.to_numpy().T).statistic)
    assert test.chi2 > uncorrected


@given(tables)
def test_friedman_is_scipys_and_f_is_the_analysis_of_variance_of_the_ranks(scores):
    if (scores.nunique(axis=1) == 1).all():
        assert friedman(scores)[2:] == (0, scores.shape[1] - 1, 1, 0, *friedman(scores)[6:8], 1)
        return
    test = friedman(scores)
    theirs = stats.friedmanchisquare(*scores.to_numpy().T)
    assert test.chi2 == pytest.approx(theirs.statistic)
    assert test.p == pytest.approx(theirs.pvalue)

    # Two-way analysis of variance without interaction, on the ranks (Conover 1999, 5.8).
    table = ranks(scores).to_numpy()
    n = len(table)
    grand = table.mean()
    between = n * ((table.mean(axis=0) - grand) ** 2).sum()
    rest = ((table - grand) ** 2).sum() - between
    if rest > 1e-9:
        assert test.f == pytest.approx(between / (rest / (n - 1)))
        assert test.f_p == pytest.approx(stats.f.sf(test.f, test.f_df1, test.f_df2))
    else:
        assert (test.f, test.f_p) == (np.inf, 0)


def test_a_model_that_fails_everywhere_ranks_last():
    scores = random_scores(n=10, k=4)
    failed = scores.assign(m3=np.nan)
    assert friedman(failed).chi2 == friedman(scores.assign(m3=-100.0)).chi2
    # A few failures of one model: it ranks last there in either direction of the score.
    some = scores.copy()
    some.iloc[:3, 3] = np.nan
    worst = friedman(some.fillna(-100.0)).chi2
    assert friedman(some).chi2 == pytest.approx(worst)
    loss = friedman(some, greater_is_better=False).chi2
    assert loss == pytest.approx(friedman(some.fillna(100.0), greater_is_better=False).chi2)
    assert loss != pytest.approx(worst)


@pytest.mark.parametrize("shape", [(1, 4), (5, 2)])
def test_a_table_that_is_too_small(shape):
    with pytest.raises(InputError, match=f"{shape[0]} data sets? and {shape[1]} models?"):
        friedman(random_scores(*shape))


# ---------------------------------------------------------------- Nemenyi


@pytest.mark.parametrize(
    ("n_models", "q_05", "q_10"), [(2, 1.960, 1.645), (5, 2.728, 2.459), (10, 3.164, 2.920)]
)
def test_critical_values_are_the_published_ones(n_models, q_05, q_10):
    # Demšar (2006), table 5(a).
    for alpha, q in ((0.05, q_05), (0.10, q_10)):
        expected = q * np.sqrt(n_models * (n_models + 1) / (6 * 20))
        ours = nemenyi_critical_difference(n_models, 20, alpha)
        assert ours == pytest.approx(expected, rel=1e-3)


@pytest.mark.slow  # imports statsmodels
def test_nemenyi_is_that_of_scikit_posthocs():
    posthocs = pytest.importorskip("scikit_posthocs")
    scores = random_scores()
    theirs = posthocs.posthoc_nemenyi_friedman(scores.to_numpy())
    np.testing.assert_allclose(nemenyi(scores), theirs, atol=1e-6)


def test_p_value_and_critical_difference_agree():
    scores = 2 * random_scores(n=8, k=5, seed=3) + 3 * np.arange(5)
    average = ranks(scores).mean().to_numpy()
    apart = np.abs(average[:, None] - average) > nemenyi_critical_difference(5, 8)
    np.testing.assert_array_equal(nemenyi(scores) < 0.05, apart)
    assert apart.any()


# ---------------------------------------------------------------- cliques


def by_brute_force(order, p, alpha):
    runs = [
        tuple(order[i:j])
        for i in range(len(order))
        for j in range(i + 2, len(order) + 1)
        if (p.loc[order[i:j], order[i:j]] >= alpha).all(axis=None)
    ]
    return [run for run in runs if not any(set(run) < set(other) for other in runs)]


@given(st.integers(2, 8), st.integers(0, 10_000))
def test_cliques_are_the_longest_runs(k, seed):
    rng = np.random.default_rng(seed)
    p = np.triu(rng.choice([0.01, 0.05, 0.5], size=(k, k), p=[0.2, 0.1, 0.7]), 1)
    names = [f"m{i}" for i in range(k)]
    p = pd.DataFrame(p + p.T + np.eye(k), names, names)
    average = pd.Series(rng.permutation(k) + 1.0, names)
    order = list(average.sort_values().index)
    assert cliques(average, p) == by_brute_force(order, p, 0.05)


def test_models_that_all_differ_have_no_bar():
    names = ["a", "b"]
    p = pd.DataFrame([[1, 0.001], [0.001, 1]], names, names)
    assert cliques(pd.Series([1.0, 2.0], names), p) == []
