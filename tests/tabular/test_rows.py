"""Sorting the rows of a matrix."""

import numpy as np
import pytest

from rarebit.tabular._rows import argsort_rows


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1,), (5, 7), (2, 3, 64)])
def test_equals_a_stable_argsort(dtype, shape):
    rng = np.random.default_rng(0)
    values = rng.integers(0, 9, shape).astype(dtype) / 3  # with ties
    values[..., ::4] = np.inf
    values[..., 1::5] = rng.random(values[..., 1::5].shape) * np.finfo(np.float32).tiny
    expected = values.argsort(axis=-1, kind="stable")
    np.testing.assert_array_equal(argsort_rows(values) % shape[-1], expected)
    np.testing.assert_array_equal(
        values.ravel()[argsort_rows(values)], np.take_along_axis(values, expected, axis=-1)
    )
