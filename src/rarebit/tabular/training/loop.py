"""The training loop of all networks here, for one member or many at once.

Rows stay on the device as tensors, and batches are cut from them by index. Networks differ in
their :class:`~rarebit.tabular.training.learner.Learner`: how a batch becomes a loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from torch import Tensor

from rarebit.exceptions import InputError
from rarebit.tabular.training.batches import BatchSampler, batch_slices, epoch_order
from rarebit.tabular.training.flat_parameters import FlatParameters
from rarebit.tabular.training.learner import Learner, Rows
from rarebit.tabular.training.selection import BestCheckpoint, score_members

History = dict[str, list[float]]

# Elements in the widest tensor of the batches prepared at once, so that they stay in the cache.
_PREPARED = 2**16


@dataclass(frozen=True)
class LoopSettings:
    """How to train: see the parameters of QCLMixNetClassifier."""

    epochs: int = 100
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-5
    max_learning_rate: float | None = None  # the peak of one cycle; None: a constant rate
    sampler: BatchSampler = "shuffle"
    validation_fraction: float = 0.2
    patience: int | None = None  # epochs without a better score; None never stops
    metric: str = "macro_f1"  # selects the checkpoint
    positive: int | None = None  # class of a binary score; None is class 1
    verbose: bool = False


@dataclass(frozen=True)
class MemberRows:
    """Rows, and the positions ``(n_members, n_used)`` of those that each member uses."""

    rows: Rows
    positions: np.ndarray


def train(
    learner: Learner,
    training: MemberRows,
    settings: LoopSettings,
    generators: Sequence[np.random.Generator],
    validation: MemberRows | None = None,
) -> list[History]:
    """Train a learner in place, leave it in its best state, and return each member's history.

    The learner is on the device of the rows, and stacked if there is more than one generator. Each
    member has its own generator, so that its result does not depend on the others. Without
    validation rows the state after the last epoch is kept. A history has one value per epoch.
    """
    trainer = _Trainer(learner, training, settings, generators)
    validator = None
    if validation is not None and validation.positions.size:
        validator = _Validator(trainer, validation)
    try:
        # A value that is not a number is reported with the loss.
        with np.errstate(all="ignore"):
            histories = _run_epochs(trainer, validator)
        if validator is not None:
            validator.best.restore()
    finally:
        trainer.parameters.release()
        learner.eval()
    return histories


def _run_epochs(trainer: _Trainer, validator: _Validator | None) -> list[History]:
    """Run all epochs, or until every member has stopped."""
    settings, n_members = trainer.settings, len(trainer.generators)
    histories: list[History] = [{} for _ in range(n_members)]
    console = Console(stderr=True)
    for epoch in track(
        range(settings.epochs), "training", console=console, disable=not settings.verbose
    ):
        record = trainer.run_epoch(epoch)
        running = np.ones(n_members, dtype=bool)
        if validator is not None:
            running = ~validator.best.stopped
            record["selection_score"] = validator.update()
        for member in np.flatnonzero(running):
            for name, values in record.items():
                histories[member].setdefault(name, []).append(float(values[member]))
        if validator is not None and validator.best.stopped.all():
            break
    return histories


class _Trainer:
    """Optimiser, schedule and batches of one call of :func:`train`."""

    def __init__(
        self,
        learner: Learner,
        training: MemberRows,
        settings: LoopSettings,
        generators: Sequence[np.random.Generator],
    ) -> None:
        self.learner = learner.train()
        self.rows, self.positions = training.rows, training.positions
        self.settings = settings
        self.generators = generators
        self.labels = self.rows.y.cpu().numpy()[self.positions]
        first = epoch_order(self.labels[0], np.random.default_rng(0), settings.sampler)
        self.slices = batch_slices(len(first), settings.batch_size, settings.sampler)
        self.parameters = FlatParameters(learner, len(generators))
        self.backprop = learner.make_backprop(self.rows)
        self.optimizer = torch.optim.AdamW(
            [self.parameters.parameter],
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self.schedule: torch.optim.lr_scheduler.OneCycleLR | None = None
        if settings.max_learning_rate is not None:
            self.schedule = torch.optim.lr_scheduler.OneCycleLR(
                self.optimizer,
                max_lr=settings.max_learning_rate,
                total_steps=settings.epochs * len(self.slices),
                div_factor=settings.max_learning_rate / settings.learning_rate,
            )

    def to_device(self, values: np.ndarray) -> Tensor:
        """Move members' values to the device; a single member has no member axis there."""
        tensor = torch.from_numpy(values).to(self.rows.x.device)
        return tensor if len(self.generators) > 1 else tensor[0]

    def run_epoch(self, epoch: int) -> dict[str, np.ndarray]:
        """Train on all batches once; return the means over them, by name and member."""
        orders, draws = [], []
        for rng, positions, labels in zip(
            self.generators, self.positions, self.labels, strict=True
        ):
            order = epoch_order(labels, rng, self.settings.sampler)
            orders.append(positions[order])
            draws.append(self.learner.draw(len(order), rng))
        rate = self.optimizer.param_groups[0]["lr"]
        values = []
        for index, drawn in self._batches(np.stack(orders), np.stack(draws)):
            for found in self.backprop.gradients(index, drawn):
                values.append(found)
                self.optimizer.step()
                if self.schedule is not None:
                    self.schedule.step()
        if isinstance(values[0], Tensor):  # fetched from the device once per epoch
            values = list(torch.stack(values).cpu().numpy())
        means = np.mean(values, axis=0).reshape(len(self.backprop.names), -1)
        record = dict(zip(self.backprop.names, means, strict=True))
        if not np.isfinite(record["loss"]).all():
            raise InputError(
                f"The loss was {record['loss'].tolist()} in epoch {epoch + 1}: "
                "lower learning_rate and max_learning_rate."
            )
        record["learning_rate"] = np.full(len(self.generators), rate)
        return record

    def _batches(
        self, orders: np.ndarray, draws: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Cut an epoch into batches, as many of the same size at once as fit the cache."""
        widest = max(self.rows.x.shape[-1], self.settings.batch_size) * len(orders)
        for n_rows, group in groupby(self.slices, lambda batch: batch.stop - batch.start):
            slices = list(group)
            at_once = max(1, _PREPARED // (widest * n_rows))
            for first in range(0, len(slices), at_once):
                some = slices[first : first + at_once]
                span = slice(some[0].start, some[-1].stop)
                shape = (len(orders), len(some), n_rows)
                index = orders[:, span].reshape(shape).swapaxes(0, 1)  # batches, then members
                drawn = draws[:, span].reshape(*shape, -1).swapaxes(0, 1)
                single = len(orders) == 1
                yield (index[:, 0], drawn[:, 0]) if single else (index, drawn)


class _Validator:
    """Scores the members on the validation rows and keeps their best states."""

    def __init__(self, trainer: _Trainer, validation: MemberRows) -> None:
        settings, rows, positions = trainer.settings, validation.rows, validation.positions
        self.backprop = trainer.backprop
        self.metric, self.positive = settings.metric, settings.positive
        self.best = BestCheckpoint(trainer.parameters, len(positions), settings.patience)
        index = trainer.to_device(positions)
        self.chunks = [
            rows.x[part] for part in torch.split(index, trainer.learner.prediction_rows, dim=-1)
        ]
        self.truth = rows.y.cpu().numpy()[positions]
        self.weight = None if rows.weight is None else rows.weight.cpu().numpy()[positions]

    def update(self) -> np.ndarray:
        """Score the members, and keep the states of those that improved."""
        parts = [self.backprop.logits(chunk) for chunk in self.chunks]
        logits = np.concatenate(parts, axis=-2).reshape(*self.truth.shape, -1)
        scores = score_members(self.metric, logits, self.truth, self.weight, self.positive)
        self.best.update(scores)
        return scores
