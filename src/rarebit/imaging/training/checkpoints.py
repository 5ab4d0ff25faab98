"""Checkpoints of a training: written whole, read without running anything in them."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO

from rarebit.exceptions import InputError
from rarebit.imaging.backbones import read_state
from rarebit.imaging.network import ImageNetwork
from rarebit.persistence import atomic_write_bytes

_OUT_OF_SPACE = (errno.ENOSPC, errno.EDQUOT)
_BEST = "best.ckpt"
_NOT_RESUMABLE = (
    "cannot be resumed from: it is damaged, or no checkpoint of a training. Delete it and start "
    "anew, without resume (--resume)."
)
_GO_ON = "Training goes on from the last finished epoch with resume=True (--resume)."


class WholeCheckpoints(TorchCheckpointIO):
    """Checkpoints that are written whole or not at all.

    Lightning moves a file from the temporary folder into place: on another disk that is a copy, and
    a full disk or a kill in its midst would cost the last epoch.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: Any = None
    ) -> None:
        """Write a checkpoint beside the old one, then replace that in one step."""
        content = io.BytesIO()
        torch.save(checkpoint, content)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        try:
            atomic_write_bytes(path, content.getvalue())
        except InputError as error:
            raise InputError(f"{error} {_GO_ON}") from error


def read_checkpoint(path: Path, fingerprint: str) -> dict[str, Any]:
    """Read a checkpoint without running anything in it; refuse one of another training."""
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        found = checkpoint["rarebit"]["fingerprint"]
        complete = {"epoch", "state_dict"} <= set(checkpoint) and path.with_name(_BEST).is_file()
    except Exception as error:  # a damaged file can fail anywhere
        raise InputError(f"{path} {_NOT_RESUMABLE}") from error
    if found != fingerprint:
        raise InputError(
            f"{path} belongs to other images or settings; resume with the same ones (only epochs "
            "may differ), name another folder, or train without resume."
        )
    if not complete:
        raise InputError(f"{path} {_NOT_RESUMABLE}")
    try:
        read_state(path.with_name(_BEST))
    except InputError as error:
        raise InputError(f"{path.with_name(_BEST)} {_NOT_RESUMABLE}") from error
    return dict(checkpoint)


def take_best(network: ImageNetwork, folder: Path) -> None:
    """Load the weights of the best epoch."""
    if not (folder / _BEST).is_file():
        raise InputError(
            f"Training wrote no best epoch into {folder}: leave out the trainer_options that keep "
            "it from finishing one."
        )
    state = read_state(folder / _BEST)
    own = {name.removeprefix("network."): tensor for name, tensor in state.items()}
    try:
        network.load_state_dict(own)
    except RuntimeError as error:
        raise InputError(f"{folder / _BEST} {_NOT_RESUMABLE}") from error


def check_folder(folder: Path) -> None:
    """Refuse a folder for checkpoints that cannot be made or written to; leave nothing behind."""
    try:
        made = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK | os.X_OK)
        for place in made:
            place.rmdir()
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"checkpoint_dir {str(folder)!r} cannot be a folder ({reason}): name another one."
        ) from error
    if not writable:
        raise InputError(f"checkpoint_dir {folder} cannot be written to: name another folder.")


@contextmanager
def full_disk_is_input_error(folder: Path) -> Iterator[None]:
    """Turn a full disk into one sentence."""
    try:
        yield
    except OSError as error:
        if error.errno not in _OUT_OF_SPACE:
            raise
        raise InputError(
            f"{folder} cannot take a checkpoint: the disk is full. Free some space. {_GO_ON}"
        ) from error
