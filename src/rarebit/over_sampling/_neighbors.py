"""Exact nearest neighbours of encoded rows, without a state vector.

The search looks at the Euclidean neighbours first. Since ``-log cos(t / 2) >= t^2 / 8`` and
``|phi - phi'| >= slope |x - x'|``, a row at Euclidean distance e is at least
``e^2 + 2 (1 - exp(-(slope e)^2 / 8))`` away: if the k-th best candidate is nearer than that bound
taken at the last candidate, no row outside the candidates can be nearer, and the answer is exact.
Rows without this certificate, and those of small classes, are compared with every row.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors

from rarebit.over_sampling._distances import DECIMALS, Encoded, Measure, squared_distance
from rarebit.over_sampling._strips import compare_all, joint_search, state_search
from rarebit.over_sampling._threads import threads
from rarebit.over_sampling._tiles import TILE, nearest_by_tiles

CANDIDATES = 64  # Euclidean neighbours that a certificate may draw on
CANDIDATE_ROWS = 2048  # rows whose candidates are measured at a time
SAMPLE = 256  # rows on which the certificate is tried before it is trusted with all
WORTHWHILE = 0.9  # share of certified rows below which candidates only add to the cost
TREE = 15  # coordinates up to which scikit-learn finds candidates by a tree
SMALL = 8000  # up to here comparing all pairs costs less than all of the above


def nearest(rows: Encoded, k: int, metric: str) -> np.ndarray:
    """Find the k nearest other rows of every row.

    Parameters
    ----------
    rows : Encoded
        At least ``k + 1`` rows.
    k : int
        Number of neighbours.
    metric : {"joint", "state", "euclidean"}
        Distance of points and states together; of states, ties broken by points; of points alone.

    Returns
    -------
    ndarray of shape (n_rows, k), int64
        Neighbours, nearest first; of equal distances (to 13 decimals) the lower row comes first.
    """
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


def nearest_states(states: np.ndarray, points: np.ndarray, k: int) -> np.ndarray:
    """Find the k nearest other rows by explicit states, ties broken by points.

    Parameters
    ----------
    states : ndarray of shape (n_rows, n_columns)
        Read-outs of each row.
    points : ndarray of shape (n_rows, n_coordinates)
        The row itself.
    k : int
        Number of neighbours, less than ``n_rows``.

    Returns
    -------
    ndarray of shape (n_rows, k), int64
        Neighbours, nearest first.
    """

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
    if n_rows <= SMALL or n_coordinates > TREE or k > CANDIDATES // 4:
        return _all_pairs(rows, k)
    measure = squared_distance(rows)
    searcher = NearestNeighbors(n_neighbors=CANDIDATES).fit(rows.points)
    certify = _certifier(rows, k, measure, searcher)
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


def _certifier(
    rows: Encoded, k: int, measure: Measure, searcher: NearestNeighbors
) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Prepare a search among the Euclidean candidates.

    It gives the best k of them for each query, and whether no other row can be nearer.
    """

    def best(
        queries: np.ndarray, candidates: np.ndarray, distance: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        own = queries[:, None]
        # No row at this Euclidean distance is nearer than its bound. Rounding moves neither much.
        encoded = np.maximum(distance**2 - rows.unencoded, 0)
        bound = distance**2 + 2 * -np.expm1(-(rows.slope**2) * encoded / 8)
        bound *= 1 - 1e-9
        squared = np.full(candidates.shape, np.inf)
        first = slice(0, 2 * k)
        squared[:, first] = np.add(*measure(own, candidates[:, first]))
        squared[candidates == own] = np.inf
        limit = np.partition(squared[:, first], k - 1, axis=1)[:, k - 1 : k]
        i, j = np.nonzero((bound <= limit) & np.isinf(squared) & (candidates != own))
        squared[i, j] = np.add(*measure(queries[i], candidates[i, j]))
        squared = np.round(squared, DECIMALS)
        order = np.lexsort((candidates, squared), axis=1)[:, :k]
        last = np.take_along_axis(squared, order[:, -1:], axis=1)[:, 0]
        return np.take_along_axis(candidates, order, axis=1), last < bound[:, -1]

    def certify(queries: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        distance, candidates = searcher.kneighbors(rows.points[queries])
        parts = np.array_split(np.arange(len(queries)), -(-len(queries) // CANDIDATE_ROWS))
        with threads() as run:
            results = run(lambda part: best(queries[part], candidates[part], distance[part]), parts)
        found, certified = zip(*results, strict=True)
        return np.vstack(found), np.concatenate(certified)

    return certify
