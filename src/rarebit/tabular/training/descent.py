"""How a learner gets from batches to gradients: by autograd, unless it knows a faster way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from rarebit.tabular._arrays import Array


@dataclass(frozen=True)
class Rows:
    """Rows on the device: ``x`` (n_rows, n_features), ``y`` (n_rows,), ``weight`` alike or None."""

    x: Tensor
    y: Tensor
    weight: Tensor | None = None


class Descent(Protocol):
    """The way from batches to gradients, over the rows that a learner is trained on.

    Attributes
    ----------
    names : tuple of str
        Names of the values of a batch, ``"loss"`` among them.
    """

    @property
    def names(self) -> tuple[str, ...]: ...  # noqa: D102

    def gradients(self, index: np.ndarray, draws: np.ndarray) -> Iterator[Array]:
        """Set the gradients of all parameters to those of one batch after the other.

        Parameters
        ----------
        index : ndarray of shape (n_batches, ..., batch_size), int64
            Positions of the rows; the axis between is that of members.
        draws : ndarray of shape (n_batches, ..., batch_size, n_draws)
            What the rows need by chance.

        Yields
        ------
        array of shape (n_names, ...)
            Values of the batch, once its gradients are there; left on the device.
        """
        ...

    def logits(self, x: Tensor) -> np.ndarray:
        """Map rows ``(..., n_rows, n_features)`` to scores, as in prediction."""
        ...


class AutogradDescent:
    """Descent by autograd.

    Parameters
    ----------
    learner : Learner
        Its ``batch_loss`` gives values by name.
    rows : Rows
        What it is trained on.
    """

    def __init__(self, learner: Any, rows: Rows) -> None:
        self.learner, self.rows = learner, rows
        self.names: tuple[str, ...] = ()

    def gradients(self, index: np.ndarray, draws: np.ndarray) -> Iterator[Tensor]:
        """Work out the gradients of one batch after the other."""
        x, y, weight = self.rows.x, self.rows.y, self.rows.weight
        at, drawn = (torch.from_numpy(part).to(x.device) for part in (index, draws))
        for batch, chance in zip(at, drawn, strict=True):
            w = None if weight is None else weight[batch]
            parts = self.learner.batch_loss(x[batch], y[batch], w, chance)
            self.names = tuple(parts)
            self.learner.zero_grad(set_to_none=False)
            # The sum's gradient with respect to one member's parameters is that of its own loss.
            parts["loss"].sum().backward()
            yield torch.stack([part.detach() for part in parts.values()])

    def logits(self, x: Tensor) -> np.ndarray:
        """Map rows to scores, as in prediction."""
        self.learner.eval()
        with torch.no_grad():
            scores = self.learner.logits(x)
        self.learner.train()
        return np.asarray(scores.cpu())
