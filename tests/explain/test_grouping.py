"""Associations against SciPy's own figures, and groups with a known answer."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from scipy.stats.contingency import association as contingency

from rarebit.exceptions import InputError
from rarebit.explain import association, correlated_groups
from rarebit.explain.grouping import check_groups

RNG = np.random.default_rng(0)
N = 400
X = RNG.normal(size=N)
TABLE = pd.DataFrame(
    {
        "x": X,
        "cubed": X**3,
        "noisy": X + RNG.normal(size=N),
        "kind": RNG.choice(["a", "b", "c"], N),
        "other": RNG.choice(["u", "v"], N, p=[0.8, 0.2]),
        "day": pd.Timestamp("2020-01-01") + pd.to_timedelta(np.argsort(np.argsort(X)), unit="D"),
        "flag": X > 0,
    }
)


def test_two_numbers_have_their_rank_correlation():
    found = association(TABLE[["x", "noisy", "cubed"]])
    assert found[0, 1] == pytest.approx(abs(spearmanr(X, TABLE.noisy).statistic))
    assert found[0, 2] == pytest.approx(1)


def test_two_categories_have_cramers_v():
    counts = pd.crosstab(TABLE.kind, TABLE.other).to_numpy()
    found = association(TABLE[["kind", "other"]])
    assert found[0, 1] == pytest.approx(contingency(counts, method="cramer"))


def test_a_number_and_a_category_have_the_correlation_ratio_of_the_ranks():
    ranks = TABLE.x.rank()
    within = ranks.groupby(TABLE.kind).transform("mean")
    ratio = np.sqrt(within.var(ddof=0) / ranks.var(ddof=0))
    assert association(TABLE[["x", "kind"]])[0, 1] == pytest.approx(ratio)


@given(
    st.lists(
        st.tuples(*[st.sampled_from([None, 0, 1, 5])] * 2, st.sampled_from("abc")),
        min_size=1,
        max_size=40,
    )
)
def test_associations_are_symmetric_and_from_0_to_1(rows):
    frame = pd.DataFrame(rows, columns=["one", "two", "three"])
    frame = frame.astype({"one": float, "two": float, "three": object})
    found = association(frame)
    np.testing.assert_array_equal(found, found.T)
    assert (np.diag(found) == 1).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_columns_that_say_the_same_are_one_group():
    alike = TABLE.drop(columns="noisy").assign(other2=TABLE.other.str.upper(), constant=1)
    groups = [["x", "cubed", "day", "flag"], ["kind"], ["other", "other2"], ["constant"]]
    assert correlated_groups(alike) == groups


def test_all_pairs_of_a_group_reach_the_limit():
    walk = pd.DataFrame(np.cumsum(RNG.normal(size=(300, 12)), axis=1)).rename(columns=str)
    found = pd.DataFrame(association(walk), walk.columns, walk.columns)
    groups = correlated_groups(walk, limit=0.8)
    assert 1 < len(groups) < 12
    for group in groups:
        assert found.loc[group, group].to_numpy().min() >= 0.8


def test_the_most_similar_groups_are_joined_where_there_are_too_many():
    frame = pd.DataFrame(RNG.normal(size=(50, 6)), columns=list("abcdef"))
    groups = correlated_groups(frame.assign(b=frame.a + 0.9 * frame.b), limit=0.95, most=5)
    assert sorted(map(len, groups)) == [1, 1, 1, 1, 2]
    assert ["a", "b"] in groups


def test_one_column_and_many_levels():
    assert correlated_groups(TABLE[["x"]]) == [["x"]]
    ids = pd.DataFrame({"id": [f"p{i}" for i in range(N)], "x": X})
    assert correlated_groups(ids) == [["id"], ["x"]]  # every value once is no association


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([["x", "y"]], "unknown column y"),
        ([["x"], []], "an empty group"),
        ([["x"], ["kind", "x"]], "column 'x' twice"),
    ],
)
def test_wrong_groups_are_refused(groups, message):
    with pytest.raises(InputError, match=message):
        check_groups(TABLE, groups)


def test_a_wrong_limit_is_refused():
    with pytest.raises(InputError, match="limit is 2"):
        correlated_groups(TABLE, limit=2)


def test_labels_that_are_numbers():
    x = np.random.default_rng(0).normal(size=(60, 2))
    frame = pd.DataFrame(np.column_stack([x, 2 * x[:, 0]]))
    assert correlated_groups(frame) == [[0, 2], [1]]
