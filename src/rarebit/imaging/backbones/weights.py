"""Weights from files: safetensors, state dicts, or arrays. No code in a file is executed."""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from rarebit.exceptions import InputError
from rarebit.imaging.backbones._base import Backbone

TORCHVISION = "torchvision"


def load_weights(backbone: Backbone, name: str, weights: str | os.PathLike[str]) -> None:
    """Load weights into a backbone, from a file or from torchvision."""
    if str(weights) == TORCHVISION:
        _fill(backbone, _from_torchvision(name), name, TORCHVISION)
    else:
        _fill(backbone, read_state(weights), name, str(weights))


def read_state(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """Read named tensors from a file; no code in it is executed.

    ``.safetensors``, ``.npz``, or a state dict saved by torch, bare or under ``"state_dict"``.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"weights: {path} does not exist; check the path.")
    suffix = path.suffix.lower()
    try:
        if suffix == ".safetensors":
            return load_file(path)
        if suffix == ".npz":
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
                return {name: torch.from_numpy(arrays[name]) for name in arrays.files}
        with warnings.catch_warnings():  # about old pickle protocols
            warnings.simplefilter("ignore")
            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(
            f"weights: {path} holds more than tensors and could run code, or is not a state dict: "
            "save the weights alone, best as safetensors."
        ) from error
    except Exception as error:  # other files can fail anywhere in the libraries
        raise InputError(
            f"weights: {path} is damaged or not a weights file: give safetensors, a state dict "
            "saved by torch (.pt, .pth), or an .npz of arrays."
        ) from error
    if isinstance(found, Mapping) and isinstance(found.get("state_dict"), Mapping):
        found = found["state_dict"]
    if not isinstance(found, Mapping) or not all(isinstance(t, Tensor) for t in found.values()):
        raise InputError(
            f"weights: {path} is not a state dict: give a mapping of names to tensors."
        )
    return {str(name): tensor for name, tensor in found.items()}


def _from_torchvision(name: str) -> dict[str, Tensor]:
    """Get ImageNet weights from torchvision, which downloads them once."""
    try:
        from torchvision.models import get_model_weights
    except (ImportError, RuntimeError) as error:  # RuntimeError: built for another torch
        raise InputError(
            "weights='torchvision' needs a torchvision that works with this torch "
            f"({error}): give a weights file instead."
        ) from error
    try:
        state: dict[str, Tensor] = get_model_weights(name).DEFAULT.get_state_dict(
            progress=False, weights_only=True
        )
    except OSError as error:
        raise InputError(
            f"torchvision could not download the weights of {name} ({error}): give a file instead."
        ) from error
    return state


def _fill(backbone: Backbone, state: Mapping[str, Tensor], name: str, source: str) -> None:
    """Copy weights into a backbone, all of them or none."""
    renamed = {backbone.rename(key.removeprefix("module.")): t for key, t in state.items()}
    given = backbone.adapt(
        {key: t for key, t in renamed.items() if not key.startswith(backbone.classifier_prefix)}
    )
    own = backbone.state_dict()
    # Files older than torch 0.4.1 lack these counters, which are not used here.
    missing = [k for k in own if k not in given and not k.endswith("num_batches_tracked")]
    foreign = [key for key in given if key not in own]
    misfit = [
        f"{key} has the shape {tuple(given[key].shape)} instead of {tuple(own[key].shape)}"
        for key in own
        if key in given and given[key].shape != own[key].shape
    ]
    reasons = [f"{missing[0]} is missing"] if missing else []
    reasons += [f"{foreign[0]} is not part of it"] if foreign else []
    reasons += misfit[:1]
    useless = [key for key in own if key in given and not _is_usable(given[key], own[key])]
    reasons += [f"{useless[0]} holds no finite real numbers"] if useless else []
    if reasons:
        raise InputError(
            f"weights: {source} does not fit {name}: {'; '.join(reasons)}. Give a file saved from "
            "this network."
        )
    backbone.load_state_dict(dict(given), strict=False)


def _is_usable(given: Tensor, own: Tensor) -> bool:
    """Return whether weights are finite and of the network's kind of numbers."""
    if own.is_floating_point() != given.is_floating_point():
        return False
    return bool(torch.isfinite(given).all())
