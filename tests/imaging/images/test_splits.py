"""Splits keep groups whole and classes on both sides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rarebit.exceptions import InputError
from rarebit.imaging.images.splits import set_aside


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, 2), min_size=2, max_size=40),
    st.integers(1, 12),
    st.sampled_from([0.1, 0.2, 0.25, 0.5]),
    st.integers(0, 5),
)
def test_split_properties(codes, n_groups, fraction, seed):
    codes = np.array(codes)
    groups = np.random.default_rng(seed).integers(n_groups, size=len(codes))
    kept, aside = set_aside(codes, fraction, groups, seed)
    assert sorted([*kept, *aside]) == list(range(len(codes)))
    assert not set(groups[kept]) & set(groups[aside])
    assert set(codes[kept]) == set(codes)
    # A class that one group holds alone is never lost to training.
    for code in np.unique(codes):
        if len(np.unique(groups[codes == code])) == 1:
            assert (codes[kept] == code).sum() == (codes == code).sum()


def test_every_class_is_on_both_sides_if_possible():
    codes = np.repeat([0, 1], [90, 10])
    groups = np.arange(100) // 2
    for seed in range(10):
        kept, aside = set_aside(codes, 0.2, groups, seed)
        assert np.bincount(codes[aside]).tolist() == [18, 2]
        assert len(kept) == 80


def test_without_groups_it_is_stratified():
    codes = np.repeat([0, 1, 2], [50, 25, 1])
    _, aside = set_aside(codes, 0.2)
    assert np.bincount(codes[aside], minlength=3).tolist() == [10, 5, 0]


def test_nothing_is_set_aside_if_nothing_can_be_spared():
    for codes, groups, fraction in [
        (np.array([0, 1]), None, 0.2),
        (np.array([0, 0, 1, 1]), np.array([7, 7, 7, 7]), 0.2),
        (np.array([0, 0, 1, 1]), None, 0),
    ]:
        kept, aside = set_aside(codes, fraction, groups)
        assert (len(kept), len(aside)) == (len(codes), 0)


@pytest.mark.parametrize("fraction", [-0.1, 0.6, float("nan")])
def test_fractions_out_of_range(fraction):
    with pytest.raises(InputError, match=r"0 to 0\.5"):
        set_aside(np.array([0, 1]), fraction)


def test_two_groups_are_enough():
    kept, aside = set_aside(np.array([0, 0, 1, 1]), 0.5, np.array([5, 7, 5, 7]))
    assert sorted([kept.tolist(), aside.tolist()]) == [[0, 2], [1, 3]]


def test_a_class_in_one_group_does_not_shrink_the_share_of_the_others():
    codes = np.repeat([0, 1, 2], [20, 20, 2])
    groups = np.arange(42) // 2
    for seed in range(10):
        _, aside = set_aside(codes, 0.2, groups, seed)
        assert np.bincount(codes[aside], minlength=3).tolist() == [4, 4, 0]


def test_the_fold_nearest_to_the_share_of_every_class_is_set_aside():
    """Groups of 4 + 4, 2 + 2, 1 + 1 and 1 + 1 images: the second holds a quarter of each class."""
    groups = np.repeat([0, 1, 2, 3], [8, 4, 2, 2])
    codes = np.arange(16) % 2
    for seed in range(10):
        assert set_aside(codes, 0.25, groups, seed)[1].tolist() == [8, 9, 10, 11]
