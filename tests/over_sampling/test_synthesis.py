"""New rows between real ones: the recipe, its rounding and where it is written."""

import numpy as np
import pytest
from scipy import sparse

from rarebit.over_sampling import _synthesis
from rarebit.over_sampling._synthesis import Mixture, draw_mixture, join, mix

RECIPE = Mixture(np.array([0, 1]), np.array([1, 0]), np.array([0.25, 0.5]))


def test_a_new_row_lies_between_its_parents():
    X = np.array([[0.0, 8.0], [4.0, 0.0]])
    np.testing.assert_array_equal(mix(X, RECIPE), [[1.0, 6.0], [2.0, 4.0]])


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_are_mixed_in_double_and_stored_once(order, dtype):
    rng = np.random.default_rng(0)
    X = np.asarray(rng.normal(size=(50, 3)), dtype=dtype, order=order)
    recipe = draw_mixture(rng.integers(50, size=(50, 5)), 3000, rng)
    parent, neighbor = X[recipe.parents].astype(float), X[recipe.neighbors].astype(float)
    exact = parent + recipe.weights[:, None] * (neighbor - parent)
    np.testing.assert_array_equal(mix(X, recipe), exact)
    out = np.empty((3000, 3), dtype=dtype)
    assert mix(X, recipe, out=out) is out
    np.testing.assert_array_equal(out, exact.astype(dtype))


def test_integers_are_rounded_in_their_own_type():
    X = np.array([[0, 9], [7, 0]], dtype=np.int8)
    mixed = mix(X, RECIPE)
    assert mixed.dtype == np.int8
    np.testing.assert_array_equal(mixed, [[2, 7], [3, 4]])


@pytest.mark.parametrize(
    ("dtype", "parent", "neighbor", "weight", "expected"),
    [
        (np.int64, 2**53 + 1, 2**53 + 11, 0.5, 2**53 + 6),
        (np.int64, -(2**63), 2**63 - 1, 0.5, 0),
        (np.int64, 2**63 - 1, -(2**63), 0.25, 2**62 - 1),
        (np.int64, 2**63 - 6, 2**63 - 10, 0.5, 2**63 - 8),
        (np.uint64, 0, 2**64 - 1, 0.5, 2**63),
        (np.uint64, 2**64 - 1, 2**64 - 3, 0.5, 2**64 - 2),
        (np.int8, -128, 127, 0.75, 63),
        (np.bool_, False, True, 0.75, True),
        (np.float32, 1.0, 2.0, 0.25, 1.25),
    ],
)
def test_known_values_at_the_ends_of_a_type(dtype, parent, neighbor, weight, expected):
    X = np.array([[parent], [neighbor]], dtype=dtype)
    recipe = Mixture(np.array([0]), np.array([1]), np.array([weight]))
    assert mix(X, recipe).item() == expected


def test_sparse_rows_are_mixed_as_dense_ones(monkeypatch):
    monkeypatch.setattr(_synthesis, "SPARSE_CELLS", 3)  # a row at a time
    for dtype in (np.float64, np.int64):
        X = np.array([[0, 9, 0], [7, 0, 0]], dtype=dtype)
        mixed = mix(sparse.csc_array(X), RECIPE)
        np.testing.assert_array_equal(mixed.toarray(), mix(X, RECIPE))
        assert (mixed.nnz, mixed.dtype) == (4, dtype)


def test_recipes_in_terms_of_all_rows_give_the_same_rows():
    X = np.random.default_rng(0).normal(size=(9, 2))
    rows = np.array([2, 7])
    both = join([RECIPE, RECIPE])
    np.testing.assert_array_equal(mix(X, both.among(rows)), mix(X[rows], both))
