"""Splits: every row tested once, groups whole, time only looking back, tiny classes alive."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rarebit.zoo.splits import holdout_split, make_splits


@given(
    counts=st.lists(st.integers(1, 12), min_size=2, max_size=5),
    n_folds=st.integers(2, 6),
    seed=st.integers(0, 99),
)
def test_each_row_is_tested_once_a_repeat(counts, n_folds, seed):
    y = np.repeat(np.arange(len(counts)), counts)
    splits, _ = make_splits(y, n_folds=n_folds, n_repeats=2, seed=seed)
    for repeat in {split.repeat for split in splits}:
        parts = [split for split in splits if split.repeat == repeat]
        tested = np.sort(np.concatenate([split.test for split in parts]))
        np.testing.assert_array_equal(tested, np.arange(len(y)))
        for split in parts:
            assert not set(split.train) & set(split.test)


def test_repeats_differ_and_seeds_reproduce():
    y = np.repeat([0, 1], [20, 10])
    first, _ = make_splits(y, n_folds=3, n_repeats=2, seed=1)
    again, _ = make_splits(y, n_folds=3, n_repeats=2, seed=1)
    np.testing.assert_array_equal(first[0].test, again[0].test)
    assert not np.array_equal(first[0].test, first[3].test)


def test_folds_are_fewer_where_the_rare_class_is_small():
    splits, notes = make_splits(np.repeat([0, 1], [20, 3]), n_folds=5)
    assert len(splits) == 3
    assert notes == ["3 folds instead of 5: there are only 3 rows of the rare class."]
    assert all((np.repeat([0, 1], [20, 3])[split.test] == 1).any() for split in splits)


def test_tiny_classes_of_many_do_not_cost_folds():
    splits, notes = make_splits(np.repeat([0, 1, 2], [20, 10, 2]), n_folds=5)
    assert (len(splits), notes) == (5, [])


def test_fewer_rows_than_folds():
    splits, notes = make_splits(np.array([0, 0, 0, 1]), n_folds=5)
    assert len(splits) == 2
    assert notes == ["2 folds instead of 5: there is only 1 row of the rare class."]


def test_rows_that_cannot_be_split():
    assert make_splits(np.array([0, 1]), n_folds=5)[0] == []


@given(seed=st.integers(0, 50))
def test_groups_stay_on_one_side(seed):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 8, 60)
    y = rng.integers(0, 2, 60)
    splits, _ = make_splits(y, n_folds=4, groups=groups, seed=seed)
    for split in splits:
        assert not set(groups[split.train]) & set(groups[split.test])


def test_fewer_groups_than_folds():
    groups = np.repeat(["a", "b", "c"], 10)
    splits, notes = make_splits(np.tile([0, 1], 15), n_folds=5, groups=groups)
    assert len(splits) == 3
    assert notes == ["3 folds instead of 5: there are only 3 groups."]


@given(moments=st.lists(st.integers(0, 9), min_size=6, max_size=60), n_folds=st.integers(1, 5))
def test_time_looks_back_only(moments, n_folds):
    time = np.array(moments)
    splits, _ = make_splits(np.zeros(len(time), int), n_folds=n_folds, time=time)
    assert len(splits) <= n_folds
    for split in splits:
        assert time[split.train].max() < time[split.test].min()
    if splits:
        assert set(splits[-1].train) | set(splits[-1].test) == set(range(len(time)))


def test_time_blocks_are_even_when_moments_are_distinct():
    splits, notes = make_splits(np.zeros(60, int), n_folds=5, time=np.arange(60)[::-1])
    assert [len(split.test) for split in splits] == [10] * 5
    assert notes == []


def test_a_group_that_reaches_into_the_test_block_leaves_training():
    time = np.arange(6)
    groups = np.array([0, 1, 2, 0, 1, 3])
    splits, _ = make_splits(np.zeros(6, int), n_folds=1, time=time, groups=groups)
    [split] = splits
    np.testing.assert_array_equal(split.test, [3, 4, 5])
    np.testing.assert_array_equal(split.train, [2])


def test_holdout_is_scikit_learns_stratified_split():
    from sklearn.model_selection import train_test_split

    y = np.repeat([0, 1], [80, 20])
    _, expected = train_test_split(np.arange(100), test_size=0.2, stratify=y, random_state=42)
    [split] = holdout_split(y, test_size=0.2, seed=42)
    np.testing.assert_array_equal(split.test, np.sort(expected))


def test_holdout_keeps_single_rows_in_training():
    y = np.array([0] * 20 + [1] * 10 + [2])
    [split] = holdout_split(y, test_size=0.2, seed=0)
    assert 30 in split.train
    assert len(split.train) + len(split.test) == 31


def test_the_note_says_why_time_ordered_folds_are_fewer():
    y, time = np.arange(100) % 2, np.arange(100)
    _, few = make_splits(y, n_folds=5, time=time // 34)
    assert few == ["2 time-ordered folds instead of 5: the time column has only 3 distinct values."]
    groups = np.maximum(time - 33, 0)  # one group fills the first two blocks of 17 rows
    splits, lost = make_splits(y, n_folds=5, time=time, groups=groups)
    assert len(splits) == 4
    assert lost == [
        "4 time-ordered folds instead of 5: the others have no training rows outside the groups of "
        "their test rows."
    ]
