"""New rows between real ones: who is mixed with whom, how much, and which mixtures are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from rarebit._common.threads import threads

CHUNK = 1 << 10  # rows mixed at a time: few enough for the processor's cache
BAND = (0.05, 0.95)  # quantiles of the real rows' energies between which a candidate is like them


@dataclass(frozen=True)
class Mixture:
    """Recipe of new rows: ``parent + weight * (neighbor - parent)``.

    Attributes
    ----------
    parents, neighbors : ndarray of shape (n_new,), int64
        Rows of the class.
    weights : ndarray of shape (n_new,), float64
        In [0, 1).
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
    """Draw recipes that use every parent equally often, give or take one.

    Parameters
    ----------
    neighbors : ndarray of shape (n_rows, k)
        Neighbours of each row; with ``k = 0`` (a class of one row) rows are copied.
    n_new : int
        Number of recipes.
    rng : numpy.random.Generator
        Where the draws come from.

    Returns
    -------
    Mixture
        Parents round-robin in random order, neighbours and weights uniform.

    Examples
    --------
    >>> mixture = draw_mixture(np.array([[1], [0]]), 5, np.random.default_rng(0))
    >>> np.bincount(mixture.parents).tolist()
    [3, 2]
    """
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
    """Mix rows: float64 from a dense array, sparse from a sparse matrix.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_rows, n_features)
        Rows of the class.
    mixture : Mixture
        The recipes.
    whole : ndarray of shape (n_features,), bool, default=None
        Columns of whole numbers, to which new values are rounded; None for none.
    out : ndarray of shape (n_new, n_features), default=None
        Where dense rows are written, in its own dtype. They are mixed in float64.

    Returns
    -------
    {ndarray, sparse matrix} of shape (n_new, n_features)
        The new rows.
    """
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
    """Category of each new row: the most frequent among its parent's neighbours, as in SMOTENC.

    Parameters
    ----------
    codes : ndarray of shape (n_rows, n_categorical), int64
        Categories of the class's rows.
    neighbors : ndarray of shape (n_rows, k)
        Neighbours of each row; with ``k = 0`` the row's own categories are taken.
    mixture : Mixture
        The recipes.
    rng : numpy.random.Generator
        Settles ties.

    Returns
    -------
    ndarray of shape (n_new, n_categorical), int64
        Categories of the new rows.
    """
    if neighbors.shape[1] == 0:
        return codes[mixture.parents]
    chosen = np.empty((len(mixture.parents), codes.shape[1]), dtype=np.int64)
    for column, own in enumerate(codes.T):
        votes = own[neighbors[mixture.parents]]
        counts = (votes[:, :, None] == votes[:, None, :]).sum(axis=2)
        winner = np.argmax(counts + rng.random(counts.shape), axis=1)
        chosen[:, column] = np.take_along_axis(votes, winner[:, None], axis=1)[:, 0]
    return chosen


def like_real_rows(candidates: np.ndarray, real: np.ndarray, n_kept: int) -> np.ndarray:
    """Choose the candidates whose energies are like those of real rows.

    Parameters
    ----------
    candidates : ndarray of shape (n_candidates,)
        Energies of the candidates.
    real : ndarray of shape (n_rows,)
        Energies of the real rows.
    n_kept : int
        Number of candidates to keep.

    Returns
    -------
    ndarray of shape (n_kept,), int64
        Positions, ascending: first those between the 5 % and 95 % quantiles of the real rows, in
        the order drawn, then the nearest outside.

    Examples
    --------
    >>> like_real_rows(np.array([9.0, 0.2, 0.5, 3.0]), np.array([0.0, 1.0]), 3)
    array([1, 2, 3])
    """
    low, high = np.quantile(real, BAND)
    outside = np.maximum(np.maximum(low - candidates, candidates - high), 0)
    return np.sort(np.argsort(outside, kind="stable")[:n_kept])
