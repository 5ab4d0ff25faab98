"""QCL-MixNet as it is trained: network, mixup and hybrid loss (arXiv 2506.13987, Algorithm 1)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from rarebit.tabular.losses import HybridLoss, HybridLossParts
from rarebit.tabular.losses.hybrid import hybrid_slopes
from rarebit.tabular.losses.labels import BatchLabels, describe_labels
from rarebit.tabular.mixup import MixupSettings, draw_mixup, mix_batch, mix_rows
from rarebit.tabular.network import QCLMixNet
from rarebit.tabular.training.descent import AutogradDescent, Descent, Rows
from rarebit.tabular.training.fit import Learner
from rarebit.tabular.training.numpy_backprop import HandNetwork, numbers_of


class QCLMixNetLearner(Learner):
    """The network, its mixup and its hybrid loss: one training step of Algorithm 1.

    Parameters
    ----------
    network : QCLMixNet
        The network.
    loss : HybridLoss
        The loss, with its centroids.
    mixup : MixupSettings
        How batches are mixed.
    """

    def __init__(self, network: QCLMixNet, loss: HybridLoss, mixup: MixupSettings) -> None:
        super().__init__()
        self.network = network
        self.loss = loss
        self.mixup = mixup

    def draw(self, n_rows: int, rng: np.random.Generator) -> np.ndarray:
        """Draw coefficients and partners for the rows of an epoch."""
        return draw_mixup(n_rows, self.mixup, rng)

    def batch_loss(
        self, x: Tensor, y: Tensor, weight: Tensor | None, draws: Tensor
    ) -> dict[str, Tensor]:
        """Mix the batch, send it through the network, compare with the rows' own labels."""
        if self.mixup.kind != "none":
            points = self._points(x) if self.mixup.space == "embedding" else None
            x = mix_batch(x, y, draws, self.mixup, points=points).x
        logits, embeddings = self.network(x)
        return self.loss(logits, embeddings, y, weight)._asdict()

    def descent(self, rows: Rows) -> Descent:
        """Work gradients out by hand where the network is known and on a CPU."""
        by_hand = rows.x.device.type == "cpu" and HandNetwork.knows(self.network)
        if by_hand and self.mixup.space == "input":
            return HandDescent(self, rows)
        return AutogradDescent(self, rows)

    def _points(self, x: Tensor) -> Tensor:
        """Embed the batch without leaving a trace in the running statistics."""
        self.network.eval()
        with torch.no_grad():
            points = self.network.embed(x)
        self.network.train()
        return points

    def logits(self, x: Tensor) -> Tensor:
        """Map rows to scores of shape ``(..., n_rows, n_classes)``."""
        return self.network.logits(x)

    def embed(self, x: Tensor) -> Tensor:
        """Map rows to embeddings of shape ``(..., n_rows, embedding_width)``."""
        return self.network.embed(x)


class HandDescent:
    """The way from batches to gradients without autograd, on a CPU.

    Parameters
    ----------
    learner : QCLMixNetLearner
        What is trained; each parameter has a gradient to write to.
    rows : Rows
        What it is trained on.
    """

    names = HybridLossParts._fields

    def __init__(self, learner: QCLMixNetLearner, rows: Rows) -> None:
        self.settings, self.mixup = learner.loss.settings, learner.mixup
        self.network = HandNetwork(learner.network)
        self.centroids, self.centroids_slope = numbers_of(learner.loss.centroids)
        self.x, self.y = rows.x.numpy(), rows.y.numpy()
        self.weight = None if rows.weight is None else rows.weight.numpy()
        self.by_autograd = AutogradDescent(learner, rows)

    def gradients(self, index: np.ndarray, draws: np.ndarray) -> Iterator[np.ndarray]:
        """Work out the gradients of one batch after the other."""
        if index.shape[-1] == 1:  # no batch norm can scale a row by its spread
            yield from (found.numpy() for found in self.by_autograd.gradients(index, draws))
            return
        # What hangs on no network is done for all batches at once.
        x, y = self.x[index], self.y[index]
        weight = None if self.weight is None else self.weight[index]
        if self.mixup.kind != "none":
            x, *_ = mix_rows(x, y, draws, self.mixup)
        labels = describe_labels(y, weight, self.centroids.shape[-2], x.dtype)
        for position, batch in enumerate(x):
            yield self._gradients(batch, labels.batch(position))

    def logits(self, x: Tensor) -> np.ndarray:
        """Map rows to scores, as in prediction."""
        return self.network.logits(x.numpy())

    def _gradients(self, x: np.ndarray, labels: BatchLabels) -> np.ndarray:
        """Work out the gradients of a mixed batch."""
        outputs = self.network.forward(x)
        found = hybrid_slopes(*outputs, labels, self.centroids, self.settings)
        self.network.backward(found.by_logits, found.by_embeddings)
        self.centroids_slope[...] = found.by_centroids
        return found.parts
