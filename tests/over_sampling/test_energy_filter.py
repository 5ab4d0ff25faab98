"""The energy filter: the central 90 % of real energies first, then the nearest outside."""

import numpy as np

from rarebit.over_sampling import filter_by_energy


def test_candidates_inside_the_band_come_first_then_the_nearest_outside():
    real = np.linspace(0, 1, 101)  # the band is 0.05 to 0.95
    candidates = np.array([2.0, 0.06, -0.5, 0.94, 0.96, 0.04])
    assert filter_by_energy(candidates, real, 2).tolist() == [1, 3]
    assert filter_by_energy(candidates, real, 4).tolist() == [1, 3, 4, 5]
    assert filter_by_energy(candidates, real, 5).tolist() == [1, 2, 3, 4, 5]


def test_ties_keep_the_earlier_candidates():
    assert filter_by_energy(np.full(5, 0.5), np.linspace(0, 1, 11), 3).tolist() == [0, 1, 2]
