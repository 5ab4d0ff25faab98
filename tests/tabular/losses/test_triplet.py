"""The miner and the triplet loss against loops over pairs and triplets (Eq. 16)."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from metric_losses import mine_multi_similarity, triplet_loss


def unit(row):
    length = math.hypot(*row)
    return [value / length for value in row]


def mine_by_loop(embeddings, labels, epsilon):
    rows, n = [unit(row) for row in embeddings.tolist()], len(labels)
    cosine = [[sum(a * b for a, b in zip(p, q, strict=True)) for q in rows] for p in rows]
    positive, negative = set(), set()
    for a in range(n):
        positives = [j for j in range(n) if j != a and labels[j] == labels[a]]
        negatives = [j for j in range(n) if labels[j] != labels[a]]
        for p in positives:
            if negatives and cosine[a][p] - epsilon < max(cosine[a][j] for j in negatives):
                positive.add((a, p))
        for q in negatives:
            if positives and cosine[a][q] + epsilon > min(cosine[a][j] for j in positives):
                negative.add((a, q))
    return positive, negative


def triplets_by_loop(embeddings, positive, negative, margin, weight):
    rows = [unit(row) for row in embeddings.tolist()]
    total, counted = 0.0, 0
    for a, p in positive:
        for b, n in negative:
            violation = math.dist(rows[a], rows[p]) - math.dist(rows[b], rows[n]) + margin
            if a == b and violation > 0:
                total, counted = total + float(weight[a]) * violation, counted + 1
    return (total / counted if counted else 0.0), counted


def as_pairs(mask):
    return {tuple(pair) for pair in mask.nonzero().tolist()}


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10_000),
    n_rows=st.integers(1, 12),
    n_classes=st.integers(1, 5),
    margin=st.sampled_from([0.0, 0.2, 0.5, 2.0]),
    epsilon=st.sampled_from([0.0, 0.1, 0.5]),
)
def test_equals_the_loops(seed, n_rows, n_classes, margin, epsilon):
    torch.manual_seed(seed)
    embeddings = torch.randn(n_rows, 3, dtype=torch.float64)
    labels, weight = torch.randint(0, n_classes, (n_rows,)), torch.rand(n_rows).double()
    mined = mine_multi_similarity(embeddings, labels, epsilon=epsilon)
    expected = mine_by_loop(embeddings, labels.tolist(), epsilon)
    assert (as_pairs(mined[0]), as_pairs(mined[1])) == expected
    loss, n_violating = triplet_loss(embeddings, *mined, margin=margin, weight=weight)
    value, count = triplets_by_loop(embeddings, *expected, margin, weight)
    assert int(n_violating) == count
    assert loss.item() == pytest.approx(value, abs=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("n_classes", [2, 6, 20])
def test_equals_pytorch_metric_learning(n_classes, dtype):
    pytest.importorskip("pytorch_metric_learning")
    from pytorch_metric_learning.losses import TripletMarginLoss
    from pytorch_metric_learning.miners import MultiSimilarityMiner

    torch.manual_seed(n_classes)
    embeddings = torch.randn(64, 8, dtype=dtype, requires_grad=True)
    labels = torch.randint(0, n_classes, (64,))
    ours, _ = triplet_loss(
        embeddings, *mine_multi_similarity(embeddings, labels, epsilon=0.1), margin=0.5
    )
    mined = MultiSimilarityMiner(epsilon=0.1)(embeddings, labels)
    theirs = TripletMarginLoss(margin=0.5)(embeddings, labels, mined)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)
    (our_gradient,) = torch.autograd.grad(ours, embeddings)
    (their_gradient,) = torch.autograd.grad(theirs, embeddings)
    torch.testing.assert_close(our_gradient, their_gradient, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("labels", [[0], [0, 0, 0], [0, 1, 2]])
def test_a_batch_without_triplets_gives_zero_and_counts_none(labels):
    embeddings = torch.randn(len(labels), 8, requires_grad=True)
    labels = torch.tensor(labels)
    loss, n_violating = triplet_loss(embeddings, *mine_multi_similarity(embeddings, labels))
    loss.backward()
    assert loss == 0
    assert n_violating == 0
    assert (embeddings.grad == 0).all()


def test_equal_embeddings_have_zero_gradients():
    embeddings = torch.ones(4, 8, requires_grad=True)
    labels = torch.tensor([0, 0, 1, 1])
    loss, n_violating = triplet_loss(
        embeddings, *mine_multi_similarity(embeddings, labels), margin=0.5
    )
    loss.backward()
    assert loss.item() == pytest.approx(0.5)
    assert n_violating == 8
    assert (embeddings.grad == 0).all()  # there is no direction between them


def test_members_are_separate():
    torch.manual_seed(0)
    embeddings, labels = torch.randn(3, 9, 8), torch.randint(0, 3, (3, 9))

    def loss(e, y):
        return triplet_loss(e, *mine_multi_similarity(e, y))[0]

    apart = torch.stack([loss(e, y) for e, y in zip(embeddings, labels, strict=True)])
    torch.testing.assert_close(loss(embeddings, labels), apart)
