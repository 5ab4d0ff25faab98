"""New rows between real ones: the recipe, its rounding and where it is written."""

import numpy as np
import pytest
from scipy import sparse

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


def test_whole_numbers_are_rounded_before_they_are_stored():
    X = np.array([[0, 9], [7, 0]])
    out = np.empty((2, 2), dtype=np.int64)
    mix(X, RECIPE, whole=np.array([True, True]), out=out)
    np.testing.assert_array_equal(out, np.rint([[1.75, 6.75], [3.5, 4.5]]))
    some = mix(X.astype(float), RECIPE, whole=np.array([True, False]))
    np.testing.assert_array_equal(some, [[2, 6.75], [4, 4.5]])


def test_sparse_rows_are_mixed_and_rounded_as_dense_ones():
    X = np.array([[0.0, 9.0, 0.0], [7.0, 0.0, 0.0]])
    for whole in (None, np.array([True, True, True])):
        mixed = mix(sparse.csc_array(X), RECIPE, whole=whole)
        np.testing.assert_array_equal(mixed.toarray(), mix(X, RECIPE, whole=whole))
        assert mixed.nnz == 4


def test_recipes_in_terms_of_all_rows_give_the_same_rows():
    X = np.random.default_rng(0).normal(size=(9, 2))
    rows = np.array([2, 7])
    both = join([RECIPE, RECIPE])
    np.testing.assert_array_equal(mix(X, both.among(rows)), mix(X[rows], both))
