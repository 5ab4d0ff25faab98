"""Operations that NumPy arrays and torch tensors share, each as fast as its library can be.

Losses and mixup are written once for both: NumPy on a CPU, torch on any other device. In NumPy,
sums are products with ones: along an axis of about 64 numbers these are several times as fast as
``sum``.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import array_api_compat.torch
import numpy as np

# An ndarray, or a tensor without a gradient.
Array = Any


def namespace_of(values: Array) -> Any:
    """Return the array API namespace of an array's library.

    NumPy follows the standard itself: a wrapper around it would slow down small batches.
    """
    return np if isinstance(values, np.ndarray) else array_api_compat.torch


def argsort_rows(values: Array) -> Array:
    """Sort along the last axis, stably; return int64 positions in ``values.ravel()``.

    ``values`` is ``(..., n)``, contiguous and not negative.
    """
    size = math.prod(values.shape)
    if values.dtype != np.float32 or size > 2**31:  # torch.float32 is not np.float32 either
        xp = namespace_of(values)
        starts = xp.arange(0, size, values.shape[-1], device=values.device)
        return xp.argsort(values, axis=-1, stable=True) + starts.reshape(*values.shape[:-1], 1)
    # Non-negative float32 values sort like their bits. Bits and position together make one integer,
    # and NumPy sorts integers in half the time that it takes to argsort floats.
    keys = np.left_shift(values.view(np.int32), 32, dtype=np.int64)
    keys += np.arange(size).reshape(values.shape)
    keys.sort(axis=-1)
    keys &= 2**32 - 1
    return keys


def sum_rows(values: Array) -> Array:
    """Sum over the rows of each matrix: ``(..., n, m)`` to ``(..., 1, m)``."""
    if isinstance(values, np.ndarray):
        return _ones(values.shape[-2], values.dtype).T @ values
    return values.sum(axis=-2, keepdims=True)


def sum_columns(values: Array) -> Array:
    """Sum over the columns of each matrix: ``(..., n, m)`` to ``(..., n, 1)``."""
    if isinstance(values, np.ndarray):
        return values @ _ones(values.shape[-1], values.dtype)
    return values.sum(axis=-1, keepdims=True)


def max_rows(values: Array) -> Array:
    """Take the maximum over the rows of each matrix: ``(..., n, m)`` to ``(..., 1, m)``."""
    # The one function that both libraries have takes NumPy twice as long as its method.
    if isinstance(values, np.ndarray):
        return values.max(axis=-2, keepdims=True)
    return values.amax(axis=-2, keepdims=True)


def min_rows(values: Array) -> Array:
    """Take the minimum over the rows of each matrix: ``(..., n, m)`` to ``(..., 1, m)``."""
    if isinstance(values, np.ndarray):
        return values.min(axis=-2, keepdims=True)
    return values.amin(axis=-2, keepdims=True)


def cumulative_sum(values: Array) -> Array:
    """Cumulative sum of small whole numbers along the last axis, ``(..., n)``."""
    n = values.shape[-1]
    if isinstance(values, np.ndarray) and n <= 128:  # beyond that, a product takes longer
        return values @ _triangle(n, values.dtype)
    return values.cumsum(axis=-1)


@lru_cache(maxsize=64)
def _ones(n: int, dtype: np.dtype) -> np.ndarray:
    return np.ones((n, 1), dtype)


@lru_cache(maxsize=16)
def _triangle(n: int, dtype: np.dtype) -> np.ndarray:
    return np.triu(np.ones((n, n), dtype))
