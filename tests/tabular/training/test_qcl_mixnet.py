"""A training step in NumPy against autograd: network, mixup and losses together."""

import copy

import numpy as np
import pytest
import torch

from rarebit.tabular.losses import HybridLoss, HybridSettings, focal_loss
from rarebit.tabular.mixup import MixupSettings
from rarebit.tabular.network.layers import stack_modules
from rarebit.tabular.network.qcl_mixnet import QCLMixNet
from rarebit.tabular.training.flat_parameters import FlatParameters
from rarebit.tabular.training.learner import AutogradBackprop, Rows
from rarebit.tabular.training.qcl_mixnet import NumpyBackprop, QCLMixNetLearner

VARIANTS = {
    "paper": ({}, HybridSettings(), MixupSettings()),
    "no entanglement": ({"quantum": "none"}, HybridSettings(), MixupSettings()),
    "gate, affine": ({"quantum": "gate", "attention": "affine"}, HybridSettings(), MixupSettings()),
    "no attention": ({"attention": "none"}, HybridSettings(), MixupSettings()),
    "no mixup": ({}, HybridSettings(), MixupSettings(kind="none")),
    "uniform mixup": ({}, HybridSettings(), MixupSettings(kind="uniform", coefficient="sample")),
    "focal alone": ({}, HybridSettings(balance=1, intra_weight=0, inter_weight=0), MixupSettings()),
    "no triplet": ({}, HybridSettings(triplet_weight=0, intra="squared_norm"), MixupSettings()),
}


def make_learner(variant, n_members):
    torch.manual_seed(0)
    options, losses, mixup = VARIANTS[variant]
    singles = [
        QCLMixNetLearner(QCLMixNet(5, 3, **options), HybridLoss(3, settings=losses), mixup)
        for _ in range(n_members)
    ]
    return (stack_modules(singles) if n_members > 1 else singles[0]).double().train()


def gradients(kind, learner, rows, index, draws, n_members):
    """Values and gradients of each batch."""
    numbers = FlatParameters(learner, n_members)
    found = []
    for values in kind(learner, rows).gradients(index, draws):
        found.append((np.asarray(values).copy(), numbers.gradient.clone()))
        numbers.gradient.zero_()
    return found


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("n_members", [1, 2])
@pytest.mark.parametrize("weighted", [True, False])
def test_values_and_gradients_are_those_of_autograd(variant, n_members, weighted):
    learner = make_learner(variant, n_members)
    rng = np.random.default_rng(0)
    x, y = torch.from_numpy(rng.normal(size=(40, 5))), torch.from_numpy(rng.integers(0, 3, 40))
    rows = Rows(x, y, torch.from_numpy(rng.random(40)) if weighted else None)
    shape = (3, n_members, 12) if n_members > 1 else (3, 12)
    index, draws = rng.integers(0, 40, shape), rng.random((*shape, 2))
    args = (rows, index, draws, n_members)
    theirs = gradients(AutogradBackprop, copy.deepcopy(learner), *args)
    ours = gradients(NumpyBackprop, learner, *args)
    assert isinstance(learner.make_backprop(rows), NumpyBackprop)
    assert len(ours) == 3
    for (values, gradient), (expected, by_autograd) in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(values, expected, rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(gradient, by_autograd, rtol=1e-6, atol=1e-10)


def test_a_batch_of_one_row_uses_autograd():
    learner = make_learner("paper", 1)
    rows = Rows(torch.randn(4, 5).double(), torch.tensor([0, 1, 2, 0]))
    before = learner.network.norm1.running_mean.clone()
    ((values, gradient),) = gradients(
        NumpyBackprop, learner, rows, np.array([[2]]), np.full((1, 1, 2), 0.5), 1
    )
    assert torch.equal(learner.network.norm1.running_mean, before)
    # One row: no partner, no positive, no triplet, one class; focal and intra remain.
    logits, embedding = learner.network(rows.x[2:3])
    centroid = learner.loss.centroids[2]
    intra = (embedding[0] - centroid).square().mean()
    focal = focal_loss(logits, rows.y[2:3])
    expected = [0.5 * (focal + 0.8 * intra), focal, intra, 0, 0, 0, 1, 1]
    np.testing.assert_allclose(values, [float(torch.as_tensor(part).detach()) for part in expected])
    expected[0].backward()
    wanted = [p.grad for p in learner.parameters() if p.requires_grad]
    torch.testing.assert_close(gradient, torch.cat([grad.ravel() for grad in wanted]))


def test_layers_without_a_numpy_version_train_by_autograd():
    rows = Rows(torch.zeros(4, 5), torch.zeros(4, dtype=torch.int64))
    for network, mixup in (
        (QCLMixNet(5, 3, attention="features"), MixupSettings()),
        (QCLMixNet(5, 3), MixupSettings(space="embedding")),
    ):
        learner = QCLMixNetLearner(network, HybridLoss(3), mixup)
        assert isinstance(learner.make_backprop(rows), AutogradBackprop)
