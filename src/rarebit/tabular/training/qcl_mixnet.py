"""QCL-MixNet in training: network, mixup and hybrid loss (arXiv 2506.13987, Algorithm 1)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from rarebit.tabular.losses import HybridLoss
from rarebit.tabular.losses.hybrid import HybridLossParts, hybrid_value_and_grads
from rarebit.tabular.losses.labels import BatchLabels, describe_labels
from rarebit.tabular.mixup import MixupSettings, draw_mixup, mix_batch, mix_rows
from rarebit.tabular.network.qcl_mixnet import QCLMixNet
from rarebit.tabular.training.learner import AutogradBackprop, Backprop, Learner, Rows
from rarebit.tabular.training.numpy_backprop import NumpyNetwork, value_and_grad


class QCLMixNetLearner(Learner):
    """The network, its mixup and its hybrid loss: one training step of Algorithm 1."""

    def __init__(self, network: QCLMixNet, loss: HybridLoss, mixup: MixupSettings) -> None:
        super().__init__()
        self.network = network
        self.loss = loss
        self.mixup = mixup

    def draw(self, n_rows: int, rng: np.random.Generator) -> np.ndarray:
        """Draw mixup coefficients and partners for the rows of an epoch."""
        return draw_mixup(n_rows, self.mixup, rng)

    def batch_loss(
        self, x: Tensor, y: Tensor, weight: Tensor | None, draws: Tensor
    ) -> dict[str, Tensor]:
        """Mix the batch, apply the network, and compare with the rows' own labels."""
        points = self._neighbor_points(x) if self.mixup.space == "embedding" else None
        mixed = mix_batch(x, y, draws, self.mixup, points=points)
        logits, embeddings = self.network(mixed.x)
        return self.loss(logits, embeddings, y, weight)._asdict()

    def make_backprop(self, rows: Rows) -> Backprop:
        """Use NumPy if the rows are on a CPU and every layer has a NumPy version."""
        in_numpy = rows.x.device.type == "cpu" and NumpyNetwork.supports(self.network)
        if in_numpy and self.mixup.space == "input":
            return NumpyBackprop(self, rows)
        return AutogradBackprop(self, rows)

    def _neighbor_points(self, x: Tensor) -> Tensor:
        """Embed the batch without changing the running statistics."""
        self.network.eval()
        with torch.no_grad():
            points = self.network.embed(x)
        self.network.train()
        return points

    def logits(self, x: Tensor) -> Tensor:
        """Map rows to logits of shape ``(..., n_rows, n_classes)``."""
        return self.network.logits(x)

    def embed(self, x: Tensor) -> Tensor:
        """Map rows to embeddings of shape ``(..., n_rows, embedding_width)``."""
        return self.network.embed(x)


class NumpyBackprop:
    """Gradients without autograd, on a CPU; each parameter has a gradient to write to."""

    names = HybridLossParts._fields

    def __init__(self, learner: QCLMixNetLearner, rows: Rows) -> None:
        self.settings, self.mixup = learner.loss.settings, learner.mixup
        self.network = NumpyNetwork(learner.network)
        self.centroids, self.centroids_grad = value_and_grad(learner.loss.centroids)
        self.x, self.y = rows.x.numpy(), rows.y.numpy()
        self.weight = None if rows.weight is None else rows.weight.numpy()
        self.autograd = AutogradBackprop(learner, rows)

    def gradients(self, index: np.ndarray, draws: np.ndarray) -> Iterator[np.ndarray]:
        """Compute the gradients of one batch after another."""
        if index.shape[-1] == 1:  # one row has no variance: autograd knows what batch norm does
            yield from (values.numpy() for values in self.autograd.gradients(index, draws))
            return
        # What does not depend on the network is computed for all batches at once.
        y = self.y[index]
        weight = None if self.weight is None else self.weight[index]
        x, *_ = mix_rows(self.x[index], y, draws, self.mixup)
        labels = describe_labels(y, weight, self.centroids.shape[-2], x.dtype)
        for position, batch in enumerate(x):
            yield self._batch_gradients(batch, labels.batch(position))

    def logits(self, x: Tensor) -> np.ndarray:
        """Map rows to logits, as in prediction."""
        return self.network.logits(x.numpy())

    def _batch_gradients(self, x: np.ndarray, labels: BatchLabels) -> np.ndarray:
        """Set the gradients of one mixed batch and return its loss parts."""
        logits, embeddings = self.network.forward(x)
        found = hybrid_value_and_grads(logits, embeddings, labels, self.centroids, self.settings)
        self.network.backward(found.logits, found.embeddings)
        self.centroids_grad[...] = found.centroids
        return found.parts
