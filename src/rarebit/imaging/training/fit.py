"""Training on Lightning: Adam with L2, cross-entropy, early stopping, resumable checkpoints."""

from __future__ import annotations

import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint, RichProgressBar
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset, Sampler

from rarebit._common.devices import find_device
from rarebit._common.lightning import quiet_lightning
from rarebit.imaging.images.pixels import to_tensor
from rarebit.imaging.network import ImageNetwork
from rarebit.imaging.training.checkpoints import (
    WholeCheckpoints,
    check_folder,
    full_disk_is_input_error,
    read_checkpoint,
    take_best,
)
from rarebit.imaging.training.options import as_list, check_options
from rarebit.metrics import balanced_accuracy

History = dict[str, list[float]]


@dataclass(frozen=True)
class TrainingSettings:
    """How to train.

    Attributes
    ----------
    epochs, batch_size, learning_rate, weight_decay
        As their names say; ``weight_decay`` is Adam's own, an L2 penalty.
    patience : int or None
        Epochs without a lower validation loss after which training stops; None never stops.
    device : str
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"`` and so on.
    seed : int
        Order of the images.
    checkpoint_dir : Path or None
        Where the last and the best epoch are kept; None keeps them only while training.
    resume : bool
        Whether to go on from the last epoch found there.
    fingerprint : str
        What the checkpoints belong to: others are refused.
    verbose : bool
        Whether to show a progress bar.
    trainer_options : mapping
        Given to Lightning's ``Trainer``.
    """

    epochs: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    patience: int | None
    device: str
    seed: int
    checkpoint_dir: Path | None = None
    resume: bool = False
    fingerprint: str = ""
    verbose: bool = False
    trainer_options: Mapping[str, Any] = field(default_factory=dict)


class ImageRows(Dataset[tuple[Tensor, int]]):
    """Images and label codes as a torch data set."""

    def __init__(self, images: np.ndarray, codes: np.ndarray, channels: int) -> None:
        self.images = images
        self.codes = codes
        self.channels = channels

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        pixels = to_tensor(self.images[index : index + 1], self.channels)[0]
        return pixels, int(self.codes[index])


class EpochShuffle(Sampler[int]):
    """Another order every epoch, which follows from the seed and the epoch's number alone."""

    def __init__(self, n: int, seed: int) -> None:
        self.n = n
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls this before every epoch, also the first after a resume."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[int]:
        return iter(np.random.default_rng([self.seed, self.epoch]).permutation(self.n).tolist())


class ImageTask(lightning.LightningModule):
    """What Lightning is to do with a batch."""

    def __init__(self, network: ImageNetwork, settings: TrainingSettings) -> None:
        super().__init__()
        self.network = network
        self.settings = settings
        self.curves: History = {"train_loss": []}
        self._losses: list[Tensor] = []
        self._judged: list[tuple[Tensor, Tensor]] = []
        self._random_state: Tensor | None = None

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Adam over the parameters that are trained."""
        trained = [p for p in self.network.parameters() if p.requires_grad]
        s = self.settings
        # One kernel for all parameters: a fifth of a step of ResNet18 on small images.
        return torch.optim.Adam(
            trained, lr=s.learning_rate, weight_decay=s.weight_decay, fused=True
        )

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        """Cross-entropy of a batch."""
        images, codes = batch
        loss = cross_entropy(self.network(images), codes)
        self._losses.append(loss.detach())
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> None:
        """Keep the logits: the loss is that of all images, not a mean over batches."""
        images, codes = batch
        self._judged.append((self.network(images).float(), codes))

    def on_validation_epoch_end(self) -> None:
        """Score the validation images."""
        logits, codes = (torch.cat(part) for part in zip(*self._judged, strict=True))
        self._judged.clear()
        loss = cross_entropy(logits, codes)
        self.log("val_loss", loss, prog_bar=True)
        score = balanced_accuracy(
            codes.cpu().numpy(),
            logits.argmax(dim=1).cpu().numpy(),
            n_classes=logits.shape[1],
            positive=None,
        )
        self._note("val_loss", float(loss))
        self._note("val_balanced_accuracy", score)

    def on_train_start(self) -> None:
        """Go on with the random state of the epoch that was resumed."""
        if self._random_state is not None:
            torch.set_rng_state(self._random_state)

    def on_train_epoch_end(self) -> None:
        """Note the epoch's mean loss."""
        loss = torch.stack(self._losses).mean()
        self._losses.clear()
        self.log("train_loss", loss, prog_bar=True)
        self._note("train_loss", float(loss))

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep what a resume needs besides the weights; only tensors and plain values."""
        checkpoint["rarebit"] = {
            "fingerprint": self.settings.fingerprint,
            "curves": self.curves,
            "random_state": torch.get_rng_state(),
        }

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up what :meth:`on_save_checkpoint` kept."""
        kept = checkpoint["rarebit"]
        self.curves = {name: list(values) for name, values in kept["curves"].items()}
        self._random_state = kept["random_state"].cpu()

    def _note(self, name: str, value: float) -> None:
        self.curves.setdefault(name, []).append(value)


