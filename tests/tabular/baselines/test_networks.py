"""The baseline networks and the estimator over them."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_iris

from rarebit.exceptions import InputError
from rarebit.persistence import load, save
from rarebit.tabular import NetworkClassifier
from rarebit.tabular.baselines import NETWORKS, graph
from rarebit.tabular.baselines.graph import GraphNetwork, find_neighbors, gather_rows
from rarebit.tabular.baselines.sequence import Convolutional, Recurrent

GRAPHS = ("gcn", "graphsage", "gat", "gin", "jknet")


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


def skip_without_tabm(name):
    if name == "tabm":
        pytest.importorskip("tabm")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name == "tabm")) for name in NETWORKS],
)
def test_every_network_learns_stores_and_is_deterministic(iris, tmp_path, name):
    skip_without_tabm(name)
    X, y = iris
    model = NetworkClassifier(network=name, epochs=25, random_state=0).fit(X, y)
    assert model.score(X, y) > 0.8
    proba = model.predict_proba(X)
    again = NetworkClassifier(network=name, epochs=25, random_state=0).fit(X, y)
    np.testing.assert_array_equal(again.predict_proba(X), proba)
    opened = load(save(model, tmp_path / "model"))
    np.testing.assert_array_equal(opened.predict_proba(X), proba)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("shape", [(2, 1), (3, 2), (65, 1)])
def test_tiny_tables(name, shape):
    skip_without_tabm(name)
    X = np.random.default_rng(0).normal(size=shape)
    y = np.arange(len(X)) % 2
    model = NetworkClassifier(network=name, epochs=2, random_state=0).fit(X, y)
    assert np.isfinite(model.predict_proba(X)).all()
    assert np.isfinite(model.predict_proba(X[:1])).all()


# Layers of the publication: (128, 64); 128 a direction; 32 and 64 filters of 3; 64 hidden units.
SIZES = {
    "mlp": (128, 4),
    "gru": (3 * 128, 4),
    "bilstm": (2 * 4 * 128, 4),
    "cnn": (32, 3),
    "gcn": (64, 4),
}


@pytest.mark.parametrize("name", SIZES)
def test_sizes_are_the_publications(name):
    skip_without_tabm(name)
    network = NETWORKS[name](4, 3)
    first = next(p for p in network.parameters() if p.ndim > 1)
    assert first.shape == SIZES[name]


@pytest.mark.parametrize("cell", ["gru", "lstm"])
@pytest.mark.parametrize("bidirectional", [True, False])
def test_recurrent_networks_are_torchs_over_one_step(cell, bidirectional):
    torch.manual_seed(0)
    ours = Recurrent(5, 3, cell=cell, bidirectional=bidirectional, width=4)
    kind = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[cell]
    theirs = kind(5, 4, batch_first=True, bidirectional=bidirectional)
    ends = ("", "_reverse") if bidirectional else ("",)
    parts = {
        "weight_ih_l0": ours.gates.weight,
        "bias_ih_l0": ours.gates.bias,
        "bias_hh_l0": ours.state_bias,
    }
    state = theirs.state_dict()
    for name, values in parts.items():
        for end, part in zip(ends, values.chunk(len(ends)), strict=True):
            state[name + end] = part
            assert part.std().item() == pytest.approx(
                theirs.state_dict()[name + end].std().item(), rel=0.5
            )
    theirs.load_state_dict(state)
    x = torch.randn(7, 5)
    expected = ours.leave(theirs(x.unsqueeze(1))[0].squeeze(1))
    torch.testing.assert_close(ours(x), expected)


def test_the_convolutional_network_is_torchs():
    torch.manual_seed(0)
    ours = Convolutional(5, 3, channels=(4, 6))
    first, second = torch.nn.Conv1d(1, 4, 3, padding=1), torch.nn.Conv1d(4, 6, 3, padding=1)
    for theirs, mine in ((first, ours.filters1), (second, ours.filters2)):
        theirs.weight.data, theirs.bias.data = mine.weight.view(theirs.weight.shape), mine.bias
    x = torch.randn(7, 5)
    hidden = second(first(x.unsqueeze(1)).relu()).relu()
    torch.testing.assert_close(ours(x), ours.leave(hidden.mT.flatten(1)))


def test_unknown_network(iris):
    with pytest.raises(InputError, match="network is 'transformer': give 'mlp' or"):
        NetworkClassifier(network="transformer").fit(*iris)


def test_neighbors_equal_the_loop():
    torch.manual_seed(0)
    x, pool = torch.randn(7, 2), torch.randn(9, 2)
    for i, found in enumerate(find_neighbors(x, 3)):
        others = sorted((j for j in range(7) if j != i), key=lambda j: (x[i] - x[j]).norm().item())
        assert found.tolist() == others[:3]
    nearest = [int((pool - row).norm(dim=1).argmin()) for row in x]
    assert find_neighbors(x, 1, pool).flatten().tolist() == nearest


def test_neighbors_are_found_piece_by_piece(monkeypatch):
    x = torch.randn(2, 7, 2)
    together = find_neighbors(x, 3)
    monkeypatch.setattr(graph, "_CHUNK", 3)
    assert torch.equal(find_neighbors(x, 3), together)


def test_fewer_rows_than_neighbors():
    assert find_neighbors(torch.zeros(1, 2), 5).shape == (1, 0)
    assert find_neighbors(torch.zeros(3, 2), 5).shape == (3, 2)


def test_rows_are_gathered_within_a_member():
    x = torch.randn(3, 4, 2)
    neighbors = torch.randint(0, 4, (3, 5, 2))
    expected = torch.stack([rows[at] for rows, at in zip(x, neighbors, strict=True)])
    assert torch.equal(gather_rows(x, neighbors), expected)


def copy_layer(kind, ours, theirs):
    """Give PyTorch Geometric's layer our numbers."""
    if kind == "gcn":
        theirs.lin.weight, theirs.bias = ours.linear.weight, ours.linear.bias
    if kind == "graphsage":
        half = ours.linear.weight.shape[1] // 2
        theirs.lin_l.weight.data = ours.linear.weight[:, :half]
        theirs.lin_r.weight.data = ours.linear.weight[:, half:]
        theirs.lin_l.bias = ours.linear.bias
    if kind == "gin":
        theirs.nn = torch.nn.Sequential(ours.inner, torch.nn.ReLU(), ours.outer)
    if kind == "gat":
        theirs.lin.weight, theirs.bias = ours.weight, ours.bias
        theirs.att_src.data, theirs.att_dst.data = ours.sending[None], ours.receiving[None]


