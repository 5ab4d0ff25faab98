"""A backbone and a head, and how many parameters they have."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from rarebit.imaging.backbones import Backbone, MobileNetV2, build_backbone
from rarebit.imaging.circuits import Hardware, Readout
from rarebit.imaging.heads import Head, build_head


@dataclass(frozen=True)
class NetworkSpec:
    """What a network is built of; enough to build it again before its weights are read.

    Attributes
    ----------
    backbone, head : str
        Names of :data:`rarebit.imaging.backbones.BACKBONES` and
        :data:`rarebit.imaging.heads.HEADS`.
    n_classes, in_channels, n_layers : int
        Classes, channels of the images, layers of the circuit.
    folded : bool
        Whether the backbone is a MobileNetV2 with folded batch norm.
    """

    backbone: str
    head: str
    n_classes: int
    in_channels: int
    n_layers: int = 2
    folded: bool = False


class ImageNetwork(nn.Module):
    """Images to class scores: a backbone, then a head on its mean feature maps.

    Parameters
    ----------
    backbone : Backbone
        From images to feature maps.
    head : Head
        From features to logits.

    Notes
    -----
    **Shape.** Images ``(n, in_channels, h, w)`` with pixels in [0, 1] to logits
    ``(n, n_classes)``.
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
        """Say what the circuits run on outside training; None computes them exactly."""
        for readout in self.readouts():
            readout.hardware = hardware


def build_network(spec: NetworkSpec, weights: str | os.PathLike[str] | None = None) -> ImageNetwork:
    """Build a network, its weights drawn from torch's generator where no file is named.

    Parameters
    ----------
    spec : NetworkSpec
        What it is built of.
    weights : path or "torchvision", default=None
        Weights of the backbone, see :func:`rarebit.imaging.backbones.build_backbone`.

    Returns
    -------
    ImageNetwork
        The network.

    Raises
    ------
    InputError
        If a name is unknown or the weights do not fit.

    Examples
    --------
    >>> import torch
    >>> network = build_network(NetworkSpec("resnet18", "quantum", n_classes=2, in_channels=1))
    >>> network(torch.rand(2, 1, 32, 32)).shape
    torch.Size([2, 2])
    """
    if spec.folded and weights is None:
        backbone: Backbone = MobileNetV2(spec.in_channels, folded=True)
    else:
        backbone = build_backbone(spec.backbone, spec.in_channels, weights)
    head = build_head(spec.head, backbone.n_features, spec.n_classes, spec.n_layers)
    network = ImageNetwork(backbone, head)
    if backbone.channels_last:
        # The layout of the weights alone: their values, shapes and files stay as they are.
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def count_parameters(network: ImageNetwork) -> dict[str, int]:
    """Count trainable parameters: part by part, as the paper counts, and all of them.

    The paper compares a circuit and its last layer (8 + 10) with ``Linear(256, 2)`` (514) and
    leaves out what both have before it: ``Linear(1280, 256)`` with 327,936 parameters.

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


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def plain_spec(spec: NetworkSpec) -> dict[str, Any]:
    """Return a spec as plain values, for storing."""
    return dict(vars(spec))
