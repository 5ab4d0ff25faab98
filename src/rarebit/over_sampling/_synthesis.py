"""New rows between real ones: recipes of parents, neighbours and weights, and their mixing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from rarebit._common.threads import threads

CHUNK = 1 << 10  # rows mixed at a time: few enough for the processor's cache
SPARSE_CELLS = 1 << 22  # cells of sparse rows mixed at a time
LARGEST_STEP = np.nextafter(2.0**64, 0)  # the largest float64 that is a uint64


@dataclass(frozen=True)
class Mixture:
    """Recipe of new rows: ``parent + weight * (neighbor - parent)``.

    ``parents, neighbors`` (n_new,): Rows of the class.
    ``weights`` (n_new,): In [0, 1).
    """

    parents: np.ndarray
    neighbors: np.ndarray
    weights: np.ndarray

    def take(self, chosen: np.ndarray | slice) -> Mixture:
        """Return some of the recipes."""
        return Mixture(self.parents[chosen], self.neighbors[chosen], self.weights[chosen])

    def among(self, rows: np.ndarray) -> Mixture:
        """Return the recipes in terms of all rows, of which those of the class are ``rows``."""
        return Mixture(rows[self.parents], rows[self.neighbors], self.weights)


def draw_mixture(neighbors: np.ndarray, n_new: int, rng: np.random.Generator) -> Mixture:
    """Draw recipes that use every parent equally often, give or take one."""
    n_rows, k = neighbors.shape
    parents = np.resize(rng.permutation(n_rows), n_new)
    if k == 0:
        return Mixture(parents, parents, np.zeros(n_new))
    return Mixture(parents, neighbors[parents, rng.integers(k, size=n_new)], rng.random(n_new))


def join(mixtures: list[Mixture]) -> Mixture:
    """Put recipes one below the other."""
    return Mixture(
        np.concatenate([mixture.parents for mixture in mixtures]),
        np.concatenate([mixture.neighbors for mixture in mixtures]),
        np.concatenate([mixture.weights for mixture in mixtures]),
    )


def between(parent: np.ndarray, neighbor: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Mix values: ``parent + weight * (neighbor - parent)``, never outside the two.

    Integers are rounded and keep their type: they do not pass through float64, which is not exact
    beyond 2**53. Other numbers are mixed in float64.
    """
    if parent.dtype.kind == "b":
        return between(parent.view(np.uint8), neighbor.view(np.uint8), weight).view(np.bool_)
    low, high = np.minimum(parent, neighbor), np.maximum(parent, neighbor)
    if parent.dtype.kind == "f":
        start = parent.astype(np.float64, copy=False)
        mixed = neighbor - start
        mixed *= weight
        mixed += start
        return np.clip(mixed, low, high, out=mixed)
    # Modulo 2**64, so that no difference overflows.
    start, distance = parent.astype(np.uint64), high.astype(np.uint64) - low.astype(np.uint64)
    step = np.rint(distance * weight).clip(max=LARGEST_STEP).astype(np.uint64)
    np.minimum(step, distance, out=step)
    return np.where(neighbor >= parent, start + step, start - step).astype(parent.dtype)


def mix(X: Any, mixture: Mixture, *, out: np.ndarray | None = None) -> Any:
    """Mix rows of a dense array or a sparse matrix: integers as they are, others as float64."""
    if not isinstance(X, np.ndarray):
        return _mix_sparse(X.tocsr(), mixture)
    if out is None:
        dtype = X.dtype if X.dtype.kind in "iub" else np.float64
        out = np.empty((len(mixture.parents), X.shape[1]), dtype)
    new = out

    def fill(some: slice) -> None:
        parents, neighbors = mixture.parents[some], mixture.neighbors[some]
        new[some] = between(X[parents], X[neighbors], mixture.weights[some, None])

    with threads() as run:
        run(fill, [slice(start, start + CHUNK) for start in range(0, len(new), CHUNK)])
    return new


def _mix_sparse(X: Any, mixture: Mixture) -> Any:
    """Mix rows of a sparse matrix, a few at a time as dense ones."""
    height = max(1, SPARSE_CELLS // X.shape[1])
    parts = [
        type(X)(
            between(X[some.parents].toarray(), X[some.neighbors].toarray(), some.weights[:, None])
        )
        for start in range(0, len(mixture.parents), height)
        for some in (mixture.take(slice(start, start + height)),)
    ]
    return sparse.vstack(parts, format="csr")


def most_frequent(
    codes: np.ndarray, neighbors: np.ndarray, mixture: Mixture, rng: np.random.Generator
) -> np.ndarray:
    """Category of each new row: the most frequent among its parent's neighbours, as in SMOTENC."""
    if neighbors.shape[1] == 0:
        return codes[mixture.parents]
    chosen = np.empty((len(mixture.parents), codes.shape[1]), dtype=np.int64)
    for column, own in enumerate(codes.T):
        votes = own[neighbors[mixture.parents]]
        counts = (votes[:, :, None] == votes[:, None, :]).sum(axis=2)
        winner = np.argmax(counts + rng.random(counts.shape), axis=1)
        chosen[:, column] = np.take_along_axis(votes, winner[:, None], axis=1)[:, 0]
    return chosen
