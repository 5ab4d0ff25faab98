"""New rows between real ones: recipes of parents, neighbours and weights, and their mixing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from rarebit._common.threads import threads

CHUNK = 1 << 10  # rows mixed at a time: few enough for the processor's cache


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


def mix(
    X: Any, mixture: Mixture, *, whole: np.ndarray | None = None, out: np.ndarray | None = None
) -> Any:
    """Mix rows: float64 from a dense array, sparse from a sparse matrix."""
    whole = np.zeros(X.shape[1], dtype=bool) if whole is None else whole
    if not isinstance(X, np.ndarray):
        X = X.tocsr()
        parent, neighbor = (
            X[rows].astype(np.float64) for rows in (mixture.parents, mixture.neighbors)
        )
        mixed = type(X)(parent + sparse.diags_array(mixture.weights) @ (neighbor - parent))
        if whole.any():  # a sparse matrix has one dtype
            mixed.data = np.rint(mixed.data)
        return mixed
    new = np.empty((len(mixture.parents), X.shape[1])) if out is None else out

    def fill(some: slice) -> None:
        parent, mixed = (
            X[rows[some]].astype(np.float64, copy=False)
            for rows in (mixture.parents, mixture.neighbors)
        )
        mixed -= parent
        mixed *= mixture.weights[some, None]
        mixed += parent
        if whole.any():
            mixed[:, whole] = np.rint(mixed[:, whole])
        new[some] = mixed

    with threads() as run:
        run(fill, [slice(start, start + CHUNK) for start in range(0, len(new), CHUNK)])
    return new


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
