"""The baseline networks and the estimator over them."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

from rarebit.exceptions import InputError
from rarebit.persistence import load, save
from rarebit.tabular import NetworkClassifier
from rarebit.tabular.baselines import ARCHITECTURES
from rarebit.tabular.baselines.graph import GraphNetwork, knn_edges

GRAPHS = ("gcn", "graphsage", "gat", "gin", "jknet")


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def skip_without_geometric(name):
    if name in GRAPHS:
        pytest.importorskip("torch_geometric")
    if name == "tabm":
        pytest.importorskip("tabm")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name == "tabm")) for name in ARCHITECTURES],
)
def test_every_network_learns_stores_and_is_deterministic(iris, tmp_path, name):
    skip_without_geometric(name)
    X, y = iris
    model = NetworkClassifier(network=name, epochs=25, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.8
    proba = model.predict_proba(X)
    again = NetworkClassifier(network=name, epochs=25, random_state=0).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), proba)
    opened = load(save(model, tmp_path / "model"))
    np.testing.assert_array_equal(opened.predict_proba(X), proba)


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("shape", [(2, 1), (3, 2), (65, 1)])
def test_tiny_tables(name, shape):
    skip_without_geometric(name)
    X = np.random.default_rng(0).normal(size=shape)
    y = np.arange(len(X)) % 2
    model = NetworkClassifier(network=name, epochs=2, random_state=0).fit(X, y)
    proba = model.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    np.testing.assert_allclose(model.predict_proba(X[:1]), proba[:1], rtol=1e-9)


# Layers of the paper: (128, 64); 128 per direction; 32 and 64 filters of 3; 64 hidden units.
SIZES = {
    "mlp": (128, 4),
    "gru": (3 * 128, 4),
    "bilstm": (4 * 128, 4),
    "cnn": (32, 1, 3),
    "gcn": (64, 4),
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes_are_those_of_the_paper(name):
    skip_without_geometric(name)
    network = ARCHITECTURES[name](4, 3)
    first = next(p for p in network.parameters() if p.ndim > 1)
    assert first.shape == SIZES[name]


def test_unknown_network(iris):
    with pytest.raises(InputError, match="network is 'transformer': give 'mlp', "):
        NetworkClassifier(network="transformer").fit(*iris)


def test_knn_edges_equal_the_loop():
    torch.manual_seed(0)
    x, pool = torch.randn(7, 2), torch.randn(9, 2)
    edges = {tuple(edge) for edge in knn_edges(x, 3).T.tolist()}
    expected = set()
    for i in range(7):
        others = sorted((j for j in range(7) if j != i), key=lambda j: (x[i] - x[j]).norm().item())
        expected |= {(j, i) for j in others[:3]}
    assert edges == expected
    source, target = knn_edges(x, 1, pool)
    assert source.tolist() == [int((pool - row).norm(dim=1).argmin()) for row in x]
    assert target.tolist() == list(range(7))


def test_fewer_rows_than_neighbors():
    assert knn_edges(torch.zeros(1, 2), 5).tolist() == [[], []]
    edges = knn_edges(torch.tensor([[0.0], [1.0], [3.0]]), 5)
    assert edges.tolist() == [[1, 2, 0, 2, 1, 0], [0, 0, 1, 1, 2, 2]]


@pytest.mark.parametrize("name", GRAPHS)
def test_over_the_training_graph_a_prediction_does_not_depend_on_the_other_rows(iris, name):
    pytest.importorskip("torch_geometric")
    X, y = iris
    model = NetworkClassifier(network=name, epochs=3, random_state=0).fit(X[::2], y[::2])
    together = model.predict_proba(X[1::2])
    np.testing.assert_allclose(model.predict_proba(X[1:4:2]), together[:2], rtol=1e-9)


def test_over_the_batch_graph_it_does(iris):
    pytest.importorskip("torch_geometric")
    X, y = iris
    model = NetworkClassifier(
        network="gcn", prediction_graph="batch", epochs=3, batch_size=32, random_state=0
    ).fit(X, y)
    assert len(model.learner_.network.context) == 0
    together = model.predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(X[:32]), together[:32])
    assert not np.allclose(model.predict_proba(X[:8]), together[:8])


def test_the_context_is_the_training_rows_alone(iris):
    pytest.importorskip("torch_geometric")
    X, y = iris
    model = NetworkClassifier(network="gcn", epochs=1, validation_fraction=0.2).fit(X, y)
    context = model.learner_.network.context.numpy()
    scaled = StandardScaler().fit_transform(X).astype(np.float32)
    assert len(context) == 120
    assert set(map(tuple, context)) <= set(map(tuple, scaled))


def test_jknet_joins_three_layers():
    pytest.importorskip("torch_geometric")
    network = GraphNetwork(4, 3, kind="jknet")
    assert len(network.layers) == 3
    assert network.leave.in_features == 3 * 64
    assert len(GraphNetwork(4, 3, kind="gcn").layers) == 2
