"""One formula for the arrays of NumPy and the tensors of torch."""

from __future__ import annotations

from typing import Any

import array_api_compat.torch
import numpy as np

# What the losses and the mixup are worked out on: an ndarray, or a tensor without a gradient.
Array = Any


def namespace_of(values: Array) -> Any:
    """Name the library that an array is from, in the words of the array API standard.

    NumPy speaks them itself: a wrapper around it would take time that small batches do not have.

    Parameters
    ----------
    values : ndarray or Tensor
        The array.

    Returns
    -------
    module

    Examples
    --------
    >>> namespace_of(np.ones(3)).__name__
    'numpy'
    """
    return np if isinstance(values, np.ndarray) else array_api_compat.torch
