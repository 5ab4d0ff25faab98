"""Build a backbone from its name, a torch module or a factory."""

from __future__ import annotations

import inspect
import os
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rarebit._common.parameters import check_value
from rarebit.exceptions import InputError
from rarebit.imaging.backbones._base import Backbone
from rarebit.imaging.backbones.densenet import DenseNet121
from rarebit.imaging.backbones.mobilenet import MobileNetV2
from rarebit.imaging.backbones.resnet import ResNet18
from rarebit.imaging.backbones.vgg import VGG16
from rarebit.imaging.backbones.weights import load_weights
from rarebit.imaging.parts import OWN, Part, own_module, part_name, probe

# torchvision's names.
BACKBONES: dict[str, type[Backbone]] = {
    "mobilenet_v2": MobileNetV2,
    "resnet18": ResNet18,
    "densenet121": DenseNet121,
    "vgg16": VGG16,
}


class OwnBackbone(Backbone):
    """A backbone of the user's own: pixels in [0, 1] to features, or to maps that are averaged."""

    def __init__(self, module: nn.Module, in_channels: int, image_size: tuple[int, int]) -> None:
        nn.Module.__init__(self)
        convolutions = (part for part in module.modules() if isinstance(part, nn.Conv2d))
        wanted = getattr(next(convolutions, None), "in_channels", None)
        # A network for colour images sees grey ones repeated.
        self.in_channels = wanted if wanted in (1, 3) else in_channels
        self.module = module
        found = probe("backbone", module, torch.zeros(2, self.in_channels, *image_size))
        if found.ndim not in (2, 4):
            raise InputError(
                f"backbone maps 2 images to shape {tuple(found.shape)}: return features of shape "
                "(n, n_features) or maps of shape (n, n_features, h, w)."
            )
        self.n_features = found.shape[1]

    def feature_maps(self, images: Tensor) -> Tensor:
        """Map images to feature maps; features alone are maps of one place."""
        found: Tensor = self.module(images)
        return found if found.ndim == 4 else found[:, :, None, None]


def build_backbone(
    backbone: Part,
    in_channels: int = 3,
    weights: str | os.PathLike[str] | None = None,
    image_size: tuple[int, int] = (32, 32),
) -> Backbone:
    """Build a backbone.

    Parameters
    ----------
    backbone : str, nn.Module or callable
        ``"mobilenet_v2"``, ``"resnet18"``, ``"densenet121"`` or ``"vgg16"``; a module, which is
        copied; or a factory that builds one. A factory gets the number of channels as
        ``in_channels`` or ``in_chans`` if it has such a parameter, else as its one required
        argument, if any.
    in_channels : {1, 3}, default=3
        Channels of the images.
    weights : path or "torchvision", default=None
        Weights of a backbone given by name. A file: ``.safetensors``, a state dict saved by torch
        (``.pt``, ``.pth``), or ``.npz`` with the batch-norm-folded MobileNetV2. ``"torchvision"``
        gets ImageNet weights from that library. None draws weights from torch's generator. Colour
        weights are summed over the channels for grey images.
    image_size : (int, int), default=(32, 32)
        Height and width on which a backbone of your own is tried out.

    Returns
    -------
    Backbone

    Raises
    ------
    InputError
        If the name is unknown, the file cannot be read or does not fit, or a backbone of your own
        does not map images to features.

    Examples
    --------
    >>> build_backbone("resnet18", in_channels=1).n_features
    512
    >>> own = torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3), torch.nn.ReLU())
    >>> build_backbone(own, in_channels=1).n_features
    8
    """
    check_value("backbone", backbone, *BACKBONES, *OWN)
    check_value("in_channels", in_channels, 1, 3)
    if not isinstance(backbone, str):
        if weights is not None:
            raise InputError(
                f"weights is {str(weights)!r}: give None with a backbone of your own, and load its "
                "weights into it yourself."
            )
        arguments, named = _arguments(backbone, in_channels)
        own = own_module("backbone", backbone, *arguments, **named)
        return own if isinstance(own, Backbone) else OwnBackbone(own, in_channels, image_size)
    folded = weights is not None and Path(weights).suffix.lower() == ".npz"
    if folded and backbone != "mobilenet_v2":
        raise InputError(f"weights: {weights} holds a folded MobileNetV2, not a {backbone}.")
    network = MobileNetV2(in_channels, folded=True) if folded else BACKBONES[backbone](in_channels)
    if weights is not None:
        load_weights(network, backbone, weights)
    return network


def _arguments(factory: Any, in_channels: int) -> tuple[tuple[int, ...], dict[str, int]]:
    """Arguments for a factory that may take the number of channels."""
    try:
        parameters = inspect.signature(factory).parameters
    except ValueError:  # compiled code
        return (), {}
    for name in ("in_channels", "in_chans"):
        if name in parameters:
            chosen = isinstance(factory, partial) and name in factory.keywords
            return (), {} if chosen else {name: in_channels}
    required = [
        p for p in parameters.values()
        if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]  # fmt: skip
    if len(required) > 1:
        raise InputError(
            f"backbone {part_name(factory)} needs {len(required)} arguments: give a factory that "
            "takes the number of channels at most."
        )
    return (in_channels,) if required else (), {}
