"""Exact nearest neighbours of encoded rows, without a state vector.

All pairs of rows are compared, unless a tree serves: of many rows in few dimensions it finds the
Euclidean neighbours at once, and they are looked at first. Since ``-log cos(t / 2) >= t^2 / 8`` and
``|phi - phi'| >= slope |x - x'|``, a row at Euclidean distance e is at least
``e^2 + 2 (1 - exp(-(slope e)^2 / 8))`` away: if the k-th best candidate is nearer than that bound
taken at the last candidate, no row outside the candidates can be nearer, and the answer is exact.
Rows without this certificate are compared with every row.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from rarebit._common.threads import threads
from rarebit.over_sampling._search.distances import DECIMALS, Encoded, squared_distance
from rarebit.over_sampling._search.strips import compare_all, joint_search, state_search
from rarebit.over_sampling._search.tiles import TILE, nearest_by_tiles

SMALL = 2_000  # rows up to which comparing all pairs is fast
TREE = 5  # coordinates up to which a tree is faster
CANDIDATES = 4  # times k: Euclidean neighbours examined
QUERIES = 256  # rows whose candidates are examined at a time
SAMPLE = 256  # rows on which the certificate is tried first
WORTHWHILE = 0.9  # share of certified rows below which candidates only add to the cost


def nearest(rows: Encoded, k: int, metric: str) -> np.ndarray:
    """Find the k nearest other rows of every row, by "joint", "state" or "euclidean" distance."""
    if rows.states is not None and metric == "state":
        return _nearest_states(rows.states, rows.points, k)
    if rows.states is not None and metric == "joint":
        points = np.hstack([rows.points, rows.states])
        rows, metric = Encoded(points, points[:, :0], [], 0.0), "euclidean"
    kept, inverse, members = _distinct(rows, k)
    distinct = rows if members is None else rows.take(kept)
    n_distinct = len(distinct.points)
    wanted = min(k, n_distinct - 1)
    if wanted == 0:
        found = np.empty((n_distinct, 0), dtype=np.int64)
    elif metric == "euclidean":
        found = _euclidean(distinct, wanted)
    elif metric == "state":
        found = compare_all(state_search(distinct, wanted), n_distinct)
    else:
        found = _joint(distinct, wanted)
    return found if members is None else _with_duplicates(found, inverse, members, k)


def _nearest_states(states: np.ndarray, points: np.ndarray, k: int) -> np.ndarray:
    """Find the k nearest other rows by explicit states, ties broken by points."""

    def search(strip: np.ndarray) -> np.ndarray:
        state = np.round(cdist(states[strip], states, "sqeuclidean"), DECIMALS)
        state[np.arange(len(strip)), strip] = np.inf
        euclidean = np.round(cdist(points[strip], points, "sqeuclidean"), DECIMALS)
        return np.lexsort((euclidean, state), axis=1)[:, :k]

    return compare_all(search, len(states))


# --- duplicates ---------------------------------------------------------------------------------


def _distinct(rows: Encoded, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """First row of each distinct point, the point of each row, the first k + 1 rows of each point.

    Repeated rows are compared once: ties by the thousand would defeat every bound. The third value
    is None where no row is repeated.
    """
    # One float64 view per row, so that rows sort and compare as single items.
    packed = np.ascontiguousarray(rows.points + 0.0).view(f"V{8 * rows.points.shape[1]}").ravel()
    _, first, inverse, counts = np.unique(
        packed, return_index=True, return_inverse=True, return_counts=True
    )
    if len(first) == len(packed):
        return first, inverse, None
    order = np.argsort(inverse, kind="stable")
    position = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    members = np.full((len(first), k + 1), -1, dtype=np.int64)
    wanted = position <= k
    members[inverse[order[wanted]], position[wanted]] = order[wanted]
    return first, inverse, members


def _with_duplicates(
    found: np.ndarray, inverse: np.ndarray, members: np.ndarray, k: int
) -> np.ndarray:
    """Neighbours among all rows from neighbours among distinct ones."""
    own = np.arange(len(members))[:, None]
    lists = members[np.hstack([own, found])].reshape(len(members), -1)[inverse]
    lists[lists == np.arange(len(inverse))[:, None]] = -1
    nearest_first = np.argsort(lists < 0, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(lists, nearest_first, axis=1)


# --- candidates and their certificate -----------------------------------------------------------


def _euclidean(rows: Encoded, k: int) -> np.ndarray:
    """Nearest other points, by scikit-learn."""
    neighbors = NearestNeighbors(n_neighbors=k).fit(rows.points).kneighbors(return_distance=False)
    return np.asarray(neighbors, dtype=np.int64)


def _joint(rows: Encoded, k: int) -> np.ndarray:
    """Nearest other rows by points and states together."""
    n_rows, n_coordinates = rows.points.shape
    if n_rows <= max(SMALL, CANDIDATES * k) or n_coordinates > TREE:
        return _all_pairs(rows, k)
    certify = _certifier(rows, k)
    sample = np.linspace(0, n_rows - 1, SAMPLE).astype(np.int64)
    if certify(sample)[1].mean() < WORTHWHILE:
        return _all_pairs(rows, k)
    found, certified = certify(np.arange(n_rows))
    rest = np.flatnonzero(~certified)
    if len(rest):
        found[rest] = compare_all(joint_search(rows, k), n_rows, rest)
    return found


def _all_pairs(rows: Encoded, k: int) -> np.ndarray:
    """Nearest other rows by comparison of all pairs."""
    found = nearest_by_tiles(rows, k) if k <= TILE // 4 else None
    return compare_all(joint_search(rows, k), len(rows.points)) if found is None else found


def _certifier(rows: Encoded, k: int) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Prepare a search among the Euclidean neighbours.

    It gives the best k of them for each query, and whether no other row can be nearer.
    """
    measure = squared_distance(rows)
    searcher = NearestNeighbors(n_neighbors=CANDIDATES * k, algorithm="kd_tree").fit(rows.points)

    def best(queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        distance, candidates = searcher.kneighbors(rows.points[queries])
        own = queries[:, None]
        squared = np.round(np.add(*measure(own, candidates)), DECIMALS)
        squared[candidates == own] = np.inf
        order = np.lexsort((candidates, squared), axis=1)[:, :k]
        farthest = np.take_along_axis(squared, order[:, -1:], axis=1)[:, 0]
        # No row beyond the last candidate is nearer than this; rounding moves it by less than is
        # taken off, and no tie is cut.
        last = distance[:, -1] ** 2
        encoded = np.maximum(last - rows.unencoded, 0)
        bound = last + 2 * -np.expm1(-(rows.slope**2) * encoded / 8)
        certified = farthest < bound * (1 - 1e-9) - 10.0**-DECIMALS
        return np.take_along_axis(candidates, order, axis=1), certified

    def certify(queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with threads() as run:
            parts = np.array_split(queries, -(-len(queries) // QUERIES))
            found, certified = zip(*run(best, parts), strict=True)
        return np.vstack(found), np.concatenate(certified)

    return certify
