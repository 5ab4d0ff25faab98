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
    except Exception as error:  # a damaged file can fail anywhere
        raise InputError(
            f"{path} cannot be resumed from ({error}); remove it, or train without resume."
        ) from error
    if found != fingerprint:
        raise InputError(
            f"{path} belongs to other images or settings; resume with the same ones (only epochs "
            "may differ), name another folder, or train without resume."
        )
    return dict(checkpoint)


def take_best(network: ImageNetwork, folder: Path) -> None:
    """Load the weights of the best epoch."""
    state = read_state(folder / "best.ckpt")
    own = {name.removeprefix("network."): tensor for name, tensor in state.items()}
    network.load_state_dict(own)


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