def train(
    network: ImageNetwork,
    training: ImageRows,
    validation: ImageRows,
    settings: TrainingSettings,
) -> History:
    """Train a network; it ends with the weights of its best epoch.

    Parameters
    ----------
    network : ImageNetwork
        Changed in place.
    training, validation : ImageRows
        The images; without validation images the last epoch stays.
    settings : TrainingSettings
        How.

    Returns
    -------
    dict of str to list of float
        ``"train_loss"`` and, with validation images, ``"val_loss"`` and
        ``"val_balanced_accuracy"``, one value an epoch.

    Raises
    ------
    InputError
        If the device is not there, a checkpoint belongs to something else, or the disk is full.
    KeyboardInterrupt
        If the user stopped it; the last finished epoch is in ``checkpoint_dir``.
    """
    with tempfile.TemporaryDirectory() as temporary, quiet_lightning():
        folder = settings.checkpoint_dir or Path(temporary)
        task = ImageTask(network, settings)
        start = folder / "last.ckpt"
        known = _known(settings)
        if known is not None and known["epoch"] + 1 >= settings.epochs:
            task.on_load_checkpoint(known)
        else:
            _fit(task, training, validation, settings, folder, start if known else None)
        take_best(network, folder)
        return task.curves


def check_start(settings: TrainingSettings) -> None:
    """Refuse what would stop a training, before images are made or anything is trained.

    Parameters
    ----------
    settings : TrainingSettings
        How to train.

    Raises
    ------
    InputError
        If the device is not there, the folder cannot be written to, an option of the trainer cannot
        be used, or the checkpoint is damaged or of something else.
    """
    accelerator = _accelerator(settings.device)
    if settings.checkpoint_dir is not None:
        check_folder(settings.checkpoint_dir)
    check_options(settings.trainer_options, accelerator)
    _known(settings)


def _known(settings: TrainingSettings) -> dict[str, Any] | None:
    """The checkpoint to go on from, where there is one."""
    if not settings.resume or settings.checkpoint_dir is None:
        return None
    start = settings.checkpoint_dir / "last.ckpt"
    return read_checkpoint(start, settings.fingerprint) if start.exists() else None


def _fit(
    task: ImageTask,
    training: ImageRows,
    validation: ImageRows,
    settings: TrainingSettings,
    folder: Path,
    start: Path | None,
) -> None:
    """Run Lightning's trainer."""
    judged = len(validation) > 0
    to_resume = settings.checkpoint_dir is not None
    checkpoint = ModelCheckpoint(
        folder,
        filename="best",
        monitor="val_loss" if judged else None,
        # Without a folder nothing can be resumed: Adam's moments, twice the weights, are not kept.
        save_last=to_resume,
        save_weights_only=not to_resume,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    callbacks: list[Any] = [checkpoint, *as_list(settings.trainer_options.get("callbacks"))]
    if judged and settings.patience is not None:
        stopping = EarlyStopping(
            "val_loss", patience=settings.patience, check_on_train_epoch_end=True
        )
        callbacks.append(stopping)
    if settings.verbose:
        callbacks.append(RichProgressBar(leave=False))
    trainer = lightning.Trainer(
        **{
            **_accelerator(settings.device),
            "max_epochs": settings.epochs,
            "logger": False,
            "enable_progress_bar": settings.verbose,
            "enable_model_summary": False,
            "num_sanity_val_steps": 0,
            "plugins": [WholeCheckpoints()] if to_resume else None,
            "default_root_dir": folder,
            **settings.trainer_options,
            "callbacks": callbacks,
        }
    )
    n, size = len(training), settings.batch_size
    loader = DataLoader(
        training,
        size,
        sampler=EpochShuffle(n, settings.seed),
        # Batch norm cannot train on a single image.
        drop_last=n % size == 1,
        # Of its own: the loader's draws must not move the generator that a resume restores.
        generator=torch.Generator().manual_seed(settings.seed),
    )
    judges = DataLoader(validation, 2 * size, generator=torch.Generator()) if judged else None
    with full_disk_is_input_error(folder), _stoppable():
        trainer.fit(
            task, loader, judges, ckpt_path=None if start is None else str(start), weights_only=True
        )


def _accelerator(device: str) -> dict[str, Any]:
    """Lightning's names for a torch device."""
    wanted = find_device(device)
    if wanted.type == "cuda":
        return {"accelerator": "gpu", "devices": [wanted.index or 0]}
    return {"accelerator": wanted.type, "devices": 1}


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let Ctrl-C be a KeyboardInterrupt, where Lightning makes it an exit of the process."""
    on_main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT) if on_main else None
    try:
        yield
    except SystemExit as stop:
        raise KeyboardInterrupt from stop
    finally:
        if on_main:
            signal.signal(signal.SIGINT, handler)
