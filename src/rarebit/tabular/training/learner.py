"""A network with its loss, and how the gradients of a batch are computed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from rarebit.tabular._arrays import Array


@dataclass(frozen=True)
class Rows:
    """Rows on a device: ``x`` (n_rows, n_features), ``y`` and optionally ``weight`` (n_rows,)."""

    x: Tensor
    y: Tensor
    weight: Tensor | None = None


class Backprop(Protocol):
    """Computes gradients, batch by batch, over the rows that a learner is trained on."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the values of a batch, ``"loss"`` among them."""
        ...

    def gradients(self, index: np.ndarray, draws: np.ndarray) -> Iterator[Array]:
        """Set the gradients of all parameters to those of one batch after another.

        ``index`` ``(n_batches, [n_members,] batch_size)`` holds positions of rows, ``draws``
        ``(n_batches, [n_members,] batch_size, n_draws)`` their random numbers. Yields the values
        of each batch ``(n_names, ...)``, on the device, once its gradients are set.
        """
        ...

    def logits(self, x: Tensor) -> np.ndarray:
        """Map rows ``(..., n_rows, n_features)`` to logits, as in prediction."""
        ...


class Learner(nn.Module):
    """A network with the loss that trains it.

    Tensors have a leading member axis if the module was stacked from several (see
    :func:`rarebit.tabular.network.layers.stack_modules`).
    """

    # Rows predicted at once.
    prediction_rows = 8192

    def draw(self, n_rows: int, _rng: np.random.Generator) -> np.ndarray:
        """Draw the random numbers for the rows of an epoch, ``(n_rows, n_draws)`` float32."""
        return np.empty((n_rows, 0), dtype=np.float32)

    @abstractmethod
    def batch_loss(
        self, x: Tensor, y: Tensor, weight: Tensor | None, draws: Tensor
    ) -> dict[str, Tensor]:
        """Compute ``"loss"``, which is minimised, and other values for the history."""

    @abstractmethod
    def logits(self, x: Tensor) -> Tensor:
        """Map rows to logits of shape ``(..., n_rows, n_classes)``."""

    def make_backprop(self, rows: Rows) -> Backprop:
        """Choose how gradients are computed, at the start of training."""
        return AutogradBackprop(self, rows)

    def finish(self, x: Tensor) -> None:
        """Keep what prediction needs of the training rows, after training."""


class AutogradBackprop:
    """Gradients by autograd."""

    def __init__(self, learner: Learner, rows: Rows) -> None:
        self.learner, self.rows = learner, rows
        self.names: tuple[str, ...] = ()

    def gradients(self, index: np.ndarray, draws: np.ndarray) -> Iterator[Tensor]:
        """Compute the gradients of one batch after another."""
        x, y, weight = self.rows.x, self.rows.y, self.rows.weight
        batches, drawn = (torch.from_numpy(part).to(x.device) for part in (index, draws))
        for batch, draw in zip(batches, drawn, strict=True):
            w = None if weight is None else weight[batch]
            parts = self.learner.batch_loss(x[batch], y[batch], w, draw)
            self.names = tuple(parts)
            self.learner.zero_grad(set_to_none=False)
            # A member's parameters change its own loss only: the sum gives each its own gradient.
            torch.autograd.backward(parts["loss"].sum())
            yield torch.stack([part.detach() for part in parts.values()])

    def logits(self, x: Tensor) -> np.ndarray:
        """Map rows to logits, as in prediction."""
        self.learner.eval()
        with torch.no_grad():
            logits = self.learner.logits(x)
        self.learner.train()
        return np.asarray(logits.cpu())
