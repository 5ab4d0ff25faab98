"""Sorting the rows of a small matrix, as fast as NumPy can."""

from __future__ import annotations

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
    if values.dtype != np.float32 or values.size >= 2**31:
        return np.take_along_axis(places, values.argsort(axis=-1, kind="stable"), axis=-1)
    # The bits of a float32 of at least 0 are ordered as its value is. With the place below them
    # they make one integer, and NumPy sorts integers in half the time it takes to argsort floats.
    keys = values.view(np.int32).astype(np.int64)
    keys <<= 32
    keys |= places
    keys.sort(axis=-1)
    keys &= 2**32 - 1
    return keys
