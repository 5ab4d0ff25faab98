"""Sorting and summing over small matrices, as fast as NumPy can.

Sums are products with ones here: along an axis of some 64 numbers these run at several times the
speed of NumPy's own sums.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np


def argsort_rows(values: np.ndarray) -> np.ndarray:
    """Find the places that sort values along the last axis.

    Parameters
    ----------
    values : ndarray of shape (..., n), floating
        Values of at least 0, contiguous.

    Returns
    -------
    ndarray of shape (..., n), int64
        Places in ``values.ravel()``; equal values stay in their order.

    Examples
    --------
    >>> argsort_rows(np.array([[2.0, 0.0], [0.5, np.inf]], dtype=np.float32))
    array([[1, 0],
           [2, 3]])
    """
    places = np.arange(values.size).reshape(values.shape)
    if values.dtype != np.float32 or values.size > 2**31:
        return np.take_along_axis(places, values.argsort(axis=-1, kind="stable"), axis=-1)
    # The bits of a float32 of at least 0 are ordered as its value is. With the place below them
    # they make one integer, and NumPy sorts integers in half the time it takes to argsort floats.
    keys = np.left_shift(values.view(np.int32), 32, dtype=np.int64)
    keys += places
    keys.sort(axis=-1)
    keys &= 2**32 - 1
    return keys


def sum_rows(values: np.ndarray) -> np.ndarray:
    """Add up the rows of each matrix: ``(..., n, m)`` to ``(..., 1, m)``."""
    return np.asarray(_ones(values.shape[-2], values.dtype).T @ values)


def sum_columns(values: np.ndarray) -> np.ndarray:
    """Add up the columns of each matrix: ``(..., n, m)`` to ``(..., n, 1)``."""
    return np.asarray(values @ _ones(values.shape[-1], values.dtype))


def running_sums(values: np.ndarray) -> np.ndarray:
    """Add up along the last axis, up to and with each place.

    Parameters
    ----------
    values : ndarray of shape (..., n), floating
        Small whole numbers, whose sums are exact.

    Returns
    -------
    ndarray of shape (..., n)

    Examples
    --------
    >>> running_sums(np.array([[1.0, 0.0, 1.0]]))
    array([[1., 1., 2.]])
    """
    n = values.shape[-1]
    if n > 128:  # where a product takes longer
        return values.cumsum(axis=-1)
    return np.asarray(values @ _triangle(n, values.dtype))


@lru_cache(maxsize=64)
def _ones(n: int, dtype: np.dtype) -> np.ndarray:
    return np.ones((n, 1), dtype)


@lru_cache(maxsize=16)
def _triangle(n: int, dtype: np.dtype) -> np.ndarray:
    return np.triu(np.ones((n, n), dtype))
