"""Training with Lightning's trainer: check, fit, and take the best epoch."""

from __future__ import annotations

import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lightning
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint, RichProgressBar

from rarebit._common.lightning import quiet_lightning
from rarebit.exceptions import InputError
from rarebit.imaging.network import ImageNetwork
from rarebit.imaging.training.accelerators import accelerator_of
from rarebit.imaging.training.batches import ImageRows, training_batches, validation_batches
from rarebit.imaging.training.checkpoints import (
    WholeCheckpoints,
    check_folder,
    full_disk_is_input_error,
    read_checkpoint,
    take_best,
)
from rarebit.imaging.training.options import as_list, check_options
from rarebit.imaging.training.task import History, ImageTask, TrainerSettings

_LAST = "last.ckpt"


def check_start(network: ImageNetwork, settings: TrainerSettings) -> None:
    """Refuse what would stop a training, before images are made or anything is trained."""
    if not any(p.requires_grad for p in network.parameters()):
        raise InputError(
            "backbone and head have no parameter that requires a gradient: give a head to train."
        )
    accelerator = accelerator_of(settings.device)
    if settings.checkpoint_dir is not None:
        check_folder(settings.checkpoint_dir)
    check_options(settings.trainer_options, accelerator)
    _checkpoint(settings)


def train(
    network: ImageNetwork, training: ImageRows, validation: ImageRows, settings: TrainerSettings
) -> History:
    """Train a network in place; it ends with the weights of its best epoch.

    Returns the curves ``"train_loss"`` and, with validation images, ``"val_loss"`` and
    ``"val_balanced_accuracy"``, one value an epoch. Without validation images the last epoch is
    kept. If the user interrupts, the last finished epoch is in ``checkpoint_dir``.
    """
    with tempfile.TemporaryDirectory() as temporary, quiet_lightning():
        folder = settings.checkpoint_dir or Path(temporary)
        task = ImageTask(network, settings)
        start = _checkpoint(settings)
        if start is not None and start["epoch"] + 1 >= settings.epochs:
            task.on_load_checkpoint(start)
        else:
            trainer = _trainer(settings, folder, validated=len(validation) > 0)
            size = settings.batch_size
            with full_disk_is_input_error(folder), _stoppable():
                trainer.fit(
                    task,
                    training_batches(training, size, settings.seed),
                    validation_batches(validation, size),
                    ckpt_path=None if start is None else str(folder / _LAST),
                    weights_only=True,
                )
        take_best(network, folder)
        return task.curves


def _checkpoint(settings: TrainerSettings) -> dict[str, Any] | None:
    """The checkpoint to resume from, if any."""
    if not settings.resume or settings.checkpoint_dir is None:
        return None
    path = settings.checkpoint_dir / _LAST
    return read_checkpoint(path, settings.fingerprint) if path.exists() else None


class _EpochBar(RichProgressBar):
    """Lightning's progress bar with epochs counted from 1, as --epochs counts them."""

    def _get_train_description(self, current_epoch: int) -> str:
        text = f"Epoch {current_epoch + 1} of {self.trainer.max_epochs}"
        return text.ljust(len(self.validation_description))


def _trainer(settings: TrainerSettings, folder: Path, *, validated: bool) -> lightning.Trainer:
    """Lightning's trainer, with early stopping if there are validation images."""
    resumable = settings.checkpoint_dir is not None
    callbacks: list[Any] = [
        ModelCheckpoint(
            folder,
            filename="best",
            monitor="val_loss" if validated else None,
            # Without a folder nothing can be resumed: leave out Adam's moments, twice the weights.
            save_last=resumable,
            save_weights_only=not resumable,
            save_on_train_epoch_end=True,
            enable_version_counter=False,
        ),
        *as_list(settings.trainer_options.get("callbacks")),
    ]
    if validated and settings.patience is not None:
        callbacks.append(
            EarlyStopping("val_loss", patience=settings.patience, check_on_train_epoch_end=True)
        )
    if settings.verbose:
        callbacks.append(_EpochBar(leave=False))
    return lightning.Trainer(
        **{
            **accelerator_of(settings.device),
            "max_epochs": settings.epochs,
            "logger": False,
            "enable_progress_bar": settings.verbose,
            "enable_model_summary": False,
            "num_sanity_val_steps": 0,
            "plugins": [WholeCheckpoints()] if resumable else None,
            "default_root_dir": folder,
            **settings.trainer_options,
            "callbacks": callbacks,
        }
    )


@contextmanager
def _stoppable() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt, which Lightning turns into an exit of the process."""
    on_main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT) if on_main else None
    try:
        yield
    except SystemExit as stop:
        raise KeyboardInterrupt from stop
    finally:
        if on_main:
            signal.signal(signal.SIGINT, handler)
