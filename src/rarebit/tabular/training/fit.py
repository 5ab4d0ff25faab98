"""The one training loop: of QCL-MixNet, of the baseline networks, of one seed or many at once.

Rows stay on the device as tensors and batches are cut from them by index. What differs between
networks is a :class:`Learner`: how a batch becomes a loss.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from torch import Tensor, nn

from rarebit.exceptions import InputError
from rarebit.tabular.training.batches import BatchSampler, batch_slices, epoch_order
from rarebit.tabular.training.descent import AutogradDescent, Descent, Rows
from rarebit.tabular.training.flat import FlatNumbers
from rarebit.tabular.training.selection import Selection, score_members

History = dict[str, list[float]]

# Numbers in the widest tensor of the batches that are prepared at once: they stay in the cache.
_PREPARED = 2**16


class Learner(nn.Module):
    """A network with the loss that trains it.

    Tensors carry a leading member axis where the module was stacked from several (see
    :func:`rarebit.tabular.layers.stack_modules`) and none where it was not.
    """

    # How many rows prediction takes at once.
    prediction_rows = 8192

    def draw(self, n_rows: int, rng: np.random.Generator) -> np.ndarray:
        """Draw what the rows of an epoch need by chance, ``(n_rows, n_draws)`` float32."""
        return np.empty((n_rows, 0), dtype=np.float32)

    @abstractmethod
    def batch_loss(
        self, x: Tensor, y: Tensor, weight: Tensor | None, draws: Tensor
    ) -> dict[str, Tensor]:
        """Compute ``"loss"``, which is minimised, and whatever else the history is to hold."""

    @abstractmethod
    def logits(self, x: Tensor) -> Tensor:
        """Map rows to scores of shape ``(..., n_rows, n_classes)``."""

    def descent(self, rows: Rows) -> Descent:
        """Say how gradients are worked out, asked when training is about to begin."""
        return AutogradDescent(self, rows)

    def finish(self, x: Tensor) -> None:
        """Take what prediction needs of the training rows, once training is over."""


@dataclass(frozen=True)
class TrainingSettings:
    """How to train.

    Attributes
    ----------
    epochs, batch_size, learning_rate, weight_decay
        As their names say; the optimiser is AdamW.
    max_learning_rate : float or None
        Peak of a one-cycle schedule that starts from ``learning_rate`` and steps each batch; None
        keeps the rate constant.
    sampler : {"shuffle", "paired"}
        How batches are made, see :func:`rarebit.tabular.training.batches.epoch_order`.
    patience : int or None
        Epochs without a better selection score after which training stops; None never stops.
    metric : str
        Score that selects the checkpoint, a name of :data:`rarebit.metrics.METRICS`.
    positive : int or None
        Code of the class of two that this score is of, where it is of one; None is 1.
    verbose : bool
        Whether to show a progress bar.
    """

    epochs: int = 100
    batch_size: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 1e-5
    max_learning_rate: float | None = None
    sampler: BatchSampler = "shuffle"
    patience: int | None = None
    metric: str = "macro_f1"
    positive: int | None = None
    verbose: bool = False


def train(
    learner: Learner,
    rows: Rows,
    positions: np.ndarray,
    settings: TrainingSettings,
    generators: Sequence[np.random.Generator],
    selection: Rows | None = None,
    selection_positions: np.ndarray | None = None,
) -> list[History]:
    """Train a learner in place and leave it in its best state.

    Parameters
    ----------
    learner : Learner
        On the device of the rows; stacked if there is more than one generator.
    rows : Rows
        The rows that training draws from.
    positions : ndarray of shape (n_members, n_training_rows), int64
        The rows that each member is trained on.
    settings : TrainingSettings
        How to train.
    generators : sequence of numpy.random.Generator
        One for each member, so that a member's fate does not hang on its company.
    selection : Rows, optional
        Rows that select the checkpoint.
    selection_positions : ndarray of shape (n_members, n_selection_rows), int64, optional
        Those of each member. Without any the state after the last epoch stays.

    Returns
    -------
    list of dict
        The history of each member: by name, one value an epoch.

    Raises
    ------
    InputError
        If the loss stops being a number.
    """
    trainer = _Trainer(learner, rows, positions, settings, generators)
    judge = None
    if selection is not None and selection_positions is not None and selection_positions.size:
        judge = _Judge(trainer, selection, selection_positions)
    try:
        # What is no number is told of by the loss.
        with np.errstate(all="ignore"):
            histories = _run(trainer, judge)
        if judge is not None and judge.selection.state is not None:
            trainer.numbers.restore(judge.selection.state)
    finally:
        trainer.numbers.release()
        learner.eval()
    return histories


def _run(trainer: _Trainer, judge: _Judge | None) -> list[History]:
    """Go through the epochs, until the last one or until every member has stopped."""
    settings, n_members = trainer.settings, len(trainer.generators)
    histories: list[History] = [{} for _ in range(n_members)]
    console = Console(stderr=True)
    for epoch in track(
        range(settings.epochs), "training", console=console, disable=not settings.verbose
    ):
        record = trainer.run_epoch(epoch)
        going = np.ones(n_members, dtype=bool)
        if judge is not None:
            going = ~judge.selection.stopped
            record["selection_score"] = judge.select()
        for member in np.flatnonzero(going):
            for name, values in record.items():
                histories[member].setdefault(name, []).append(float(values[member]))
        if judge is not None and judge.selection.stopped.all():
            break
    return histories


class _Trainer:
    """Optimiser, schedule and batches of one call of :func:`train`."""

    def __init__(
        self,
        learner: Learner,
        rows: Rows,
        positions: np.ndarray,
        settings: TrainingSettings,
        generators: Sequence[np.random.Generator],
    ) -> None:
        self.learner = learner.train()
        self.rows = rows
        self.positions = positions
        self.settings = settings
        self.generators = generators
        self.labels = rows.y.cpu().numpy()[positions]
        first = epoch_order(self.labels[0], np.random.default_rng(0), settings.sampler)
        self.slices = batch_slices(len(first), settings.batch_size, settings.sampler)
        self.numbers = FlatNumbers(learner, len(generators))
        self.descent = learner.descent(rows)
        self.optimizer = torch.optim.AdamW(
            [self.numbers.parameter],
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
        """Move members' values to the device, without the member axis where there is one."""
        tensor = torch.from_numpy(values).to(self.rows.x.device)
        return tensor if len(self.generators) > 1 else tensor[0]

    def run_epoch(self, epoch: int) -> dict[str, np.ndarray]:
        """Go through all batches once; return the means over them, by name and member."""
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
            for found in self.descent.gradients(index, drawn):
                values.append(found)
                self.optimizer.step()
                if self.schedule is not None:
                    self.schedule.step()
        if isinstance(values[0], Tensor):  # fetched once an epoch, not at every step
            values = list(torch.stack(values).cpu().numpy())
        means = np.mean(values, axis=0).reshape(len(self.descent.names), -1)
        record = dict(zip(self.descent.names, means, strict=True))
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
        """Cut an epoch into batches, as many of one size at once as may be prepared."""
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


class _Judge:
    """The selection rows, by which each member's best state is kept."""

    def __init__(self, trainer: _Trainer, rows: Rows, positions: np.ndarray) -> None:
        settings = trainer.settings
        self.descent = trainer.descent
        self.metric, self.positive = settings.metric, settings.positive
        self.selection = Selection(trainer.numbers, len(positions), settings.patience)
        index = trainer.to_device(positions)
        self.chunks = [
            rows.x[part] for part in torch.split(index, trainer.learner.prediction_rows, dim=-1)
        ]
        self.truth = rows.y.cpu().numpy()[positions]
        self.weight = None if rows.weight is None else rows.weight.cpu().numpy()[positions]

    def select(self) -> np.ndarray:
        """Score the members, and keep the states of those that improved."""
        parts = [self.descent.logits(chunk) for chunk in self.chunks]
        logits = np.concatenate(parts, axis=-2).reshape(*self.truth.shape, -1)
        scores = score_members(self.metric, logits, self.truth, self.weight, self.positive)
        self.selection.update(scores)
        return scores
