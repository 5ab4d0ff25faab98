"""Gradients of the losses against finite differences."""

import numpy as np
import pytest
import torch
from metric_losses import inter_class_loss, intra_class_loss, mine_multi_similarity, triplet_loss
from torch.autograd import gradcheck

from rarebit.tabular.losses import HybridLoss, HybridSettings, focal_loss, supcon_loss
from rarebit.tabular.losses.gradients import with_gradients


@pytest.fixture(params=[(), (2,)], ids=["alone", "members"])
def batch(request):
    torch.manual_seed(0)
    shape = request.param

    def draw(*size):
        return torch.randn(*shape, *size, dtype=torch.float64, requires_grad=True)

    labels = torch.randint(0, 3, (*shape, 9))
    return draw(9, 4), draw(9, 8), draw(4, 8), labels, torch.rand(*shape, 9).double()


@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 3.0])
def test_focal(batch, gamma):
    logits, _, _, labels, weight = batch
    assert gradcheck(lambda x: focal_loss(x, labels, gamma=gamma, weight=weight), [logits])


def test_supcon(batch):
    _, embeddings, _, labels, weight = batch
    assert gradcheck(lambda x: supcon_loss(x, labels, weight=weight)[0], [embeddings])


def test_triplet(batch):
    _, embeddings, _, labels, weight = batch
    mined = mine_multi_similarity(embeddings, labels)
    assert triplet_loss(embeddings, *mined)[1].min() > 0
    assert gradcheck(lambda x: triplet_loss(x, *mined, weight=weight)[0], [embeddings])


@pytest.mark.parametrize("kind", ["mse", "squared_norm"])
def test_intra(batch, kind):
    _, embeddings, centroids, labels, weight = batch

    def loss(x, c):
        return intra_class_loss(x, labels, c, kind=kind, weight=weight)

    assert gradcheck(loss, [embeddings, centroids])


def test_inter(batch):
    _, _, centroids, labels, _ = batch
    assert gradcheck(lambda c: inter_class_loss(c, labels), [centroids])


@pytest.mark.parametrize("unused", [None, "focal", "intra", "inter", "supcon", "triplet"])
def test_hybrid(batch, unused):
    logits, embeddings, centroids, labels, weight = batch
    settings = HybridSettings(**({f"{unused}_weight": 0.0} if unused else {}), balance=0.3)
    hybrid = HybridLoss(4, settings=settings)

    def loss(x, z, c):
        del hybrid.centroids
        hybrid.centroids = c
        return hybrid(x, z, labels, weight).loss

    assert gradcheck(loss, [logits, embeddings, centroids])


def test_a_gradient_is_scaled_by_the_output_gradient():
    x = torch.tensor([[[2.0]], [[3.0]]], requires_grad=True)
    value, grad = np.array([4.0, 9.0], np.float32), 2 * x.detach().numpy()
    (with_gradients(value, (x, grad)) * torch.tensor([10.0, 100.0])).sum().backward()
    assert x.grad.ravel().tolist() == [40.0, 600.0]
