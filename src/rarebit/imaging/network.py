"""An image network: a backbone, then a head."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from rarebit.exceptions import InputError
from rarebit.imaging.backbones import Backbone, build_backbone
from rarebit.imaging.backbones.mobilenet import MobileNetV2
from rarebit.imaging.heads import Hardware
from rarebit.imaging.heads._base import Head
from rarebit.imaging.heads.build import build_head
from rarebit.imaging.heads.circuits import Readout
from rarebit.imaging.images.pixels import LARGEST_SIDE
from rarebit.imaging.parts import Part


@dataclass(frozen=True)
class NetworkSpec:
    """What a network is built from, except for its weights.

    Attributes
    ----------
    backbone, head : str, nn.Module or callable
        As for :class:`rarebit.imaging.SDAQECClassifier`.
    n_classes, in_channels, n_layers : int
        Classes, channels of the images, layers of the circuit.
    folded : bool
        Whether the backbone is a MobileNetV2 with folded batch norm.
    image_size : (int, int)
        Height and width on which a backbone of your own is tried out.
    """

    backbone: Part
    head: Part
    n_classes: int
    in_channels: int
    n_layers: int = 2
    folded: bool = False
    image_size: tuple[int, int] = (32, 32)


class ImageNetwork(nn.Module):
    """Images (n, channels, h, w) in [0, 1] to logits (n, n_classes): a backbone, then a head.

    Parameters
    ----------
    backbone : Backbone
        From images to feature maps.
    head : Head
        From features to logits.

    Examples
    --------
    >>> from rarebit.imaging.backbones import build_backbone
    >>> from rarebit.imaging.heads import QuantumHead
    >>> network = ImageNetwork(build_backbone("resnet18", 1), QuantumHead(512, n_classes=3))
    >>> network(torch.rand(2, 1, 32, 32)).shape
    torch.Size([2, 3])
    """

    def __init__(self, backbone: Backbone, head: Head) -> None:
        super().__init__()
        self.backbone = backbone
        self.head = head

    def forward(self, images: Tensor) -> Tensor:
        """Map images to logits."""
        logits: Tensor = self.head(self.backbone(images))
        return logits

    def readouts(self) -> list[Readout]:
        """The circuits in the head."""
        return [module for module in self.head.modules() if isinstance(module, Readout)]

    def set_hardware(self, hardware: Hardware | None) -> None:
        """Set what the circuits run on outside training; None computes them exactly."""
        for readout in self.readouts():
            readout.hardware = hardware


def build_network(spec: NetworkSpec, weights: str | os.PathLike[str] | None = None) -> ImageNetwork:
    """Build a network; weights that no file brings are drawn from torch's generator.

    Parameters
    ----------
    spec : NetworkSpec
        What it is built from.
    weights : path or "torchvision", default=None
        Weights of the backbone, see :func:`rarebit.imaging.backbones.build_backbone`.

    Returns
    -------
    ImageNetwork

    Examples
    --------
    >>> network = build_network(NetworkSpec("resnet18", "quantum", n_classes=2, in_channels=1))
    >>> network(torch.rand(2, 1, 32, 32)).shape
    torch.Size([2, 2])
    """
    if spec.folded and weights is None:
        backbone: Backbone = MobileNetV2(spec.in_channels, folded=True)
    else:
        backbone = build_backbone(spec.backbone, spec.in_channels, weights, spec.image_size)
    head = build_head(spec.head, backbone.n_features, spec.n_classes, spec.n_layers)
    network = ImageNetwork(backbone, head)
    if backbone.channels_last:
        # Only the memory layout of the weights: their values, shapes and files stay the same.
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def count_parameters(network: ImageNetwork) -> dict[str, int]:
    """Count trainable parameters: by part, as the paper counts, and in total.

    The paper compares the circuit and its last layer (8 + 10) with ``Linear(256, 2)`` (514) and
    leaves out the ``Linear(1280, 256)`` with 327,936 parameters that comes before both.

    Parameters
    ----------
    network : ImageNetwork
        A network.

    Returns
    -------
    dict of str to int
        ``"backbone"``, each part of the head by its name, ``"as_in_paper"`` and ``"total"``.

    Examples
    --------
    >>> network = build_network(NetworkSpec("mobilenet_v2", "quantum", 2, 3))
    >>> counts = count_parameters(network)
    >>> counts["reduce"], counts["circuit"], counts["classify"], counts["as_in_paper"]
    (327936, 8, 10, 18)
    """
    counts = {"backbone": _count(network.backbone)}
    counts |= {name: _count(part) for name, part in network.head.named_children()}
    counts["as_in_paper"] = sum(counts[name] for name in network.head.interface)
    counts["total"] = _count(network)
    return counts


def check_network_size(images: np.ndarray) -> None:
    """Refuse images too large for a network, as they are or once enlarged by it."""
    height, width = images.shape[1:3]
    longest = max(height, width) * max(1.0, Backbone.min_size / min(height, width))
    if longest > LARGEST_SIDE:
        enlarged = min(height, width) < Backbone.min_size
        problem = f"would be enlarged to a side of {longest:.0f}" if enlarged else "are too large"
        raise InputError(
            f"Images of {height} x {width} pixels {problem}: give image_size, as a network takes "
            f"at most {LARGEST_SIDE}."
        )


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
