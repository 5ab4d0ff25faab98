"""Focal loss against a loop over samples (Eq. 10)."""

import math

import pytest
import torch

from rarebit.exceptions import InputError
from rarebit.tabular.losses import focal_loss


def by_loop(logits, labels, gamma, weight):
    total = 0.0
    for scores, label, w in zip(logits.tolist(), labels.tolist(), weight.tolist(), strict=True):
        p = math.exp(scores[label]) / sum(math.exp(score) for score in scores)
        total += -w * (1 - p) ** gamma * math.log(p)
    return total / len(labels)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 3.0])
def test_equals_the_loop(gamma, dtype):
    torch.manual_seed(0)
    logits = torch.randn(13, 4, dtype=dtype)
    labels, weight = torch.randint(0, 4, (13,)), torch.rand(13, dtype=dtype)
    found = focal_loss(logits, labels, gamma=gamma, weight=weight)
    assert found.dtype == dtype
    tolerance = 1e-6 if dtype == torch.float32 else 1e-12
    assert found.item() == pytest.approx(by_loop(logits, labels, gamma, weight), rel=tolerance)


def test_gamma_zero_is_cross_entropy():
    torch.manual_seed(0)
    logits, labels = torch.randn(9, 3), torch.randint(0, 3, (9,))
    expected = torch.nn.functional.cross_entropy(logits, labels)
    torch.testing.assert_close(focal_loss(logits, labels, gamma=0), expected)


@pytest.mark.parametrize("gamma", [0.5, 3.0])
def test_gradient_where_the_model_is_certain(gamma):
    logits = torch.tensor([[200.0, -200.0], [-200.0, 200.0]], requires_grad=True)
    focal_loss(logits, torch.tensor([0, 0]), gamma=gamma).backward()
    # 0 for the row that is right; for the row that is wrong that of cross-entropy, for any gamma.
    torch.testing.assert_close(logits.grad, torch.tensor([[0.0, 0.0], [-0.5, 0.5]]))


@pytest.mark.parametrize("label", [-1, 2, 10**6])
def test_a_label_that_is_not_a_class_is_an_error(label):
    with pytest.raises(InputError, match=f"labels holds the code {label}: give codes from 0 to 1"):
        focal_loss(torch.zeros(3, 2), torch.tensor([0, 0, label]))


def test_an_empty_batch_is_an_error():
    with pytest.raises(InputError, match=r"labels has shape \(0,\): give one row at least"):
        focal_loss(torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64))


@pytest.mark.parametrize("n_labels", [2, 4])
def test_labels_and_weights_of_other_rows_are_an_error(n_labels):
    with pytest.raises(
        InputError, match=rf"labels has shape \({n_labels},\): give one for each row"
    ):
        focal_loss(torch.zeros(3, 2), torch.zeros(n_labels, dtype=torch.int64))
    labels = torch.zeros(3, dtype=torch.int64)
    with pytest.raises(
        InputError, match=rf"weight has shape \({n_labels},\): give one for each row"
    ):
        focal_loss(torch.zeros(3, 2), labels, weight=torch.ones(n_labels))


def test_members_are_separate():
    torch.manual_seed(0)
    logits, labels = torch.randn(3, 7, 4), torch.randint(0, 4, (3, 7))
    together = focal_loss(logits, labels)
    apart = torch.stack([focal_loss(a, b) for a, b in zip(logits, labels, strict=True)])
    torch.testing.assert_close(together, apart)
