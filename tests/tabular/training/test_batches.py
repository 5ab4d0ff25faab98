"""The validation split, the order of the rows in an epoch, and its batches."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rarebit.tabular.training.batches import batch_slices, epoch_order, validation_split

labels = st.lists(st.integers(0, 4), min_size=1, max_size=40).map(np.array)


@given(y=labels, fraction=st.floats(0, 0.9), seed=st.integers(0, 99))
def test_the_split_is_a_partition_and_keeps_every_class_in_training(y, fraction, seed):
    train, aside = validation_split(y, fraction, np.random.default_rng(seed))
    assert sorted([*train, *aside]) == list(range(len(y)))
    assert set(y[train]) == set(y)
    for code in set(y):
        n = (y == code).sum()
        expected = min(int(np.floor(fraction * n + 0.5)), n - 1)
        assert (y[aside] == code).sum() == expected


def test_every_row_is_equally_likely_to_be_set_aside():
    y = np.zeros(5, dtype=int)
    taken = np.zeros(5)
    rng = np.random.default_rng(0)
    for _ in range(2000):
        taken[validation_split(y, 0.2, rng)[1]] += 1
    np.testing.assert_allclose(taken / 2000, 0.2, atol=0.03)


@given(y=labels, seed=st.integers(0, 99))
def test_every_row_is_shuffled_into_the_epoch_once(y, seed):
    order = epoch_order(y, np.random.default_rng(seed))
    assert sorted(order) == list(range(len(y)))


@given(y=labels, seed=st.integers(0, 99), batch_size=st.integers(1, 9))
def test_paired_batches_hold_no_anchor_without_a_positive(y, seed, batch_size):
    order = epoch_order(y, np.random.default_rng(seed), "paired")
    assert set(order) == set(range(len(y)))
    counts = np.bincount(y)
    assert len(order) == (counts + counts % 2).sum()
    for batch in batch_slices(len(order), batch_size, "paired"):
        assert (np.unique(y[order[batch]], return_counts=True)[1] >= 2).all()
    for first, second in order.reshape(-1, 2):
        assert y[first] == y[second]
        assert first != second or counts[y[first]] == 1


@given(n_rows=st.integers(1, 60), batch_size=st.integers(1, 20))
def test_batches_cover_all_rows_and_none_has_a_single_row(n_rows, batch_size):
    slices = batch_slices(n_rows, batch_size)
    assert [i for s in slices for i in range(s.start, s.stop)] == list(range(n_rows))
    sizes = [s.stop - s.start for s in slices]
    assert max(sizes) <= batch_size + 1
    if batch_size > 1 and n_rows > 1:
        assert min(sizes) > 1
