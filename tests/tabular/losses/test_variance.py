"""Centroid losses against loops over samples and pairs of classes (Eq. 11-12)."""

import math

import pytest
import torch
from metric_losses import inter_class_loss, intra_class_loss

from rarebit.exceptions import InputError


@pytest.fixture
def batch():
    torch.manual_seed(0)
    return torch.randn(11, 8), torch.randint(0, 4, (11,)), torch.randn(6, 8), torch.rand(11)


@pytest.mark.parametrize("kind", ["mse", "squared_norm"])
def test_intra_equals_the_loop(batch, kind):
    embeddings, labels, centroids, weight = batch
    total = 0.0
    for i, label in enumerate(labels.tolist()):
        squares = [(float(embeddings[i, d]) - float(centroids[label, d])) ** 2 for d in range(8)]
        total += float(weight[i]) * sum(squares) / (8 if kind == "mse" else 1)
    found = intra_class_loss(embeddings, labels, centroids, kind=kind, weight=weight)
    assert found.item() == pytest.approx(total / len(labels), rel=1e-5)


def test_inter_equals_the_loop(batch):
    _, labels, centroids, _ = batch
    present = sorted(set(labels.tolist()))
    distances = [
        math.dist(centroids[j].tolist(), centroids[k].tolist())
        for j in present
        for k in present
        if j != k
    ]
    mean = sum(distances) / (len(present) * (len(present) - 1))
    expected = math.log1p(math.exp(-mean))
    assert inter_class_loss(centroids, labels).item() == pytest.approx(expected, rel=1e-5)


def test_inter_ignores_classes_that_are_not_in_the_batch(batch):
    _, labels, centroids, _ = batch
    centroids.requires_grad_()
    inter_class_loss(centroids, labels).backward()
    absent = sorted(set(range(6)) - set(labels.tolist()))
    assert absent
    assert (centroids.grad[absent] == 0).all()


def test_inter_of_a_single_class_is_zero_with_zero_gradient():
    centroids = torch.randn(3, 8, requires_grad=True)
    loss = inter_class_loss(centroids, torch.tensor([1, 1, 1]))
    loss.backward()
    assert loss == 0
    assert (centroids.grad == 0).all()


def test_inter_of_centroids_at_the_same_point():
    centroids = torch.zeros(2, 8, requires_grad=True)
    loss = inter_class_loss(centroids, torch.tensor([0, 1]))
    loss.backward()
    assert loss.item() == pytest.approx(math.log(2))
    assert (centroids.grad == 0).all()  # there is no direction between them


def test_a_label_that_is_not_a_class_is_an_error(batch):
    embeddings, labels, centroids, _ = batch
    for wrong in (6, -1):
        labels[3] = wrong
        with pytest.raises(InputError, match=f"labels holds the code {wrong}"):
            intra_class_loss(embeddings, labels, centroids)
        with pytest.raises(InputError, match=f"labels holds the code {wrong}"):
            inter_class_loss(centroids, labels)


def test_members_are_separate():
    torch.manual_seed(1)
    centroids, labels, rows = (
        torch.randn(3, 5, 8),
        torch.randint(0, 5, (3, 6)),
        torch.randn(3, 6, 8),
    )
    inter = torch.stack([inter_class_loss(*pair) for pair in zip(centroids, labels, strict=True)])
    torch.testing.assert_close(inter_class_loss(centroids, labels), inter)
    intra = torch.stack(
        [intra_class_loss(*three) for three in zip(rows, labels, centroids, strict=True)]
    )
    torch.testing.assert_close(intra_class_loss(rows, labels, centroids), intra)
