"""The validation split, the order of the rows in an epoch, and its batches."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np

BatchSampler = Literal["shuffle", "paired"]


def validation_split(
    y: np.ndarray, fraction: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Split rows into training and validation positions, both ascending, stratified by class.

    ``y`` ``(n_rows,)`` holds class codes. The share of each class is rounded, and every class keeps
    at least one training row. The sizes follow from the class sizes alone.
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
    """Order the positions of the rows for one epoch.

    ``"paired"`` guarantees every anchor a positive: rows come in pairs of the same class, so that
    a batch with an even number of rows has no row without a partner. A class with an odd number of
    rows repeats one of them; the only row of a class is paired with itself. The number of positions
    follows from the class sizes alone.
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
    """Cut an epoch into batches; a last batch of one row joins the batch before it.

    Pairs are never separated: with ``"paired"`` an odd batch size is reduced by one.
    """
    if sampler == "paired":
        batch_size = max(batch_size - batch_size % 2, 2)
    edges = [*range(0, n_rows, batch_size), n_rows]
    if len(edges) > 2 and edges[-1] - edges[-2] == 1:
        del edges[-2]
    return [slice(start, stop) for start, stop in pairwise(edges)]