@pytest.mark.parametrize("kind", ["gcn", "graphsage", "gin", "gat"])
def test_layers_are_those_of_pytorch_geometric(kind):
    geometric = pytest.importorskip("torch_geometric").nn
    torch.manual_seed(0)
    ours = graph._LAYERS[kind](40, 60)
    theirs = {
        "gcn": lambda: geometric.GCNConv(40, 60),
        "graphsage": lambda: geometric.SAGEConv(40, 60),
        "gin": lambda: geometric.GINConv(torch.nn.Sequential(torch.nn.Linear(40, 60))),
        "gat": lambda: geometric.GATConv(40, 60),
    }[kind]()
    # Drawn alike ...
    drawn = torch.cat([p.detach().flatten() for p in theirs.parameters() if p.ndim > 1])
    mine = torch.cat([p.detach().flatten() for p in ours.parameters() if p.ndim > 1])
    if kind != "gin":
        assert mine.std().item() == pytest.approx(drawn.std().item(), rel=0.1)
        assert len(mine) == len(drawn)
    # ... and the same function of the same numbers.
    with torch.no_grad():
        copy_layer(kind, ours, theirs)
    x = torch.randn(9, 40)
    neighbors = find_neighbors(x, 3)
    edges = torch.stack([neighbors.flatten(), torch.arange(9).repeat_interleave(3)])
    torch.testing.assert_close(ours(x, x, neighbors), theirs(x, edges), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", GRAPHS)
def test_a_row_predicted_over_the_training_graph_does_not_hang_on_its_company(iris, name):
    X, y = iris
    model = NetworkClassifier(network=name, epochs=3, random_state=0).fit(X[::2], y[::2])
    together = model.predict_proba(X[1::2])
    np.testing.assert_allclose(model.predict_proba(X[1:4:2]), together[:2], rtol=1e-9)


def test_over_the_batch_graph_it_does(iris):
    X, y = iris
    model = NetworkClassifier(
        network="gcn", prediction_graph="batch", epochs=3, batch_size=32, random_state=0
    ).fit(X, y)
    assert len(model.learner_.network.context) == 0
    together = model.predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(X[:32]), together[:32])
    assert not np.allclose(model.predict_proba(X[:8]), together[:8])


def test_the_context_is_the_training_rows_alone(iris):
    X, y = iris
    model = NetworkClassifier(network="gcn", epochs=1, validation_fraction=0.2).fit(X, y)
    assert model.learner_.network.context.shape == (120, 4)


def test_jknet_joins_three_layers():
    network = GraphNetwork(4, 3, kind="jknet")
    assert len(network.layers) == 3
    assert network.leave.in_features == 3 * 64
    assert len(GraphNetwork(4, 3, kind="gcn").layers) == 2
