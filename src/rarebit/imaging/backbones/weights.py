"""Weights from files: safetensors, state dicts, and the folded MobileNetV2; never any code."""

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
from rarebit.imaging.backbones.densenet import DenseNet121
from rarebit.imaging.backbones.mobilenet import MobileNetV2
from rarebit.imaging.backbones.resnet import ResNet18
from rarebit.imaging.backbones.vgg import VGG16

# Names as torchvision has them.
BACKBONES: dict[str, type[Backbone]] = {
    "mobilenet_v2": MobileNetV2,
    "resnet18": ResNet18,
    "densenet121": DenseNet121,
    "vgg16": VGG16,
}

TORCHVISION = "torchvision"


def build_backbone(
    name: str, in_channels: int = 3, weights: str | os.PathLike[str] | None = None
) -> Backbone:
    """Build a backbone, with weights from a file where one is named.

    Parameters
    ----------
    name : {"mobilenet_v2", "resnet18", "densenet121", "vgg16"}
        Which network.
    in_channels : {1, 3}, default=3
        Channels of the images; weights of colour networks are summed over them for grey images.
    weights : path or "torchvision", default=None
        A file: ``.safetensors``, a state dict saved by torch (``.pt``, ``.pth``), or ``.npz`` with
        the batch-norm-folded MobileNetV2. ``"torchvision"`` asks that library for its ImageNet
        weights. None draws weights from torch's generator, for training from scratch.

    Returns
    -------
    Backbone
        The network.

    Raises
    ------
    InputError
        If there is no such network, or the file cannot be read, holds code, or holds the weights
        of another network.

    Examples
    --------
    >>> build_backbone("resnet18", in_channels=1).n_features
    512
    """
    if not isinstance(name, str) or name not in BACKBONES:
        raise InputError(f"There is no backbone {name!r}; use one of: {', '.join(BACKBONES)}.")
    if in_channels not in (1, 3):
        raise InputError(f"in_channels is {in_channels!r}: give 1 (grey) or 3 (colour).")
    if weights is None:
        return BACKBONES[name](in_channels)
    if str(weights) == TORCHVISION:
        backbone, state, source = BACKBONES[name](in_channels), _from_torchvision(name), TORCHVISION
    else:
        path = Path(weights)
        folded = path.suffix.lower() == ".npz"
        if folded and name != "mobilenet_v2":
            raise InputError(f"{path}: .npz files hold a folded MobileNetV2, not a {name}.")
        backbone = MobileNetV2(in_channels, folded=True) if folded else BACKBONES[name](in_channels)
        state, source = read_state(path), str(path)
    _fill(backbone, state, name, source)
    return backbone


def read_state(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """Read named tensors from a file without running anything in it.

    Parameters
    ----------
    path : path
        ``.safetensors``, ``.npz``, or a state dict saved by torch, bare or under ``"state_dict"``.

    Returns
    -------
    dict of str to Tensor
        Tensors by name.

    Raises
    ------
    InputError
        If there is no such file, it is damaged, or it holds more than tensors.

    Examples
    --------
    >>> import tempfile
    >>> from safetensors.torch import save_file
    >>> path = Path(tempfile.mkdtemp()) / "weights.safetensors"
    >>> save_file({"fc.bias": torch.zeros(2)}, path)
    >>> list(read_state(path))
    ['fc.bias']
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no weights file {path}; check the path.")
    suffix = path.suffix.lower()
    try:
        if suffix == ".safetensors":
            return load_file(path)
        if suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                return {name: torch.from_numpy(arrays[name]) for name in arrays.files}
        with warnings.catch_warnings():  # on old forms of pickle, which are refused or read
            warnings.simplefilter("ignore")
            found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(
            f"{path} holds more than tensors (it could run code when opened) or is no state dict; "
            "save the weights alone, best as safetensors."
        ) from error
    except Exception as error:  # what is no such file can fail anywhere in the libraries
        raise InputError(
            f"{path} cannot be read as a file of weights: it is damaged or something else. Give "
            "safetensors, a state dict saved by torch (.pt, .pth), or an .npz of arrays."
        ) from error
    if isinstance(found, Mapping) and isinstance(found.get("state_dict"), Mapping):
        found = found["state_dict"]
    if not isinstance(found, Mapping) or not all(isinstance(t, Tensor) for t in found.values()):
        raise InputError(f"{path} is no state dict: a mapping from names to tensors.")
    return {str(name): tensor for name, tensor in found.items()}


def _from_torchvision(name: str) -> dict[str, Tensor]:
    """Ask torchvision for its ImageNet weights; it downloads them once."""
    try:
        from torchvision.models import get_model_weights
    except (ImportError, RuntimeError) as error:  # RuntimeError: built for another torch
        raise InputError(
            "weights='torchvision' needs a torchvision that works with this torch "
            f"({error}); give a file of weights instead."
        ) from error
    try:
        state: dict[str, Tensor] = get_model_weights(name).DEFAULT.get_state_dict(
            progress=False, weights_only=True
        )
    except OSError as error:
        raise InputError(
            f"torchvision could not download the weights of {name} ({error}); give a file instead."
        ) from error
    return state


def _fill(backbone: Backbone, state: Mapping[str, Tensor], name: str, source: str) -> None:
    """Copy weights into a backbone, all or none."""
    renamed = {backbone.rename(key.removeprefix("module.")): t for key, t in state.items()}
    given = backbone.adapt(
        {key: t for key, t in renamed.items() if not key.startswith(backbone.classifier_prefix)}
    )
    own = backbone.state_dict()
    # Files from before torch 0.4.1 lack these counters, which nothing here uses.
    missing = [k for k in own if k not in given and not k.endswith("num_batches_tracked")]
    foreign = [key for key in given if key not in own]
    misfit = [
        f"{key} has the shape {tuple(given[key].shape)} instead of {tuple(own[key].shape)}"
        for key in own
        if key in given and given[key].shape != own[key].shape
    ]
    reasons = [f"{missing[0]} is missing"] if missing else []
    reasons += [f"{foreign[0]} does not belong to it"] if foreign else []
    reasons += misfit[:1]
    useless = [key for key in own if key in given and not _is_usable(given[key], own[key])]
    reasons += [f"{useless[0]} holds no finite real numbers"] if useless else []
    if reasons:
        raise InputError(
            f"{source} does not hold the weights of {name}: {'; '.join(reasons)}. "
            "Name a file that was saved from this network."
        )
    backbone.load_state_dict(dict(given), strict=False)


def _is_usable(given: Tensor, own: Tensor) -> bool:
    """Say whether weights are finite numbers of the kind that the network has."""
    if own.is_floating_point() != given.is_floating_point():
        return False
    return bool(torch.isfinite(given).all())
