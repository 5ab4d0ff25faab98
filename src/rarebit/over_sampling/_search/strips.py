"""Comparison of rows with every row in double precision, a strip of rows at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import cdist

from rarebit._common.threads import threads
from rarebit.over_sampling._search.distances import DECIMALS, Encoded, squared_distance
from rarebit.over_sampling._search.products import Products, product_states

Strip = Callable[[np.ndarray], np.ndarray]

HEIGHT = 256  # rows of a strip, at most
ENTRIES = 1 << 22  # of a strip, at most
STATE_TIE = 1e-12  # state distances closer than this are ties, broken by Euclidean distance


def compare_all(search: Strip, n_rows: int, queries: np.ndarray | None = None) -> np.ndarray:
    """Search for the neighbours of ``queries`` (default: all rows), a strip of rows at a time."""
    queries = np.arange(n_rows) if queries is None else queries
    height = min(max(ENTRIES // n_rows, 1), HEIGHT)
    strips = np.array_split(queries, -(-len(queries) // height))
    with threads() as run:
        return np.vstack(run(search, strips))


def joint_search(rows: Encoded, k: int) -> Strip:
    """Prepare the search by points and states together."""
    measure = squared_distance(rows)
    products = Products(rows, np.float64)

    def search(strip: np.ndarray) -> np.ndarray:
        squared = products.between(strip, slice(None))
        squared[np.arange(len(strip)), strip] = np.inf
        limit = np.partition(squared, k - 1, axis=1)[:, k - 1 : k] + 2 * products.margin
        i, j = np.nonzero(squared <= limit)
        return first_of_each(i, j, (np.add(*measure(strip[i], j)),), k)

    return search


def state_search(rows: Encoded, k: int) -> Strip:
    """Prepare the search by states, ties broken by points."""
    measure = squared_distance(rows)
    n_rows = len(rows.points)
    blocks = [product_states(rows.qubits[block]) for block in rows.blocks]

    def search(strip: np.ndarray) -> np.ndarray:
        state = np.full((len(strip), n_rows), 2.0 * len(blocks))
        for factors in blocks:
            overlap = factors[0].T[strip] @ factors[0]
            for factor in factors[1:]:
                overlap *= factor.T[strip] @ factor
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
        return first_of_each(i, j, measure(strip[i], j), k)

    return search


def first_of_each(
    i: np.ndarray, j: np.ndarray, distances: tuple[np.ndarray, ...], k: int
) -> np.ndarray:
    """Nearest k of ``j`` for each ``i``: by the distances (the last first), then the lower ``j``.

    Distances that round to the same are ties.
    """
    keys = (np.round(distance, DECIMALS) for distance in distances)
    order = np.lexsort((j, *keys, i))
    start = np.flatnonzero(np.diff(i[order], prepend=-1))
    return j[order][start[:, None] + np.arange(k)]
