"""Checkpoint selection: keep the state with the best score on rows outside the training rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from scipy.special import softmax
from torch import Tensor

from rarebit.metrics import get_metric
from rarebit.tabular.training.flat_parameters import FlatParameters


@dataclass
class BestCheckpoint:
    """The best state of every member so far."""

    parameters: FlatParameters
    n_members: int
    patience: int | None  # epochs without a better score after which a member stops; None: never
    best_score: np.ndarray = field(init=False)
    waited: np.ndarray = field(init=False)
    state: list[Tensor] | None = None

    def __post_init__(self) -> None:
        self.best_score = np.full(self.n_members, -np.inf)
        self.waited = np.zeros(self.n_members, dtype=np.int64)

    @property
    def stopped(self) -> np.ndarray:
        """Which members have run out of patience."""
        if self.patience is None:
            return np.zeros(self.n_members, dtype=bool)
        return self.waited >= self.patience

    def update(self, scores: np.ndarray) -> None:
        """Keep the state of the members that improved and have not stopped."""
        better = np.where(np.isnan(scores), -np.inf, scores)
        improved = (better > self.best_score) & ~self.stopped
        self.best_score = np.where(improved, better, self.best_score)
        self.waited = np.where(improved, 0, self.waited + ~self.stopped)
        if self.state is None or improved.all():
            self.state = self.parameters.copy()
        elif improved.any():
            self.state = self.parameters.copy_members(self.state, torch.from_numpy(improved))

    def restore(self) -> None:
        """Restore the best state, if there is one."""
        if self.state is not None:
            self.parameters.restore(self.state)


def score_members(
    metric: str,
    logits: np.ndarray,
    truth: np.ndarray,
    weight: np.ndarray | None,
    positive: int | None = None,
) -> np.ndarray:
    """Score each member ``(n_members,)`` on its rows; greater is better.

    ``logits`` is ``(n_members, n_rows, n_classes)``, ``truth`` and ``weight`` are ``(n_members,
    n_rows)``. ``positive`` is the class of a binary score; None is class 1.
    """
    chosen = get_metric(metric)
    sign = 1.0 if chosen.greater_is_better else -1.0
    if chosen.needs == "labels":
        answers = logits.argmax(axis=-1)
    else:
        answers = softmax(logits.astype(np.float64), axis=-1)
    weights = [None] * len(truth) if weight is None else weight
    return np.array(
        [
            sign
            * chosen.function(y, a, n_classes=logits.shape[-1], positive=positive, sample_weight=w)
            for y, a, w in zip(truth, answers, weights, strict=True)
        ]
    )
