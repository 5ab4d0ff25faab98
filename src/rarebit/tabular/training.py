"""The one training loop: of QCL-MixNet, of the baseline networks, of one seed or many at once.

Rows stay on the device as tensors and batches are cut from them by index. What differs between
networks is a :class:`Learner`: how a batch becomes a loss.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from rich.console import Console
from rich.progress import track
from torch import Tensor, nn

from rarebit.exceptions import InputError
from rarebit.metrics import get_metric
from rarebit.tabular.batches import BatchSampler, batch_slices, epoch_order

History = dict[str, list[float]]


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
        How batches are made, see :func:`rarebit.tabular.batches.epoch_order`.
    patience : int or None
        Epochs without a better selection score after which training stops; None never stops.
    metric : str
        Score that selects the checkpoint, a name of :data:`rarebit.metrics.METRICS`.
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
    verbose: bool = False


@dataclass(frozen=True)
class Rows:
    """Rows on the device: ``x`` (n_rows, n_features), ``y`` (n_rows,), ``weight`` alike or None."""

    x: Tensor
    y: Tensor
    weight: Tensor | None = None


@dataclass
class _Selection:
    """The best state of every member so far, by its score on rows that it was not trained on."""

    n_members: int
    metric: str
    patience: int | None
    best_score: np.ndarray = field(init=False)
    waited: np.ndarray = field(init=False)
    state: dict[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.best_score = np.full(self.n_members, -np.inf)
        self.waited = np.zeros(self.n_members, dtype=np.int64)

    @property
    def stopped(self) -> np.ndarray:
        """Which members have waited for too long."""
        if self.patience is None:
            return np.zeros(self.n_members, dtype=bool)
        return self.waited >= self.patience

    def update(self, learner: nn.Module, scores: np.ndarray) -> None:
        """Keep the state of the members that improved, unless they have stopped."""
        better = np.where(np.isnan(scores), -np.inf, scores)
        improved = (better > self.best_score) & ~self.stopped
        self.best_score = np.where(improved, better, self.best_score)
        self.waited = np.where(improved, 0, self.waited + ~self.stopped)
        if not self.state or (self.n_members == 1 and improved[0]):
            self.state = {name: value.clone() for name, value in learner.state_dict().items()}
        elif improved.any():
            mask = torch.from_numpy(improved)
            for name, value in learner.state_dict().items():
                shape = (-1,) + (1,) * (value.ndim - 1)
                chosen = mask.to(value.device).view(shape)
                self.state[name] = torch.where(chosen, value, self.state[name])

    def scores(self, learner: Learner, rows: Rows, positions: Tensor) -> np.ndarray:
        """Score each member on its selection rows; greater is better."""
        metric = get_metric(self.metric)
        sign = 1.0 if metric.greater_is_better else -1.0
        learner.eval()
        with torch.no_grad():
            chunks = torch.split(positions, learner.prediction_rows, dim=-1)
            logits = torch.cat([learner.logits(rows.x[chunk]) for chunk in chunks], dim=-2)
        learner.train()
        n_classes = logits.shape[-1]
        predicted = logits.argmax(-1) if metric.needs == "labels" else logits.double().softmax(-1)
        answers = predicted.cpu().numpy().reshape(self.n_members, positions.shape[-1], -1)
        answers = answers.squeeze(-1) if metric.needs == "labels" else answers
        truth = rows.y[positions].cpu().numpy().reshape(self.n_members, -1)
        weight = None if rows.weight is None else rows.weight[positions].cpu().numpy()
        weights = [None] * self.n_members if weight is None else weight.reshape(truth.shape)
        return np.array(
            [
                sign * metric.function(y, a, n_classes=n_classes, positive=None, sample_weight=w)
                for y, a, w in zip(truth, answers, weights, strict=True)
            ]
        )


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
    select = None
    if selection is not None and selection_positions is not None and selection_positions.size:
        select = _Selection(len(generators), settings.metric, settings.patience)
        selection_index = trainer.to_device(selection_positions)
    histories: list[History] = [{} for _ in generators]
    console = Console(stderr=True)
    for epoch in track(
        range(settings.epochs), "training", console=console, disable=not settings.verbose
    ):
        record = trainer.run_epoch(epoch)
        going = np.ones(len(generators), dtype=bool)
        if select is not None and selection is not None:
            going = ~select.stopped
            scores = select.scores(learner, selection, selection_index)
            select.update(learner, scores)
            record["selection_score"] = scores
        for member in np.flatnonzero(going):
            for name, values in record.items():
                histories[member].setdefault(name, []).append(float(values[member]))
        if select is not None and select.stopped.all():
            break
    if select is not None and select.state:
        learner.load_state_dict(select.state)
    learner.eval()
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
        self.learner = learner
        self.rows = rows
        self.positions = positions
        self.settings = settings
        self.generators = generators
        self.labels = rows.y.cpu().numpy()[positions]
        first = epoch_order(self.labels[0], np.random.default_rng(0), settings.sampler)
        self.slices = batch_slices(len(first), settings.batch_size, settings.sampler)
        self.optimizer = torch.optim.AdamW(
            learner.parameters(),
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
        index, draw = self.to_device(np.stack(orders)), self.to_device(np.stack(draws))
        rate = self.optimizer.param_groups[0]["lr"]
        self.learner.train()
        values = []
        for batch in self.slices:
            parts = self._step(index[..., batch], draw[..., batch, :])
            with torch.no_grad():
                values.append(torch.stack(list(parts.values())))
        means = torch.stack(values).mean(dim=0).reshape(len(parts), -1).cpu().numpy()
        record = dict(zip(parts, means, strict=True))
        if not np.isfinite(record["loss"]).all():
            raise InputError(
                f"The loss was {record['loss'].tolist()} in epoch {epoch + 1}: "
                "lower learning_rate and max_learning_rate."
            )
        record["learning_rate"] = np.full(len(self.generators), rate)
        return record

    def _step(self, index: Tensor, draws: Tensor) -> dict[str, Tensor]:
        """Update the parameters from one batch."""
        weight = None if self.rows.weight is None else self.rows.weight[index]
        parts = self.learner.batch_loss(self.rows.x[index], self.rows.y[index], weight, draws)
        self.optimizer.zero_grad()
        # The sum's gradient with respect to one member's parameters is that of its own loss.
        torch.autograd.backward(parts["loss"].sum())
        self.optimizer.step()
        if self.schedule is not None:
            self.schedule.step()
        return parts
