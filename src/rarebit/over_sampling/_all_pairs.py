"""Comparison of every row with every row, by matrix products."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

import numpy as np
from scipy.spatial.distance import cdist
from threadpoolctl import ThreadpoolController

from rarebit.over_sampling._distances import DECIMALS, Encoded, Measure, squared_distance

T = TypeVar("T")
Strip = Callable[[np.ndarray], np.ndarray]

FACTOR = 4  # qubits per factor of a block's overlap
TILE = 1024  # columns compared at a time: a tile stays in the processor's cache; a power of 2
STRIP = 1 << 24  # entries of the distance matrix held at a time
GROUPS = 32  # of a tile's columns; a group's minimum stands for it when a threshold is sought
CROWDED = 16  # times k: entries near the threshold that call for double precision
STATE_TIE = 1e-12  # state distances closer than this are ties, broken by Euclidean distance


def compare_all(search: Strip, n_rows: int, queries: np.ndarray | None = None) -> np.ndarray:
    """Search for the neighbours of ``queries`` (default: all rows), a strip of rows at a time."""
    queries = np.arange(n_rows) if queries is None else queries
    height = min(max(STRIP // n_rows, 1), 256)
    strips = np.array_split(queries, -(-len(queries) // height))
    return np.vstack(in_threads(search, strips))


def joint_search(rows: Encoded, k: int, measure: Measure, *, precise: bool = False) -> Strip:
    """Prepare the search by points and states together: a matrix product per factor and tile.

    Single precision narrows the choice, double precision makes it: rounding moves a distance by no
    more than ``margin``, so everything within two margins of the k-th is measured again.
    """
    dtype = np.float64 if precise else np.float32
    n_rows, n_coordinates = rows.points.shape
    points = rows.points - rows.points.mean(axis=0)
    norms = (points**2).sum(axis=1)
    blocks = [_factors(rows.angles[:, block]) for block in rows.blocks]
    n_terms = 2 * len(blocks)
    n_factors = max(map(len, blocks))
    units = (
        2 * (n_coordinates + 3) * norms.max()
        + n_terms * n_factors * (2**FACTOR + FACTOR + 2)
        + (2 * norms.max() + n_terms) * (len(blocks) + 3)
    )
    margin = np.finfo(dtype).eps * units
    # One product gives ||x'||^2 - 2 x.x': the distance but for what is the same for a whole row.
    left = np.column_stack([-2 * points, np.ones(n_rows)]).astype(dtype)
    right = np.column_stack([points, norms]).astype(dtype)
    blocks = [[factor.astype(dtype) for factor in factors] for factors in blocks]

    width = min(TILE, max(GROUPS, 1 << (n_rows - 1).bit_length()))
    n_tiles = -(-n_rows // width)

    def search(strip: np.ndarray) -> np.ndarray:
        height = len(strip)
        squared = np.empty((height, n_tiles, width), dtype=dtype)
        minima = np.empty((height, n_tiles, GROUPS), dtype=dtype)
        part, overlap, factor = np.zeros((3, height, width), dtype=dtype)
        own_left = left[strip]
        own_factors = [[-2 * own[0][strip], *(f[strip] for f in own[1:])] for own in blocks]
        for tile in range(n_tiles):
            start, stop = tile * width, min((tile + 1) * width, n_rows)
            inside = slice(0, stop - start)
            np.matmul(own_left, right[start:stop].T, out=part[:, inside])
            for own, others in zip(own_factors, blocks, strict=True):
                np.matmul(own[0], others[0][start:stop].T, out=overlap[:, inside])
                for mine, theirs in zip(own[1:], others[1:], strict=True):
                    np.matmul(mine, theirs[start:stop].T, out=factor[:, inside])
                    overlap *= factor
                part += overlap
            part[:, stop - start :] = np.inf
            itself = np.flatnonzero(strip // width == tile)
            part[itself, strip[itself] - start] = np.inf
            squared[:, tile] = part
            minima[:, tile] = _fold(part)
        # The k-th smallest of the groups' minima is at least the k-th smallest of all.
        groups = minima.reshape(height, -1)
        limit = np.full(height, np.inf)
        if k <= groups.shape[1]:
            limit = np.partition(groups, k - 1, axis=1)[:, k - 1] + 2 * margin
        row, home, group = np.nonzero(minima <= limit[:, None, None])
        member = group[:, None] + GROUPS * np.arange(width // GROUPS)
        values = squared[row[:, None], home[:, None], member]
        hit, place = np.nonzero((values <= limit[row, None]) & np.isfinite(values))
        if not precise and len(hit) > CROWDED * k * height:
            # Rows so alike that single precision cannot tell them apart.
            return joint_search(rows, k, measure, precise=True)(strip)
        i, j = row[hit], width * home[hit] + member[hit, place]
        exact = np.round(np.add(*measure(strip[i], j)), DECIMALS)
        return _first_of_each(i, j, (exact,), k)

    return search


def _fold(part: np.ndarray) -> np.ndarray:
    """Minimum over every GROUPS-th column, by folding the columns in half again and again."""
    while part.shape[1] > GROUPS:
        half = part.shape[1] // 2
        part = np.minimum(part[:, :half], part[:, half:])
    return part


def state_search(rows: Encoded, k: int) -> Strip:
    """Prepare the search by states, ties broken by points."""
    measure = squared_distance(rows)
    n_rows = len(rows.points)
    blocks = [_factors(rows.angles[:, block]) for block in rows.blocks]

    def search(strip: np.ndarray) -> np.ndarray:
        state = np.full((len(strip), n_rows), 2.0 * len(blocks))
        for factors in blocks:
            overlap = factors[0][strip] @ factors[0].T
            for factor in factors[1:]:
                overlap *= factor[strip] @ factor.T
            state -= 2 * overlap
        own = np.arange(len(strip)), strip
        state[own] = np.inf
        limit = np.partition(state, k - 1, axis=1)[:, k - 1 : k]
        # One binary mismatch makes a block's overlap 0, so ties are common and often very large:
        # among them only the k nearest points can be wanted.
        tied = np.abs(state - limit) <= STATE_TIE
        euclidean = cdist(rows.points[strip], rows.points, "sqeuclidean")
        euclidean[~tied] = np.inf
        near = np.partition(euclidean, k - 1, axis=1)[:, k - 1 : k] + STATE_TIE
        i, j = np.nonzero((state < limit - STATE_TIE) | (tied & (euclidean <= near)))
        exact = measure(strip[i], j)
        return _first_of_each(i, j, tuple(np.round(part, DECIMALS) for part in exact), k)

    return search


def _factors(angles: np.ndarray) -> list[np.ndarray]:
    """Product states of at most FACTOR qubits each; a block's overlap is the product of theirs."""
    n_factors = -(-angles.shape[1] // FACTOR)
    factors = []
    for part in np.array_split(angles / 2, n_factors, axis=1):
        state = np.ones((len(part), 1))
        for half in part.T:
            qubit = np.column_stack([np.cos(half), np.sin(half)])
            state = (state[:, :, None] * qubit[:, None, :]).reshape(len(part), -1)
        factors.append(state)
    return factors


def _first_of_each(
    i: np.ndarray, j: np.ndarray, keys: tuple[np.ndarray, ...], k: int
) -> np.ndarray:
    """First k of ``j`` for each ``i``, in the order of the keys (last key first), then of ``j``."""
    order = np.lexsort((j, *keys, i))
    start = np.flatnonzero(np.diff(i[order], prepend=-1))
    return j[order][start[:, None] + np.arange(k)]


@lru_cache
def _blas() -> ThreadpoolController:
    """Linear algebra libraries in use; to look for them costs more than a small search."""
    return ThreadpoolController().select(user_api="blas")


def in_threads(work: Callable[[np.ndarray], T], parts: list[np.ndarray]) -> list[T]:
    """Map over parts with as many threads as linear algebra may use, one for each part."""
    threads = max((library["num_threads"] for library in _blas().info()), default=1)
    with _blas().limit(limits=1):
        if min(threads, len(parts)) == 1:
            return [work(part) for part in parts]
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(work, parts))
