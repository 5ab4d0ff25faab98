"""Comparison tile by tile: every pair once, the neighbours of the formula whatever the tiles."""

import tracemalloc
from itertools import combinations_with_replacement

import numpy as np
import pytest

from rarebit.over_sampling._search import tiles as _tiles
from rarebit.over_sampling._search.distances import Encoded, squared_distance
from rarebit.over_sampling._search.strips import compare_all, joint_search
from rarebit.over_sampling._search.tiles import nearest_by_tiles


def encode(points):
    blocks = np.array_split(np.arange(points.shape[1]), -(-points.shape[1] // 4))
    return Encoded(points, np.pi * (points - 0.5), blocks, np.pi)


def by_formula(rows, k):
    """Order by (distance to 13 decimals, row)."""
    every = np.arange(len(rows.points))
    squared = np.round(np.add(*squared_distance(rows)(every[:, None], every)), 13)
    np.fill_diagonal(squared, np.inf)
    return np.argsort(squared, axis=1, kind="stable")[:, :k]


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(_tiles, "TILE", 16)
    monkeypatch.setattr(_tiles, "GROUPS", 4)


@pytest.mark.parametrize("n_tiles", range(1, 12))
def test_every_pair_of_tiles_is_compared_once(n_tiles):
    stages = list(_tiles._stages(n_tiles))
    pairs = [tuple(sorted(pair)) for stage in stages for pair in stage]
    assert sorted(pairs) == list(combinations_with_replacement(range(n_tiles), 2))
    before = np.cumsum([0, *map(len, stages)])
    assert all(len(stage) <= max(n, n_tiles) for stage, n in zip(stages, before, strict=False))


@pytest.mark.parametrize("n_rows", [7, 16, 17, 50, 97, 160])
@pytest.mark.parametrize("k", [1, 3, 4])
def test_equals_the_formula_whatever_the_number_of_tiles(small_tiles, n_rows, k):
    rows = encode(np.random.default_rng(n_rows).uniform(size=(n_rows, 6)))
    np.testing.assert_array_equal(nearest_by_tiles(rows, k), by_formula(rows, k))


def test_the_lower_of_equally_near_rows_comes_first(small_tiles):
    levels = np.stack(np.meshgrid(*[[0.0, 0.5, 1.0]] * 4), axis=-1).reshape(-1, 4)
    rows = encode(levels[np.random.default_rng(0).permutation(len(levels))])
    np.testing.assert_array_equal(nearest_by_tiles(rows, 3), by_formula(rows, 3))


def test_sorted_rows_keep_no_more_pairs(monkeypatch):
    """The first tiles are a fair sample of the rows, however these are sorted."""
    kept = []
    within_limits = _tiles._Search.within_limits

    def counted(self, pairs):
        kept.append(len(pairs.i))
        return within_limits(self, pairs)

    monkeypatch.setattr(_tiles._Search, "within_limits", counted)
    points = np.random.default_rng(0).uniform(size=(2000, 6))
    # Sorted so that near rows are in different tiles, as far as can be.
    far_apart = np.argsort(points[:, 0]).reshape(8, -1).T.ravel()
    nearest_by_tiles(encode(points), 5)
    largest = max(kept)
    kept.clear()
    nearest_by_tiles(encode(points[far_apart]), 5)
    assert max(kept) < 1.2 * largest


def test_rows_too_alike_for_single_precision_are_told():
    points = np.random.default_rng(0).uniform(size=(80, 6)) * 1e-4
    rows = encode(np.vstack([points, np.ones((1, 6))]))
    assert nearest_by_tiles(rows, 2) is None
    found = compare_all(joint_search(rows, 2), 81)
    np.testing.assert_array_equal(found, by_formula(rows, 2))


def test_a_bound_needs_as_many_groups_as_neighbours(small_tiles):
    """More neighbours than groups of a tile: nothing is left out, and nothing is lost."""
    rows = encode(np.random.default_rng(0).uniform(size=(40, 3)))
    np.testing.assert_array_equal(nearest_by_tiles(rows, 12), by_formula(rows, 12))


def test_memory_grows_with_the_rows_not_with_their_pairs():
    peaks = []
    for n_rows in (1000, 4000):
        rows = encode(np.random.default_rng(0).uniform(size=(n_rows, 6)))
        tracemalloc.start()
        nearest_by_tiles(rows, 5)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 4 * peaks[0]
