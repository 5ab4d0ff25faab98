"""SupCon against a loop over anchors and positives (Eq. 15), and pytorch-metric-learning."""

import math

import pytest
import torch

from rarebit.exceptions import InputError
from rarebit.tabular.losses import supcon_loss


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True)) / (math.hypot(*a) * math.hypot(*b))


def by_loop(embeddings, labels, temperature, weight):
    rows, total, counted = embeddings.tolist(), 0.0, 0
    for i, anchor in enumerate(rows):
        positives = [j for j in range(len(rows)) if j != i and labels[j] == labels[i]]
        if not positives:
            continue
        counted += 1
        others = [math.exp(cosine(anchor, r) / temperature) for j, r in enumerate(rows) if j != i]
        for p in positives:
            share = math.exp(cosine(anchor, rows[p]) / temperature) / sum(others)
            total -= float(weight[i]) * math.log(share) / len(positives)
    return total / counted


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("n_classes", [1, 2, 7])
def test_equals_the_loop(n_classes, dtype):
    torch.manual_seed(n_classes)
    embeddings = torch.randn(12, 8, dtype=dtype)
    labels, weight = torch.randint(0, n_classes, (12,)), torch.rand(12, dtype=dtype)
    found, _ = supcon_loss(embeddings, labels, temperature=0.3, weight=weight)
    tolerance = 1e-5 if dtype == torch.float32 else 1e-12
    assert found.item() == pytest.approx(by_loop(embeddings, labels, 0.3, weight), rel=tolerance)


@pytest.mark.parametrize("n_classes", [2, 5, 20])
def test_equals_pytorch_metric_learning(n_classes):
    losses = pytest.importorskip("pytorch_metric_learning.losses")
    torch.manual_seed(n_classes)
    embeddings = torch.randn(32, 8, requires_grad=True)
    labels = torch.randint(0, n_classes, (32,))
    ours, _ = supcon_loss(embeddings, labels, temperature=0.2)
    theirs = losses.SupConLoss(temperature=0.2)(embeddings, labels)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
    (our_gradient,) = torch.autograd.grad(ours, embeddings)
    (their_gradient,) = torch.autograd.grad(theirs, embeddings)
    torch.testing.assert_close(our_gradient, their_gradient, rtol=1e-5, atol=1e-5)


def test_an_anchor_without_positives_is_left_out_and_counted():
    torch.manual_seed(0)
    embeddings, labels = torch.randn(5, 8), torch.tensor([0, 0, 1, 2, 0])
    weight = torch.ones(5)
    found, n_left_out = supcon_loss(embeddings, labels)
    assert n_left_out == 2
    assert found.item() == pytest.approx(by_loop(embeddings, labels, 0.2, weight), rel=1e-5)


@pytest.mark.parametrize("labels", [[0], [0, 1], [0, 1, 2]])
def test_without_any_positive_the_loss_and_its_gradient_are_zero(labels):
    embeddings = torch.randn(len(labels), 8, requires_grad=True)
    loss, n_left_out = supcon_loss(embeddings, torch.tensor(labels))
    loss.backward()
    assert loss == 0
    assert n_left_out == len(labels)
    assert (embeddings.grad == 0).all()


def test_equal_embeddings_have_zero_gradients():
    embeddings = torch.ones(4, 8, requires_grad=True)
    loss, _ = supcon_loss(embeddings, torch.tensor([0, 0, 1, 1]))
    loss.backward()
    assert loss.item() == pytest.approx(math.log(3), rel=1e-6)
    torch.testing.assert_close(embeddings.grad, torch.zeros(4, 8))


def test_an_empty_batch_is_an_error():
    with pytest.raises(InputError, match=r"labels has shape \(0,\): give one row at least"):
        supcon_loss(torch.empty(0, 3), torch.empty(0, dtype=torch.int64))


def test_members_are_separate():
    torch.manual_seed(0)
    embeddings, labels = torch.randn(3, 9, 8), torch.randint(0, 3, (3, 9))
    together, _ = supcon_loss(embeddings, labels)
    apart = [supcon_loss(a, b)[0] for a, b in zip(embeddings, labels, strict=True)]
    torch.testing.assert_close(together, torch.stack(apart))
