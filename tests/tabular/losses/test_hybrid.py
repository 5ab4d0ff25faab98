"""The hybrid loss: how the parts are put together (Eq. 9 and 14), and what a weight of 0 does."""

import pytest
import torch

from rarebit.exceptions import InputError
from rarebit.tabular.losses import HybridLoss, HybridSettings, focal_loss


@pytest.fixture
def batch():
    torch.manual_seed(0)
    return torch.randn(20, 3), torch.randn(20, 8), torch.randint(0, 3, (20,))


def test_default_weights_are_the_papers(batch):
    parts = HybridLoss(3)(*batch)
    focal_variance = parts.focal + 0.8 * parts.intra + parts.inter
    expected = 0.5 * focal_variance + 0.5 * (parts.supcon + parts.triplet)
    torch.testing.assert_close(parts.loss, expected)


def test_equals_a_composition_with_pytorch_metric_learning(batch):
    pytest.importorskip("pytorch_metric_learning")
    from pytorch_metric_learning.losses import SupConLoss, TripletMarginLoss
    from pytorch_metric_learning.miners import MultiSimilarityMiner

    logits, embeddings, labels = batch
    hybrid = HybridLoss(3)
    cross_entropy = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    focal = (1 - torch.exp(-cross_entropy)) ** 3 * cross_entropy
    variance = torch.nn.functional.mse_loss(embeddings, hybrid.centroids[labels])
    separation = -torch.nn.functional.logsigmoid(torch.pdist(hybrid.centroids).mean())
    mined = MultiSimilarityMiner(epsilon=0.1)(embeddings, labels)
    contrast = SupConLoss(temperature=0.2)(embeddings, labels)
    contrast = contrast + TripletMarginLoss(margin=0.5)(embeddings, labels, mined)
    expected = 0.5 * (focal.mean() + 0.8 * variance + separation) + 0.5 * contrast
    torch.testing.assert_close(hybrid(*batch).loss, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("part", ["focal", "intra", "inter", "supcon", "triplet"])
def test_a_weight_of_zero_removes_the_part(batch, part):
    full = HybridLoss(3)
    without = HybridLoss(3, settings=HybridSettings(**{f"{part}_weight": 0.0}))
    without.load_state_dict(full.state_dict())
    parts, rest = full(*batch), without(*batch)
    factor = 0.8 if part == "intra" else 1.0
    assert getattr(rest, part) == 0
    torch.testing.assert_close(rest.loss, parts.loss - 0.5 * factor * getattr(parts, part))


@pytest.mark.parametrize(("balance", "absent"), [(1.0, "supcon"), (0.0, "focal")])
def test_the_balance_can_remove_a_side(batch, balance, absent):
    parts = HybridLoss(3, settings=HybridSettings(balance=balance))(*batch)
    assert getattr(parts, absent) == 0


def test_the_gradients_of_a_single_row():
    logits, embeddings = (
        torch.randn(1, 3, requires_grad=True),
        torch.randn(1, 8, requires_grad=True),
    )
    hybrid, labels = HybridLoss(3), torch.tensor([2])
    parts = hybrid(logits, embeddings, labels)
    parts.loss.backward()
    assert parts.without_positive == 1
    assert parts.without_triplet == 1
    # Only focal and intra have a gradient: there is no pair of rows.
    torch.testing.assert_close(
        embeddings.grad, 0.5 * 0.8 * 2 / 8 * (embeddings - hybrid.centroids[2]).detach()
    )
    focal = 0.5 * focal_loss(logits, labels)
    torch.testing.assert_close(logits.grad, *torch.autograd.grad(focal, logits))


def test_a_label_that_is_not_a_class_is_an_error(batch):
    batch[2][0] = 3
    with pytest.raises(InputError, match="labels holds the code 3: give codes from 0 to 2"):
        HybridLoss(3)(*batch)


def test_equal_weights_change_nothing(batch):
    hybrid = HybridLoss(3)
    torch.testing.assert_close(hybrid(*batch, torch.ones(20)).loss, hybrid(*batch).loss)
