"""VGG16 (Simonyan and Zisserman 2015)."""

from __future__ import annotations

from torch import nn

from rarebit.imaging.backbones._base import Backbone, initialise

# Channels of the convolutions of each stage; pooling follows every stage.
STAGES = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


class VGG16(Backbone):
    """VGG16 without batch norm: 14,714,688 parameters without the classifier, 512 features.

    The features are the means of the last maps, as for the other backbones. VGG's own classifier
    takes the 7 x 7 maps and has 124 million parameters.
    """

    n_features = 512

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__(in_channels)
        layers: list[nn.Module] = []
        channels = in_channels
        for stage in STAGES:
            for n_out in stage:
                layers += [nn.Conv2d(channels, n_out, 3, padding=1), nn.ReLU()]
                channels = n_out
            layers.append(nn.MaxPool2d(2, 2))
        self.features = nn.Sequential(*layers)
        initialise(self)
