"""Comparison of all pairs of rows, tile by tile, each pair once.

Single precision narrows the choice, double precision makes it. Tiles are compared in stages, each
as long as all before it. After a stage the k-th nearest row seen so far bounds the k-th nearest of
all, so that of later tiles only the few pairs within the bound of either row are kept. The rows are
taken in random order: what a stage has seen is then a fair sample, and the number of pairs kept
does not depend on how the rows are sorted.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from threading import Lock
from typing import NamedTuple

import numpy as np

from rarebit._common.threads import threads
from rarebit.over_sampling._search.distances import PAIRS, Encoded, squared_distance
from rarebit.over_sampling._search.products import Products
from rarebit.over_sampling._search.strips import first_of_each

TILE = 256  # rows by rows compared at a time: a tile and its products stay in the cache
GROUPS = 32  # of a tile's rows, at least; a group's minimum stands for it in the bound
CROWDED = 16  # times k: pairs kept for a row that say its distances cannot be told apart


def nearest_by_tiles(rows: Encoded, k: int) -> np.ndarray | None:
    """Find the k nearest other rows of every row by points and states together."""
    n_rows = len(rows.points)
    order = np.random.default_rng(0).permutation(n_rows)
    rows = rows.take(order)
    search = _Search(rows, k)
    pairs = _Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))
    with threads() as run:
        for stage in _stages(len(search.tiles)):
            found = run(search.compare, stage)
            run(search.lower_limits, search.tiles)
            joined = (np.concatenate(parts) for parts in zip(pairs, *found, strict=True))
            pairs = search.within_limits(_Pairs(*joined))
            if len(pairs.i) > CROWDED * k * n_rows:
                return None
        measure = squared_distance(rows)
        i, j, rough = pairs
        places = [slice(start, start + PAIRS) for start in range(0, len(i), PAIRS)]
        exact = np.concatenate(run(lambda some: np.add(*measure(i[some], j[some])), places))
        # Both ways, where the one may be among the nearest of the other.
        forth, back = rough <= search.limits[i], rough <= search.limits[j]
        row = np.concatenate([i[forth], j[back]])
        other = order[np.concatenate([j[forth], i[back]])]
        exact = np.concatenate([exact[forth], exact[back]])
        by_row = np.argsort(row)
        starts = [tile.start for tile in search.tiles[1:]]
        found = run(
            lambda some: first_of_each(row[some], other[some], (exact[some],), k),
            np.split(by_row, np.searchsorted(row[by_row], starts)),
        )
    neighbors = np.empty((n_rows, k), dtype=np.int64)
    neighbors[order] = np.vstack(found)
    return neighbors


class _Pairs(NamedTuple):
    """Pairs of rows and their squared distances in single precision, but for a constant."""

    i: np.ndarray
    j: np.ndarray
    squared: np.ndarray


class _Search:
    """What is known of each row: minima over groups of the rows seen, and the limit they set."""

    def __init__(self, rows: Encoded, k: int) -> None:
        n_rows = len(rows.points)
        n_tiles = -(-n_rows // TILE)
        edges = (np.arange(n_tiles + 1) * n_rows // n_tiles).tolist()
        self.tiles = [slice(*edge) for edge in pairwise(edges)]
        self.limits = np.full(n_rows, np.inf, dtype=np.float32)
        self._k = k
        self._products = Products(rows, np.float32)
        self._whole = n_rows // n_tiles  # rows that every tile has
        n_groups = len(_fold(np.empty((self._whole, 0))))
        self._minima = np.full((n_rows, n_groups), np.inf, dtype=np.float32)
        self._lock = Lock()

    def compare(self, pair: tuple[int, int]) -> _Pairs:
        """Compare two tiles, or one with itself; return the pairs to keep."""
        a, b = (self.tiles[number] for number in pair)
        squared = self._products.between(a, b)
        is_diagonal = a is b
        if is_diagonal:
            np.fill_diagonal(squared, np.inf)
        lines, columns = _fold(squared.T[: self._whole]).T, _fold(squared[: self._whole]).T
        with self._lock:
            for tile, minima in ((a, lines), (b, columns)):
                np.minimum(self._minima[tile], minima, out=self._minima[tile])
        of_a, of_b = self.limits[a], self.limits[b]
        if is_diagonal:
            of_a = of_b = self._limit(lines)
        wanted = squared <= np.maximum.outer(of_a, of_b)
        place = np.flatnonzero(np.triu(wanted, 1) if is_diagonal else wanted)
        i, j = np.divmod(place, squared.shape[1])
        return _Pairs(i + a.start, j + b.start, squared.ravel()[place])

    def lower_limits(self, tile: slice) -> None:
        """Lower the limits of a tile's rows to what the comparisons so far taught."""
        self.limits[tile] = self._limit(self._minima[tile])

    def within_limits(self, pairs: _Pairs) -> _Pairs:
        """Keep the pairs within the limit of either row."""
        near = pairs.squared <= np.maximum(self.limits[pairs.i], self.limits[pairs.j])
        return _Pairs(*(part[near] for part in pairs))

    def _limit(self, minima: np.ndarray) -> np.ndarray:
        """Distance beyond which no row is among the k nearest.

        At least k rows are as near as the k-th smallest minimum. Two margins: one distance may have
        come out too small by one, the other too large by one.
        """
        if self._k > minima.shape[1]:
            return np.full(len(minima), np.inf, dtype=np.float32)
        smallest: np.ndarray = np.partition(minima, self._k - 1, axis=1)[:, self._k - 1]
        return smallest + np.float32(2 * self._products.margin)


def _stages(n_tiles: int) -> Iterator[list[tuple[int, int]]]:
    """Every pair of tiles once: each with itself, with the next, with the two after that ..."""
    first, last = 0, 1
    while first <= n_tiles // 2:
        yield [
            (a, (a + offset) % n_tiles)
            for offset in range(first, min(last, n_tiles // 2 + 1))
            # Half-way round, a pair would be met from both sides.
            for a in range(n_tiles // 2 if 0 < 2 * offset == n_tiles else n_tiles)
        ]
        first, last = last, 2 * last


def _fold(squared: np.ndarray) -> np.ndarray:
    """Minima over groups of rows, by folding in half again and again (an odd one is left out)."""
    while len(squared) >= 2 * GROUPS:
        half = len(squared) // 2
        squared = np.minimum(squared[:half], squared[half : 2 * half])
    return squared
