"""Checkpoints: written whole, and read without executing code in them."""

from __future__ import annotations

import errno
import hashlib
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.fabric.plugins.io.torch_io import TorchCheckpointIO

from rarebit.exceptions import InputError
from rarebit.imaging.backbones.weights import read_state
from rarebit.imaging.network import ImageNetwork
from rarebit.imaging.parts import part_name
from rarebit.persistence import atomic_write_bytes

_OUT_OF_SPACE = (errno.ENOSPC, errno.EDQUOT)
_BEST = "best.ckpt"
_NOT_RESUMABLE = (
    "cannot be resumed from: it is damaged or not a checkpoint. Delete it and start again without "
    "resume (--resume)."
)
_HOW_TO_RESUME = "resume=True (--resume) continues from the last finished epoch."


class WholeCheckpoints(TorchCheckpointIO):
    """Checkpoints that are written whole or not at all.

    Lightning moves a file from the temporary folder into place. On another disk that is a copy, and
    a full disk or a kill during it would lose the last epoch.
    """

    def save_checkpoint(
        self, checkpoint: dict[str, Any], path: str | os.PathLike[str], storage_options: Any = None
    ) -> None:
        """Write a checkpoint beside the old one, then replace the old one in one step."""
        content = io.BytesIO()
        torch.save(checkpoint, content)
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        try:
            atomic_write_bytes(path, content.getvalue())
        except InputError as error:
            raise InputError(f"{error} {_HOW_TO_RESUME}") from error


def fingerprint(model: Any, network: ImageNetwork, images: np.ndarray, codes: np.ndarray) -> str:
    """Hash of what a checkpoint depends on; the number of epochs, for one, may change."""
    free = {"epochs", "resume", "checkpoint_dir", "verbose", "device", "trainer_options"}
    settings = {k: v for k, v in model.get_params(deep=False).items() if k not in free}
    weights = b""
    for name in ("backbone", "head"):
        if not isinstance(settings[name], str):  # its repr can contain an address in memory
            settings[name] = part_name(settings[name])
            for key, tensor in getattr(network, name).state_dict().items():
                weights += key.encode() + tensor.numpy().tobytes()
    digest = hashlib.sha256(repr(sorted(settings.items())).encode())
    for content in (images.tobytes(), codes.tobytes(), weights):
        digest.update(content)
    return digest.hexdigest()


def read_checkpoint(path: Path, fingerprint: str) -> dict[str, Any]:
    """Read a checkpoint without executing code in it; refuse one of another training."""
    try:
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        found = checkpoint["rarebit"]["fingerprint"]
        complete = {"epoch", "state_dict"} <= set(checkpoint) and path.with_name(_BEST).is_file()
    except Exception as error:  # a damaged file can fail anywhere
        raise InputError(f"{path} {_NOT_RESUMABLE}") from error
    if found != fingerprint:
        raise InputError(
            f"{path} belongs to other images or settings: resume with the same ones (only epochs "
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
            f"Training wrote no best epoch to {folder}: leave out trainer_options that keep it "
            "from finishing one."
        )
    state = read_state(folder / _BEST)
    own = {name.removeprefix("network."): tensor for name, tensor in state.items()}
    try:
        network.load_state_dict(own)
    except RuntimeError as error:
        raise InputError(f"{folder / _BEST} {_NOT_RESUMABLE}") from error


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot be created or written to; leave nothing behind."""
    try:
        made = [place for place in (folder, *folder.parents) if not place.exists()]
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK | os.X_OK)
        for place in made:
            place.rmdir()
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(
            f"checkpoint_dir is {str(folder)!r}: give another folder ({reason})."
        ) from error
    if not writable:
        raise InputError(
            f"checkpoint_dir is {str(folder)!r}: give another folder (no permission to write)."
        )


@contextmanager
def full_disk_is_input_error(folder: Path) -> Iterator[None]:
    """Turn a full disk into an InputError."""
    try:
        yield
    except OSError as error:
        if error.errno not in _OUT_OF_SPACE:
            raise
        raise InputError(
            f"{folder}: the disk is full, no checkpoint was written. Free some space. "
            f"{_HOW_TO_RESUME}"
        ) from error
