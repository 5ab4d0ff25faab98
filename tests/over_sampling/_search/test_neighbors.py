"""The neighbour search against brute force, closed forms and full simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.neighbors import NearestNeighbors

from rarebit.over_sampling._encoder import SLOPES
from rarebit.over_sampling._search import neighbors as _neighbors
from rarebit.over_sampling._search.distances import Encoded, squared_distance
from rarebit.over_sampling._search.neighbors import _nearest_states as nearest_states
from rarebit.over_sampling._search.neighbors import nearest
from rarebit.quantum import angle_encoding, entangling_layers, rotation_layers, simulate, to_angles


def encode(points, angle="centered", max_qubits=4):
    n_features = points.shape[1]
    blocks = np.array_split(np.arange(n_features), -(-n_features // max_qubits))
    return Encoded(points, to_angles(points, angle), blocks, SLOPES[angle])


def scaled(kind, n_rows, n_features, seed=0):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(n_rows, n_features))
    if kind == "uniform":
        rows = rng.uniform(size=rows.shape)
    if kind == "half-binary":
        rows[:, ::2] = rows[:, ::2] > 0.5
    if kind == "heavy":
        rows = np.exp(4 * rows)
    if kind == "low-rank":
        rows = rows[:, :2] @ rng.normal(size=(2, n_features))
    return (rows - rows.min(axis=0)) / np.ptp(rows, axis=0)


def brute_force(rows, k, metric):
    """Distances by the formula, one pair at a time; order by (distance, row)."""
    found = []
    for i, (x, a) in enumerate(zip(rows.points, rows.angles, strict=True)):
        keys = []
        for j, (other, b) in enumerate(zip(rows.points, rows.angles, strict=True)):
            euclidean = ((x - other) ** 2).sum()
            state = sum(
                2 * (1 - np.prod(np.cos((a[block] - b[block]) / 2))) for block in rows.blocks
            )
            key = {
                "joint": (round(euclidean + state, 13),),
                "state": (round(state, 13), round(euclidean, 13)),
            }[metric]
            keys.append((*key, j))
        found.append([key[-1] for key in sorted(keys) if key[-1] != i][:k])
    return np.array(found)


@pytest.fixture
def by_candidates(monkeypatch):
    """Take the path for many rows with few of them."""
    monkeypatch.setattr(_neighbors, "SMALL", 0)
    monkeypatch.setattr(_neighbors, "SAMPLE", 16)
    monkeypatch.setattr(_neighbors, "WORTHWHILE", 0.0)


@pytest.mark.parametrize("metric", ["joint", "state"])
@pytest.mark.parametrize("kind", ["normal", "uniform", "half-binary", "heavy", "low-rank"])
def test_comparison_of_all_pairs_equals_brute_force(kind, metric):
    rows = encode(scaled(kind, 70, 7))
    np.testing.assert_array_equal(nearest(rows, 5, metric), brute_force(rows, 5, metric))


@pytest.mark.parametrize("angle", ["centered", "pi_x", "x", "arcsin"])
@pytest.mark.parametrize("kind", ["normal", "uniform", "half-binary", "heavy", "low-rank"])
def test_certified_candidates_equal_brute_force(by_candidates, kind, angle):
    rows = encode(scaled(kind, 90, 5), angle)
    np.testing.assert_array_equal(nearest(rows, 4, "joint"), brute_force(rows, 4, "joint"))


@settings(max_examples=60, deadline=None)
@given(
    arrays(np.int64, st.tuples(st.integers(4, 30), st.integers(1, 6)), elements=st.integers(0, 3)),
    st.integers(1, 3),
    st.sampled_from(["joint", "state"]),
)
def test_neighbours_are_no_farther_than_by_brute_force_where_many_tie(levels, k, metric):
    rows = encode(levels / 3, max_qubits=3)
    found = nearest(rows, k, metric)
    # Repeated rows are equally near, and so are rows that differ in equally many steps.
    expected = brute_force(rows, k, metric)
    own = np.arange(len(levels))[:, None]
    parts, wanted = (squared_distance(rows)(own, near) for near in (found, expected))
    if metric == "joint":
        parts, wanted = [sum(parts)], [sum(wanted)]
    np.testing.assert_allclose(parts, wanted, atol=1e-9)
    assert all(len(set(row)) == k and i not in row for i, row in enumerate(found.tolist()))


def test_search_does_not_depend_on_the_number_of_threads():
    from threadpoolctl import threadpool_limits

    rows = encode(scaled("half-binary", 700, 9))
    with threadpool_limits(1):
        alone = nearest(rows, 5, "joint")
    with threadpool_limits(2):
        np.testing.assert_array_equal(nearest(rows, 5, "joint"), alone)


def test_repeated_rows_are_each_others_neighbours():
    points = np.repeat(scaled("normal", 6, 3), [5, 1, 1, 1, 2, 1], axis=0)
    found = nearest(encode(points), 4, "joint")
    assert found[0].tolist() == [1, 2, 3, 4]
    assert found[4].tolist() == [0, 1, 2, 3]
    assert found[8][0] == 9


def test_all_rows_alike():
    found = nearest(encode(np.full((4, 3), 0.5)), 2, "joint")
    assert found.tolist() == [[1, 2], [0, 2], [0, 1], [0, 1]]


def test_crowded_rows_are_compared_in_double_precision():
    """Rows that single precision cannot tell apart: two far ones set the range."""
    points = np.vstack([scaled("normal", 80, 6) * 1e-4, np.zeros((1, 6)), np.ones((1, 6))])
    rows = encode(points)
    np.testing.assert_array_equal(nearest(rows, 2, "joint"), brute_force(rows, 2, "joint"))


@pytest.mark.parametrize("kind", ["normal", "half-binary"])
@pytest.mark.parametrize("wiring", ["linear", "circular", "all"])
def test_shared_circuit_is_an_isometry(kind, wiring):
    """<U psi(x), U psi(x')> = prod cos((phi - phi') / 2), for any circuit shared by all rows."""
    points = scaled(kind, 40, 4)
    rows = encode(points)
    circuit = (
        angle_encoding(4)
        + entangling_layers(4, ("CNOT", "CZ", "Toffoli"), wiring)
        + rotation_layers(4, 2)
    )
    weights = np.random.default_rng(1).normal(size=circuit.n_weights)
    states = simulate(circuit, weights, rows.angles)
    i, j = np.arange(40)[:, None], np.arange(40)
    _, state = squared_distance(rows)(i, j)
    np.testing.assert_allclose(
        state, ((states[:, None] - states[None]) ** 2).sum(axis=-1), atol=1e-12
    )
    np.testing.assert_array_equal(nearest(rows, 5, "state"), nearest_states(states, points, 5))
    joint = NearestNeighbors(n_neighbors=5).fit(np.hstack([points, states]))
    found = nearest(rows, 5, "joint")
    expected = joint.kneighbors(return_distance=False)
    own = np.arange(40)[:, None]
    measure = squared_distance(rows)
    np.testing.assert_allclose(
        np.add(*measure(own, found)), np.add(*measure(own, expected)), atol=1e-9
    )


def test_closed_forms_of_the_distance():
    """Opposite ends of one feature are orthogonal; nothing else contributes."""
    rows = encode(np.array([[0.0, 0.5], [1.0, 0.5], [0.0, 0.0]]), max_qubits=2)
    euclidean, state = squared_distance(rows)(np.array([0, 0]), np.array([1, 2]))
    np.testing.assert_allclose(euclidean, [1.0, 0.25])
    np.testing.assert_allclose(state, [2.0, 2 * (1 - np.cos(np.pi / 4))])


def test_one_binary_mismatch_makes_states_orthogonal_and_points_decide():
    points = np.array([[0, 0.5], [1, 0.9], [1, 0.6], [1, 0.1]])
    assert nearest(encode(points), 3, "state")[0].tolist() == [2, 1, 3]


@settings(max_examples=100)
@given(st.floats(0, np.pi))
def test_the_bound_on_which_certificates_rest(angle):
    assert np.cos(angle / 2) <= np.exp(-(angle**2) / 8) * (1 + 1e-15)


@pytest.mark.parametrize("angle", SLOPES)
def test_angles_move_at_least_by_the_slope(angle):
    x = np.linspace(0, 1, 101)
    phi = to_angles(x, angle)
    apart = np.abs(x[:, None] - x)
    assert (np.abs(phi[:, None] - phi) >= SLOPES[angle] * apart - 1e-12).all()


def test_unencoded_coordinates_weaken_the_bound(by_candidates):
    """Candidates near in all but the unencoded coordinate must not be certified away."""
    rng = np.random.default_rng(0)
    points = scaled("normal", 120, 3)
    dummies = rng.integers(2, size=(120, 1)) * 0.3
    encoded = encode(points)
    rows = Encoded(
        np.hstack([points, dummies]), encoded.angles, encoded.blocks, np.pi, unencoded=0.09
    )
    np.testing.assert_array_equal(nearest(rows, 4, "joint"), brute_force(rows, 4, "joint"))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "uniform", "half-binary", "low-rank"])
def test_thousands_of_rows_equal_the_formula(kind):
    n_rows = 7000
    rows = encode(scaled(kind, n_rows, 30), max_qubits=10)
    found = nearest(rows, 5, "joint")
    queries = np.arange(0, n_rows, 100)
    squared = np.round(np.add(*squared_distance(rows)(queries[:, None], np.arange(n_rows))), 13)
    squared[np.arange(len(queries)), queries] = np.inf
    np.testing.assert_array_equal(found[queries], np.argsort(squared, axis=1, kind="stable")[:, :5])
