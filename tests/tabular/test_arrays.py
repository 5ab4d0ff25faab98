"""NumPy and torch give the same values from one formula, and nothing leaves a device."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from metric_losses import inter_class_loss, intra_class_loss, mine_multi_similarity, triplet_loss

from rarebit.tabular._arrays import (
    argsort_rows,
    cumulative_sum,
    max_rows,
    min_rows,
    sum_columns,
    sum_rows,
)
from rarebit.tabular.losses import HybridLoss, HybridSettings, focal_loss, supcon_loss
from rarebit.tabular.losses.focal import focal_value_and_grad
from rarebit.tabular.losses.gradients import as_array, as_tensor
from rarebit.tabular.losses.hybrid import hybrid_value_and_grads
from rarebit.tabular.losses.labels import describe_labels
from rarebit.tabular.losses.pairs import compare_rows
from rarebit.tabular.losses.supcon import supcon_value_and_grad
from rarebit.tabular.losses.triplet import mine_pairs, triplet_value_and_grad
from rarebit.tabular.losses.variance import inter_value_and_grad, intra_value_and_grads
from rarebit.tabular.mixup import MixupSettings, mix_batch, mix_rows
from rarebit.tabular.network.qcl_mixnet import QCLMixNet
from rarebit.tabular.training.qcl_mixnet import QCLMixNetLearner

# On torch's device without data, any transfer to the host raises.
NOWHERE = torch.device("meta")
KINDS = "knn", "random", "uniform"


class Batch(NamedTuple):
    logits: torch.Tensor
    embeddings: torch.Tensor
    centroids: torch.Tensor
    weight: torch.Tensor
    draws: torch.Tensor
    labels: torch.Tensor

    def described(self):
        return describe_labels(self.labels, self.weight, 4, self.logits.dtype)

    def pairs(self):
        return compare_rows(self.embeddings)

    def mined(self):
        return mine_pairs(self.pairs(), self.described(), 0.1)


def draw_batch(shape, dtype):
    rng = np.random.default_rng(0)
    sizes = (20, 4), (20, 8), (4, 8), (20,), (20, 2)
    normal = [torch.from_numpy(rng.normal(size=(*shape, *size))) for size in sizes]
    *others, weight, draws = (values.to(dtype) for values in normal)
    others[1][..., 1, :] = others[1][..., 0, :]  # two rows in one place
    labels = torch.from_numpy(rng.integers(0, 3, (*shape, 20)))  # no row of the last class
    return Batch(*others, weight.abs(), draws.abs() % 1, labels)


@pytest.fixture(params=[(), (2,), (2, 3)], ids=["alone", "members", "batches"])
def shape(request):
    return request.param


FIGURES = {
    "sorted": lambda b: [argsort_rows(b.weight)],
    "sums": lambda b: [sum_rows(b.logits), sum_columns(b.logits), cumulative_sum(b.weight)],
    "extremes": lambda b: [max_rows(b.logits), min_rows(b.logits)],
    "labels": Batch.described,
    "unweighted": lambda b: describe_labels(b.labels, None, 4, b.logits.dtype),
    "pairs": Batch.pairs,
    "focal": lambda b: focal_value_and_grad(b.logits, b.described(), 0.5),
    "intra": lambda b: intra_value_and_grads(
        b.embeddings, b.described(), b.centroids, "squared_norm"
    ),
    "inter": lambda b: inter_value_and_grad(b.centroids, b.described()),
    "supcon": lambda b: supcon_value_and_grad(b.pairs(), b.described(), 0.2),
    "mined": Batch.mined,
    "triplet": lambda b: triplet_value_and_grad(b.pairs(), *b.mined(), b.weight, 0.5),
    "embedding_grad": lambda b: [b.pairs().embedding_grad(b.described().supcon_share)],
    "hybrid": lambda b: hybrid_value_and_grads(
        *b[:2], b.described(), b.centroids, HybridSettings()
    ),
    "mixed near": lambda b: mix_rows(b.logits, b.labels, b.draws, MixupSettings(), b.embeddings),
} | {
    f"mixed {kind} {same_class}": lambda b, kind=kind, same_class=same_class: mix_rows(
        b.logits, b.labels, b.draws, MixupSettings(kind, 3, 0.4, "sample", same_class=same_class)
    )
    for kind in KINDS
    for same_class in (False, True)
}


@pytest.mark.parametrize("figures", FIGURES.values(), ids=FIGURES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-4)])
def test_tensors_give_what_arrays_give(figures, shape, dtype, tolerance):
    batch = draw_batch(shape, dtype)
    arrays = Batch(*(values.numpy() for values in batch))
    for found, expected in zip(figures(batch), figures(arrays), strict=True):
        assert isinstance(found, torch.Tensor)
        assert found.numpy().dtype == expected.dtype
        np.testing.assert_allclose(found.numpy(), expected, rtol=tolerance, atol=tolerance)


def test_a_cpu_tensor_is_viewed_not_copied():
    tensor = torch.zeros(2, requires_grad=True)
    array = as_array(tensor)
    assert isinstance(array, np.ndarray)
    tensor.detach()[0] = 1.0
    assert array.tolist() == [1.0, 0.0]
    assert as_tensor(array, tensor).data_ptr() == tensor.data_ptr()


@pytest.mark.parametrize("device", ["cpu", NOWHERE])
def test_half_precision_becomes_single(device):
    values = as_array(torch.zeros(2, dtype=torch.bfloat16, device=device))
    assert str(values.dtype).endswith("float32")


LOSSES = {
    "focal": lambda b: focal_loss(b.logits, b.labels, weight=b.weight),
    "intra": lambda b: intra_class_loss(b.embeddings, b.labels, b.centroids),
    "inter": lambda b: inter_class_loss(b.centroids, b.labels),
    "supcon": lambda b: supcon_loss(b.embeddings, b.labels)[0],
    "triplet": lambda b: triplet_loss(
        b.embeddings, *mine_multi_similarity(b.embeddings, b.labels), weight=b.weight
    )[0],
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_loss_stays_on_its_device(loss, shape, dtype):
    batch = Batch(*(values.to(NOWHERE) for values in draw_batch(shape, dtype)))
    for variable in batch[:3]:
        variable.requires_grad_()
    value = loss(batch)
    value.sum().backward()
    gradients = [v.grad for v in batch[:3] if v.grad is not None]
    assert gradients
    for values in (value, *gradients):
        assert (values.device, values.dtype) == (NOWHERE, dtype)
    assert value.shape == shape


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("same_class", [False, True])
def test_a_mixed_batch_stays_on_its_device(shape, kind, same_class):
    batch = draw_batch(shape, torch.float32)
    x, labels = batch.logits.to(NOWHERE), batch.labels.to(NOWHERE)
    mixed = mix_batch(x, labels, batch.draws, MixupSettings(kind, same_class=same_class))
    assert {part.device for part in (mixed.x, mixed.partner, mixed.coefficient)} == {NOWHERE}
    assert (mixed.x.shape, mixed.x.dtype) == (x.shape, x.dtype)


@pytest.mark.parametrize("space", ["input", "embedding"])
def test_a_step_stays_on_its_device(space):
    batch = Batch(*(values.to(NOWHERE) for values in draw_batch((), torch.float32)))
    mixup = MixupSettings(space=space)
    learner = QCLMixNetLearner(QCLMixNet(4, 3), HybridLoss(3), mixup).to(NOWHERE)
    parts = learner.batch_loss(batch.logits, batch.labels, batch.weight, batch.draws)
    parts["loss"].backward()
    assert {part.device for part in parts.values()} == {NOWHERE}
    assert learner.loss.centroids.grad.device == NOWHERE


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1,), (5, 7), (2, 3, 64)])
def test_argsort_rows_equals_a_stable_argsort(dtype, shape):
    rng = np.random.default_rng(0)
    values = rng.integers(0, 9, shape).astype(dtype) / 3  # with ties
    values[..., ::4] = np.inf
    values[..., 1::5] = rng.random(values[..., 1::5].shape) * np.finfo(np.float32).tiny
    expected = values.argsort(axis=-1, kind="stable")
    np.testing.assert_array_equal(argsort_rows(values) % shape[-1], expected)
    np.testing.assert_array_equal(
        values.ravel()[argsort_rows(values)], np.take_along_axis(values, expected, axis=-1)
    )
