"""Exact nearest neighbours of encoded rows, without a state vector.

States prepared by one circuit for all rows overlap as their encodings do, because a shared circuit
is an isometry: ``<U psi(x), U psi(x')> = prod_i cos((phi_i - phi'_i) / 2)`` over the qubits of a
block. The squared distance between two rows with their states appended is therefore

    d^2 = ||x - x'||^2 + sum over blocks of 2 (1 - prod_i cos((phi_i - phi'_i) / 2)).

The search looks at the Euclidean neighbours first. Since ``-log cos(t / 2) >= t^2 / 8`` and
``|phi - phi'| >= slope |x - x'|``, a row at Euclidean distance e is at least
``e^2 + 2 (1 - exp(-(slope e)^2 / 8))`` away: if the k-th best candidate is nearer than that bound
taken at the last candidate, no row outside the candidates can be nearer, and the answer is exact.
Rows without this certificate are compared with every row.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import ThreadpoolController

T = TypeVar("T")
Measure = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]
Strip = Callable[[np.ndarray], np.ndarray]

CANDIDATES = 64  # Euclidean neighbours that a certificate may draw on
SAMPLE = 256  # rows on which the certificate is tried before it is trusted with all
SMALL = 8000  # up to here comparing all pairs costs less than the machinery above
WORTHWHILE = 0.5  # share of certified rows below which candidates only add to the cost
FACTOR = 4  # qubits per factor of a block's overlap in the comparison of all pairs
PAIRS = 4096  # pairs of rows measured at a time
CANDIDATE_ROWS = 2048  # rows whose candidates are measured at a time
TILE = 1024  # columns compared at a time: a tile stays in the processor's cache; a power of 2
STRIP = 1 << 24  # entries of the distance matrix held at a time
GROUPS = 32  # of a tile's columns; a group's minimum stands for it when a threshold is sought
CROWDED = 16  # times k: entries near the threshold that call for double precision
DECIMALS = 13  # to which distances are compared, so that rounding does not split ties
STATE_TIE = 1e-12  # state distances closer than this are ties, broken by Euclidean distance


@dataclass(frozen=True)
class Encoded:
    """Rows as points and as rotation angles.

    Attributes
    ----------
    points : ndarray of shape (n_rows, n_coordinates), float64
        Coordinates of the Euclidean part: scaled features, then any that are not encoded.
    angles : ndarray of shape (n_rows, n_features), float64
        Rotation angle of each encoded feature.
    blocks : list of ndarray
        Encoded features that share a register.
    slope : float
        ``|phi - phi'| >= slope |x - x'|`` for every encoded feature.
    unencoded : float
        Largest possible squared distance along the coordinates that are not encoded.
    """

    points: np.ndarray
    angles: np.ndarray
    blocks: list[np.ndarray]
    slope: float
    unencoded: float = 0.0

    def take(self, rows: np.ndarray) -> Encoded:
        """Return the given rows."""
        points, angles = self.points[rows], self.angles[rows]
        return Encoded(points, angles, self.blocks, self.slope, self.unencoded)


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
        found = _compare_all(_state_search(distinct, wanted), n_distinct)
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

    return _compare_all(search, len(states))


def squared_distance(rows: Encoded) -> Measure:
    """Prepare the measurement of pairs of rows.

    Parameters
    ----------
    rows : Encoded
        The rows.

    Returns
    -------
    callable
        ``measure(i, j)`` gives the Euclidean and the state part of the squared distance between
        rows ``i`` and ``j``, two arrays of row numbers that broadcast.
    """
    order = np.concatenate([*rows.blocks, np.empty(0, dtype=np.int64)]).astype(np.int64)
    starts = np.cumsum([0, *map(len, rows.blocks)])[:-1]
    points, half = rows.points, rows.angles[:, order] / 2
    cosines, sines = np.cos(half), np.sin(half)

    def measure_some(i: np.ndarray, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        apart = points[i] - points[j]
        euclidean = np.einsum("pc,pc->p", apart, apart)
        # cos((phi - phi') / 2), from what is known of each row
        overlap = cosines[i] * cosines[j]
        overlap += sines[i] * sines[j]
        by_block = np.multiply.reduceat(overlap, starts, axis=1)
        return euclidean, 2 * (1 - by_block).sum(axis=1)

    def measure(i: np.ndarray, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        i, j = np.broadcast_arrays(i, j)
        shape, i, j = i.shape, i.ravel(), j.ravel()
        euclidean, state = np.empty(len(i)), np.empty(len(i))
        for start in range(0, len(i), PAIRS):
            some = slice(start, start + PAIRS)
            euclidean[some], state[some] = measure_some(i[some], j[some])
        return euclidean.reshape(shape), state.reshape(shape)

    return measure


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
    n_rows = len(rows.points)
    measure = squared_distance(rows)
    search = _joint_search(rows, k, measure)
    if n_rows <= SMALL or k > CANDIDATES // 4:
        return _compare_all(search, n_rows)
    searcher = NearestNeighbors(n_neighbors=CANDIDATES).fit(rows.points)
    certify = _certifier(rows, k, measure, searcher)
    sample = np.linspace(0, n_rows - 1, SAMPLE).astype(np.int64)
    if certify(sample)[1].mean() < WORTHWHILE:
        return _compare_all(search, n_rows)
    found, certified = certify(np.arange(n_rows))
    rest = np.flatnonzero(~certified)
    if len(rest):
        found[rest] = _compare_all(search, n_rows, rest)
    return found


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
        found, certified = zip(
            *_in_threads(lambda part: best(queries[part], candidates[part], distance[part]), parts),
            strict=True,
        )
        return np.vstack(found), np.concatenate(certified)

    return certify


# --- comparison of all pairs --------------------------------------------------------------------


def _compare_all(search: Strip, n_rows: int, queries: np.ndarray | None = None) -> np.ndarray:
    """Search for the neighbours of ``queries`` (default: all rows), a strip of rows at a time."""
    queries = np.arange(n_rows) if queries is None else queries
    height = min(max(STRIP // n_rows, 1), 256)
    strips = np.array_split(queries, -(-len(queries) // height))
    return np.vstack(_in_threads(search, strips))


def _joint_search(rows: Encoded, k: int, measure: Measure, *, precise: bool = False) -> Strip:
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
            return _joint_search(rows, k, measure, precise=True)(strip)
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


def _state_search(rows: Encoded, k: int) -> Strip:
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


def _in_threads(work: Callable[[np.ndarray], T], parts: list[np.ndarray]) -> list[T]:
    """Map over parts with as many threads as linear algebra may use, one for each part."""
    threads = max((library["num_threads"] for library in _blas().info()), default=1)
    with _blas().limit(limits=1):
        if min(threads, len(parts)) == 1:
            return [work(part) for part in parts]
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(work, parts))
