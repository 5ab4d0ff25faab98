"""Failure signs, value by value."""

import numpy as np
import pytest

from rarebit.over_sampling._diagnostics import BINS, pairwise_excess


def by_hand(new, real):
    """The share of new values out of the range of the real rows in the same bin, pair by pair."""
    share = np.zeros((new.shape[1],) * 2)
    held_out = np.zeros_like(share)
    bins = [np.minimum((rows * BINS).astype(int), BINS - 1) for rows in (new, real)]
    for j in range(new.shape[1]):
        for i in range(new.shape[1]):
            for row, own in zip(new, bins[0][:, j], strict=True):
                beside = real[bins[1][:, j] == own, i]
                inside = len(beside) > 0 and beside.min() <= row[i] <= beside.max()
                share[j, i] += not inside
            groups = [real[bins[1][:, j] == b, i] for b in np.unique(bins[1][:, j])]
            ends = sum(2 for group in groups if group.max() > group.min())
            held_out[j, i] = min(ends, len(real)) / len(real)
    return share / len(new), held_out.mean()


def test_known_values():
    real = np.array([[0.05, 0.2], [0.05, 0.4], [0.95, 0.8]])
    new = np.array([[0.05, 0.3], [0.05, 0.8], [0.55, 0.8]])
    share, _ = pairwise_excess(new, real)
    # By the first feature: 0.8 is beyond [0.2, 0.4], and no real row is near 0.55.
    np.testing.assert_allclose(share[0], [1 / 3, 2 / 3])


@pytest.mark.parametrize("n_real", [3, 60])
@pytest.mark.parametrize("binary", [False, True])
def test_equals_the_definition(n_real, binary):
    rng = np.random.default_rng(0)
    new, real = rng.random((40, 4)), rng.random((n_real, 4))
    if binary:
        real[:, ::2] = np.round(real[:, ::2])
    share, held_out = pairwise_excess(new, real)
    expected, expected_held_out = by_hand(new, real)
    np.testing.assert_allclose(share, expected)
    assert held_out == pytest.approx(expected_held_out)
