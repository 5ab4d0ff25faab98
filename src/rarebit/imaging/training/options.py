"""Arguments of Lightning's trainer that a user may give, checked before training."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from typing import Any

import lightning
from lightning.fabric.utilities.exceptions import MisconfigurationException

from rarebit._common.lightning import quiet_lightning
from rarebit._common.parameters import Bounds, check_value
from rarebit.exceptions import InputError

# Set by parameters of the classifier.
PARAMETERS = {"max_epochs": "epochs", "default_root_dir": "checkpoint_dir"}
# These keep the best epoch from being found or written.
UNFIT = (
    "barebones", "check_val_every_n_epoch", "enable_checkpointing", "fast_dev_run",
    "limit_val_batches", "max_steps", "overfit_batches", "val_check_interval",
)  # fmt: skip
# Lightning checks these only during training.
_INTEGERS = ("accumulate_grad_batches", "log_every_n_steps", "num_nodes")
_PLAIN = (str, int, float, bool, type(None))


def check_options(options: Mapping[str, Any], accelerator: Mapping[str, Any]) -> None:
    """Refuse arguments that Lightning's trainer does not accept, or that lose the best epoch."""
    _check_names(options)
    devices, n_cores = options.get("devices"), os.cpu_count() or 1
    on_cpu = options.get("accelerator", accelerator.get("accelerator")) == "cpu"
    if on_cpu and isinstance(devices, int) and devices > n_cores:
        raise InputError(
            f"trainer_options has devices={devices}, one process each, and this machine has "
            f"{n_cores} cores: give fewer, or leave it out."
        )
    for callback in as_list(options.get("callbacks")):
        if not isinstance(callback, lightning.Callback):
            raise InputError(
                f"trainer_options has the callback {callback!r}: give a lightning.Callback, or "
                "leave it out."
            )
    _try_values(options, accelerator)


def _check_names(options: Mapping[str, Any]) -> None:
    """Refuse unknown arguments, and those that are not the user's to set."""
    known = inspect.signature(lightning.Trainer).parameters
    for name in options:
        if name not in known:
            raise InputError(
                f"trainer_options has {name!r}, which Lightning's Trainer does not accept: check "
                "the spelling, or leave it out."
            )
        if name in PARAMETERS:
            raise InputError(f"trainer_options has {name!r}: use {PARAMETERS[name]} instead.")
        if name in UNFIT:
            raise InputError(
                f"trainer_options has {name!r}, which would keep the best epoch from being found "
                "or written: leave it out."
            )
        if name in _INTEGERS:
            check_value(f"trainer_options[{name!r}]", options[name], None, Bounds(int, 0))


def _try_values(options: Mapping[str, Any], accelerator: Mapping[str, Any]) -> None:
    """Let Lightning refuse values before training."""
    # Only plain values: objects such as strategies remember the trainer they were given to.
    plain = {name: value for name, value in options.items() if isinstance(value, _PLAIN)}
    if not plain:
        return
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    try:
        with quiet_lightning():
            lightning.Trainer(**{**accelerator, **quiet, **plain})
    except (
        MisconfigurationException, ImportError, KeyError, RuntimeError, TypeError, ValueError
    ) as error:  # fmt: skip
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise InputError(
            f"trainer_options is {dict(options)!r}: change it or leave it out, Lightning refuses "
            f"it ({reason})."
        ) from error


def as_list(value: Any) -> list[Any]:
    """Return one or several values as a list; an empty one for None."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
