"""Options of Lightning's trainer that a user may give: refused before anything is trained."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from typing import Any

import lightning
from lightning.fabric.utilities.exceptions import MisconfigurationException

from rarebit._common.lightning import quiet_lightning
from rarebit.exceptions import InputError
from rarebit.imaging._checks import is_integer, require

# The classifier's own, by the parameter that sets them.
PARAMETERS = {"max_epochs": "epochs", "default_root_dir": "checkpoint_dir"}
# They keep the best epoch from being found or written.
UNFIT = (
    "barebones", "check_val_every_n_epoch", "enable_checkpointing", "fast_dev_run",
    "limit_val_batches", "max_steps", "overfit_batches", "val_check_interval",
)  # fmt: skip
# Lightning looks at these only when it trains.
_INTEGERS = ("accumulate_grad_batches", "log_every_n_steps", "num_nodes")
_PLAIN = (str, int, float, bool, type(None))


def check_options(options: Mapping[str, Any], accelerator: Mapping[str, Any]) -> None:
    """Refuse options that Lightning's trainer does not take, or that lose the best epoch.

    Parameters
    ----------
    options : mapping
        Arguments of ``lightning.Trainer``.
    accelerator : mapping
        Those that the device stands for.

    Raises
    ------
    InputError
        If a name is unknown or not the user's to set, or a value cannot be used.

    Examples
    --------
    >>> check_options({"precision": "bf16-mixed"}, {"accelerator": "cpu"})
    >>> check_options({"colour": 3}, {"accelerator": "cpu"})
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: trainer_options holds 'colour', which Lightning's Trainer ...
    """
    _check_names(options)
    devices, there = options.get("devices"), os.cpu_count() or 1
    on_cpu = options.get("accelerator", accelerator["accelerator"]) == "cpu"
    if on_cpu and isinstance(devices, int) and devices > there:
        raise InputError(
            f"trainer_options holds devices={devices}, one process each, and this machine has "
            f"{there} processors: give fewer, or leave it out."
        )
    for callback in as_list(options.get("callbacks")):
        if not isinstance(callback, lightning.Callback):
            raise InputError(
                f"trainer_options holds the callback {callback!r}, which is no lightning.Callback: "
                "leave it out."
            )
    _try_values(options, accelerator)


def _check_names(options: Mapping[str, Any]) -> None:
    """Refuse options that there are not, or that are not the user's to set."""
    known = inspect.signature(lightning.Trainer).parameters
    for name in options:
        if name not in known:
            raise InputError(
                f"trainer_options holds {name!r}, which Lightning's Trainer does not take: check "
                "its spelling, or leave it out."
            )
        if name in PARAMETERS:
            raise InputError(f"trainer_options holds {name!r}: use {PARAMETERS[name]} instead.")
        if name in UNFIT:
            raise InputError(
                f"trainer_options holds {name!r}, which would keep the best epoch from being found "
                "or written: leave it out."
            )
        if name in _INTEGERS:
            value = options[name]
            require(value is None or is_integer(value, 0), name, value, "an integer from 0 on")


def _try_values(options: Mapping[str, Any], accelerator: Mapping[str, Any]) -> None:
    """Let Lightning refuse values, before it is to train."""
    # Strategies and the like remember the trainer that they were given to: plain values are tried.
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
            f"trainer_options {dict(options)!r} cannot be used: {reason} Mend it, or leave it out."
        ) from error


def as_list(value: Any) -> list[Any]:
    """Return one or several things as a list; nothing for None."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
