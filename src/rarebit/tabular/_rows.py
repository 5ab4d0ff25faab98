"""Sorting and summing over small matrices, as fast as each library can.

Sums are products with ones in NumPy: along an axis of some 64 numbers these run at several times
the speed of its own sums. Torch's own are as they should be.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from rarebit.tabular._arrays import Array, namespace_of


def argsort_rows(values: Array) -> Array:
    """Find the places that sort values along the last axis.

    Parameters
    ----------
    values : array of shape (..., n), floating
        Values of at least 0, contiguous.

    Returns
    -------
    array of shape (..., n), int64
        Places in ``values.ravel()``; equal values stay in their order.

    Examples
    --------
    >>> argsort_rows(np.array([[2.0, 0.0], [0.5, np.inf]], dtype=np.float32))
    array([[1, 0],
           [2, 3]])
    """
    size = math.prod(values.shape)
    if values.dtype != np.float32 or size > 2**31:  # torch's float32, too, is not NumPy's
        xp = namespace_of(values)
        starts = xp.arange(0, size, values.shape[-1], device=values.device)
        return xp.argsort(values, axis=-1, stable=True) + starts.reshape(*values.shape[:-1], 1)
    # The bits of a float32 of at least 0 are ordered as its value is. With the place below them
    # they make one integer, and NumPy sorts integers in half the time it takes to argsort floats.
    keys = np.left_shift(values.view(np.int32), 32, dtype=np.int64)
    keys += np.arange(size).reshape(values.shape)
    keys.sort(axis=-1)
    keys &= 2**32 - 1
    return keys


def sum_rows(values: Array) -> Array:
    """Add up the rows of each matrix: ``(..., n, m)`` to ``(..., 1, m)``."""
    if isinstance(values, np.ndarray):
        return _ones(values.shape[-2], values.dtype).T @ values
    return values.sum(axis=-2, keepdims=True)


def sum_columns(values: Array) -> Array:
    """Add up the columns of each matrix: ``(..., n, m)`` to ``(..., n, 1)``."""
    if isinstance(values, np.ndarray):
        return values @ _ones(values.shape[-1], values.dtype)
    return values.sum(axis=-1, keepdims=True)


def max_rows(values: Array) -> Array:
    """Take the largest row of each matrix, entry by entry: ``(..., n, m)`` to ``(..., 1, m)``."""
    # Of one name in both libraries is only a function that takes NumPy twice the method's time.
    if isinstance(values, np.ndarray):
        return values.max(axis=-2, keepdims=True)
    return values.amax(axis=-2, keepdims=True)


def min_rows(values: Array) -> Array:
    """Take the smallest row of each matrix, entry by entry: ``(..., n, m)`` to ``(..., 1, m)``."""
    if isinstance(values, np.ndarray):
        return values.min(axis=-2, keepdims=True)
    return values.amin(axis=-2, keepdims=True)


def running_sums(values: Array) -> Array:
    """Add up along the last axis, up to and with each place.

    Parameters
    ----------
    values : array of shape (..., n), floating
        Small whole numbers, whose sums are exact.

    Returns
    -------
    array of shape (..., n)

    Examples
    --------
    >>> running_sums(np.array([[1.0, 0.0, 1.0]]))
    array([[1., 1., 2.]])
    """
    n = values.shape[-1]
    if isinstance(values, np.ndarray) and n <= 128:  # beyond, a product takes longer
        return values @ _triangle(n, values.dtype)
    return values.cumsum(axis=-1)


@lru_cache(maxsize=64)
def _ones(n: int, dtype: np.dtype) -> np.ndarray:
    return np.ones((n, 1), dtype)


@lru_cache(maxsize=16)
def _triangle(n: int, dtype: np.dtype) -> np.ndarray:
    return np.triu(np.ones((n, n), dtype))
