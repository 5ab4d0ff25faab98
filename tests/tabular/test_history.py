"""What the history of QCLMixNetClassifier shows of its loss, schedule and batches."""

import numpy as np
import pytest
import torch
from metric_losses import inter_class_loss, intra_class_loss, mine_multi_similarity, triplet_loss
from qcl_mixnet_cases import PARTS, quick
from sklearn.preprocessing import StandardScaler

from rarebit.tabular.losses import focal_loss, supcon_loss
from rarebit.tabular.presets import PAPER


def test_the_history_has_losses_scores_and_rates(data):
    history = quick().fit(*data).history_
    assert set(history) == {
        *("loss", "focal", "intra", "inter", "supcon", "triplet"),
        *("without_positive", "without_triplet", "learning_rate", "selection_score"),
    }
    assert {len(values) for values in history.values()} == {3}


WEIGHTS = {"balance": 0.5, "focal": 1, "intra": 0.8, "inter": 1, "supcon": 1, "triplet": 1}


@pytest.mark.parametrize("changed", [{}, {"balance": 0.25}, *({part: 3} for part in PARTS)])
def test_the_loss_is_the_weighted_sum_of_its_parts(data, changed):
    """Eq. 9 and 14."""
    weights = WEIGHTS | changed
    balance = weights.pop("balance")
    parameters = {f"{part}_weight": weight for part, weight in weights.items()}
    history = quick(loss_balance=balance, **parameters).fit(*data).history_
    part = {name: weights[name] * np.array(history[name]) for name in PARTS}
    variance, contrast = part["focal"] + part["intra"] + part["inter"], part["supcon"]
    expected = balance * variance + (1 - balance) * (contrast + part["triplet"])
    np.testing.assert_allclose(history["loss"], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("parameters", "absent"),
    [
        *(({f"{part}_weight": 0}, {part}) for part in PARTS),
        ({"loss_balance": 0.0}, {"focal", "intra", "inter"}),
        ({"loss_balance": 1.0}, {"supcon", "triplet"}),
    ],
)
def test_a_part_of_weight_zero_is_not_computed(data, parameters, absent):
    history = quick(**parameters).fit(*data).history_
    assert {part for part in PARTS if history[part] == [0, 0, 0]} == absent


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"focal_gamma": 0, "temperature": 1.0, "triplet_margin": 0.1, "miner_epsilon": 0.0},
        {"intra": "squared_norm", "quantum": "gate", "attention": "features"},
    ],
)
def test_the_parts_are_the_losses_of_the_network(data, parameters):
    """One batch at a learning rate at which no weight moves."""
    X, y = data
    still = {"epochs": 1, "batch_size": 200, "validation_fraction": 0, "mixup": "none"}
    still |= {"learning_rate": 1e-30, "schedule": "constant"}
    model = quick(**still, **parameters).fit(X, y)
    values = PAPER | parameters
    network, centroids = model.learner_.network.train(), model.learner_.loss.centroids
    labels = torch.from_numpy(y)
    logits, rows = network(torch.from_numpy(StandardScaler().fit_transform(X)).float())
    mined = mine_multi_similarity(rows, labels, epsilon=values["miner_epsilon"])
    expected = {
        "focal": focal_loss(logits, labels, gamma=values["focal_gamma"]),
        "intra": intra_class_loss(rows, labels, centroids, kind=values["intra"]),
        "inter": inter_class_loss(centroids, labels),
        "supcon": supcon_loss(rows, labels, temperature=values["temperature"])[0],
        "triplet": triplet_loss(rows, *mined, margin=values["triplet_margin"])[0],
    }
    for name, loss in expected.items():
        assert model.history_[name] == [pytest.approx(loss.item(), rel=1e-4)], name


def test_the_learning_rate_follows_its_schedule(data):
    constant = quick(schedule="constant", learning_rate=1e-4).fit(*data).history_
    np.testing.assert_allclose(constant["learning_rate"], 1e-4)
    cycle = quick(epochs=20, max_learning_rate=0.05).fit(*data).history_["learning_rate"]
    assert cycle[0] == pytest.approx(1e-3)
    assert max(cycle) == pytest.approx(0.05, rel=0.02)
    assert cycle[-1] < 1e-3


def test_weight_decay_shrinks_the_weights(data):
    def norm(weight_decay):
        model = quick(epochs=10, weight_decay=weight_decay).fit(*data)
        return model.learner_.network.fc1.weight.detach().norm().item()

    assert norm(10.0) < 0.5 * norm(0.0)


def test_paired_batches_have_a_positive_for_every_anchor(data):
    assert sum(quick(batch_size=8).fit(*data).history_["without_positive"]) > 0
    paired = quick(batch_size=8, batch_sampler="paired").fit(*data)
    assert paired.history_["without_positive"] == [0, 0, 0]


def test_a_batch_of_one_row_has_no_pairs(data):
    X, y = data
    rows = np.unique(y, return_index=True)[1]
    history = quick(batch_size=1).fit(X[rows], y[rows]).history_
    assert history["without_positive"] == [1.5, 1.5, 1.5]  # a batch of one row, and one of two
    assert history["without_triplet"] == [1, 1, 1]
    assert history["supcon"] == history["triplet"] == [0, 0, 0]
