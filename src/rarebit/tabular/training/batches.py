"""Which rows are trained on, which select the checkpoint, and in which order batches come."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np

BatchSampler = Literal["shuffle", "paired"]


def split_for_selection(
    y: np.ndarray, fraction: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Set a part of every class aside for selecting the checkpoint.

    Parameters
    ----------
    y : ndarray of shape (n_rows,), int64
        Class codes.
    fraction : float
        Share of each class to set aside, rounded; a class keeps at least one row for training.
    rng : numpy.random.Generator
        Which rows these are.

    Returns
    -------
    train, selection : ndarray of int64
        Positions, ascending. Their numbers follow from the class sizes alone.

    Examples
    --------
    >>> train, selection = split_for_selection(
    ...     np.array([0, 0, 0, 0, 0, 1]), 0.2, np.random.default_rng(0)
    ... )
    >>> len(train), len(selection)
    (5, 1)
    """
    order = rng.permutation(len(y))
    rank = np.empty(len(y), dtype=np.int64)  # place of each row among the shuffled of its class
    by_class = order[np.argsort(y[order], kind="stable")]
    counts = np.bincount(y)
    starts = np.repeat(np.cumsum(counts) - counts, counts)
    rank[by_class] = np.arange(len(y)) - starts
    n_aside = np.minimum(np.floor(fraction * counts + 0.5).astype(np.int64), counts - 1)
    aside = rank < n_aside[y]
    return np.flatnonzero(~aside), np.flatnonzero(aside)


def epoch_order(
    y: np.ndarray, rng: np.random.Generator, sampler: BatchSampler = "shuffle"
) -> np.ndarray:
    """Order the rows for one epoch.

    ``"paired"`` guarantees every anchor a positive: rows come as pairs of one class, so that a
    batch of an even number of rows holds no row without its like. An odd row of a class is paired
    with another of its class that comes a second time; the only row of a class with itself.

    Parameters
    ----------
    y : ndarray of shape (n_rows,), int64
        Class codes.
    rng : numpy.random.Generator
        Source of the order.
    sampler : {"shuffle", "paired"}, default="shuffle"
        How rows are ordered.

    Returns
    -------
    ndarray of int64
        Positions. Their number follows from the class sizes alone.

    Examples
    --------
    >>> y = np.array([0, 0, 0, 1])
    >>> y[epoch_order(y, np.random.default_rng(0), "paired")].reshape(-1, 2)
    array([[0, 0], [1, 1], [0, 0]])
    """
    if sampler == "shuffle":
        return rng.permutation(len(y))
    pairs = []
    for code in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == code))
        if len(rows) % 2:
            rows = np.append(rows, rows[rng.integers(max(len(rows) - 1, 1))])
        pairs.append(rows.reshape(-1, 2))
    return rng.permutation(np.concatenate(pairs)).ravel()


def batch_slices(n_rows: int, batch_size: int, sampler: BatchSampler = "shuffle") -> list[slice]:
    """Cut an epoch into batches; a last batch of one row joins the one before it.

    Parameters
    ----------
    n_rows : int
        Rows in an epoch.
    batch_size : int
        Rows in a batch. Pairs are never cut apart: with ``"paired"`` an odd size is one less.
    sampler : {"shuffle", "paired"}, default="shuffle"
        How the rows were ordered.

    Returns
    -------
    list of slice

    Examples
    --------
    >>> batch_slices(9, 4)
    [slice(0, 4, None), slice(4, 9, None)]
    """
    if sampler == "paired":
        batch_size = max(batch_size - batch_size % 2, 2)
    edges = [*range(0, n_rows, batch_size), n_rows]
    if len(edges) > 2 and edges[-1] - edges[-2] == 1:
        del edges[-2]
    return [slice(start, stop) for start, stop in pairwise(edges)]
