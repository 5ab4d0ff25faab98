"""Distances as matrix products, against the formula in extended precision."""

import numpy as np
import pytest

from rarebit.over_sampling._search.distances import Encoded
from rarebit.over_sampling._search.products import Products, product_states


def encode(points, max_qubits=10):
    n_features = points.shape[1]
    blocks = np.array_split(np.arange(n_features), -(-n_features // max_qubits))
    return Encoded(points, np.pi * (points - 0.5), blocks, np.pi)


def exact(rows):
    """The formula, less its constant, in extended precision."""
    points, half = rows.points.astype(np.longdouble), rows.angles.astype(np.longdouble) / 2
    squared = ((points[:, None] - points) ** 2).sum(axis=2)
    for block in rows.blocks:
        squared -= 2 * np.cos(half[:, None, block] - half[:, block]).prod(axis=2)
    return squared


def points_of(kind, n_rows=60, n_features=30):
    rng = np.random.default_rng(0)
    points = rng.uniform(size=(n_rows, n_features))
    if kind == "corners":
        points = np.round(points)
    if kind == "outlier":
        points[1:] *= 1e-3
    return points


def test_closed_form():
    """Opposite ends of a feature: 1 apart, orthogonal; at the same place: the overlap is 1."""
    rows = encode(np.array([[0.0, 0.3], [1.0, 0.3]]))
    between = Products(rows, np.float64).between(slice(0, 2), slice(0, 2))
    np.testing.assert_allclose(between, [[-2, 1], [1, -2]], atol=1e-15)


@pytest.mark.parametrize("n_qubits", [1, 4, 5, 10])
def test_product_states_have_length_1_and_overlap_as_qubits_do(n_qubits):
    angles = np.random.default_rng(0).uniform(size=(5, n_qubits))
    qubits = np.stack([np.cos(angles.T), np.sin(angles.T)], axis=1)
    overlap = np.prod([factor.T @ factor for factor in product_states(qubits)], axis=0)
    expected = np.cos(angles[:, None] - angles).prod(axis=2)
    np.testing.assert_allclose(overlap, expected, atol=1e-14)


@pytest.mark.parametrize("max_qubits", [3, 10])
@pytest.mark.parametrize("kind", ["uniform", "corners", "outlier"])
@pytest.mark.parametrize(("dtype", "useful"), [(np.float32, 1e-3), (np.float64, 1e-11)])
def test_no_distance_is_off_by_more_than_the_margin(kind, max_qubits, dtype, useful):
    rows = encode(points_of(kind), max_qubits)
    products = Products(rows, dtype)
    all_rows = slice(0, len(rows.points))
    error = np.abs(products.between(all_rows, all_rows) - exact(rows)).max()
    assert error <= products.margin < useful


def test_the_margin_covers_rounding_at_its_worst():
    """Every entry of every factor alike, so that each one's rounding goes the same way."""
    rows = encode(np.full((3, 40), 0.1) + np.array([[0.0], [0.3], [0.8]]))
    products = Products(rows, np.float32)
    error = np.abs(products.between(slice(0, 3), slice(0, 3)) - exact(rows)).max()
    assert np.finfo(np.float32).eps / 8 < error <= products.margin
