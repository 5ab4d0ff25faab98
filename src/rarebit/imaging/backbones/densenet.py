"""DenseNet121 (Huang et al. 2017)."""

from __future__ import annotations

import re
from collections import OrderedDict

import torch
from torch import Tensor, nn

from rarebit.imaging.backbones._base import Backbone, initialise

GROWTH, BOTTLENECK = 32, 4
BLOCKS = (6, 12, 24, 16)

# torchvision's published file still uses the names of 2017: "norm.1" for "norm1".
_OLD_NAME = re.compile(r"(.*denselayer\d+\.(?:norm|conv))\.([12]\..*)")


class DenseLayer(nn.Module):
    """Append ``GROWTH`` maps computed from all maps before it."""

    def __init__(self, n_in: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(n_in)
        self.relu1 = nn.ReLU()
        self.conv1 = nn.Conv2d(n_in, BOTTLENECK * GROWTH, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(BOTTLENECK * GROWTH)
        self.relu2 = nn.ReLU()
        self.conv2 = nn.Conv2d(BOTTLENECK * GROWTH, GROWTH, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map features (n, n_in, h, w) to (n, n_in + GROWTH, h, w)."""
        hidden = self.conv1(self.relu1(self.norm1(x)))
        return torch.cat([x, self.conv2(self.relu2(self.norm2(hidden)))], dim=1)


class DenseNet121(Backbone):
    """DenseNet121: 6,953,856 parameters without the classifier, 1,024 features."""

    channels_last = True
    n_features = 1024

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__(in_channels)
        channels = 64
        layers: OrderedDict[str, nn.Module] = OrderedDict(
            conv0=nn.Conv2d(in_channels, channels, 7, 2, 3, bias=False),
            norm0=nn.BatchNorm2d(channels),
            relu0=nn.ReLU(),
            pool0=nn.MaxPool2d(3, 2, 1),
        )
        for block, n_layers in enumerate(BLOCKS, start=1):
            dense = [(f"denselayer{i + 1}", DenseLayer(channels + i * GROWTH))
                     for i in range(n_layers)]  # fmt: skip
            layers[f"denseblock{block}"] = nn.Sequential(OrderedDict(dense))
            channels += n_layers * GROWTH
            if block < len(BLOCKS):
                layers[f"transition{block}"] = _transition(channels)
                channels //= 2
        layers["norm5"] = nn.BatchNorm2d(channels)
        self.features = nn.Sequential(layers)
        initialise(self)

    def layers(self, x: Tensor) -> Tensor:
        """Map scaled images to feature maps."""
        maps: Tensor = self.features(x)
        return maps.relu()

    def rename(self, name: str) -> str:
        """Translate an old parameter name in a weights file to today's."""
        return _OLD_NAME.sub(r"\1\2", name)


def _transition(channels: int) -> nn.Module:
    """Halve the number of maps and their size."""
    return nn.Sequential(
        OrderedDict(
            norm=nn.BatchNorm2d(channels),
            relu=nn.ReLU(),
            conv=nn.Conv2d(channels, channels // 2, 1, bias=False),
            pool=nn.AvgPool2d(2, 2),
        )
    )
