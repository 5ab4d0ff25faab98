"""What the backbones share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

# Mean and standard deviation of ImageNet's pixels, as torchvision's weights expect them.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


class Backbone(nn.Module):
    """Images (n, in_channels, h, w) in [0, 1] to features, with torchvision's parameter names.

    A head takes the place of torchvision's classifier. All four networks halve the image five
    times, so images smaller than 32 pixels are enlarged.

    Parameters
    ----------
    in_channels : {1, 3}, default=3
        Channels of the images.

    Attributes
    ----------
    n_features : int
        Features of an image.
    """

    n_features: int
    # Prefix of the parameters of torchvision's classifier.
    classifier_prefix: ClassVar[str] = "classifier."
    min_size: ClassVar[int] = 32
    # Whether a CPU is faster with the channels of a pixel side by side in memory (measured at 32 to
    # 128 pixels: networks of many narrow layers are).
    channels_last: ClassVar[bool] = False

    features: nn.Module
    pixel_mean: Tensor
    pixel_std: Tensor

    def __init__(self, in_channels: int = 3) -> None:
        super().__init__()
        self.in_channels = in_channels
        self._set_pixel_scale(IMAGENET_MEAN, IMAGENET_STD)

    def _set_pixel_scale(self, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        """Set the scale of the pixels; for grey images the mean of the three channels."""
        for name, values in (("pixel_mean", mean), ("pixel_std", std)):
            column = torch.tensor(values)[:, None, None]
            column = column if self.in_channels == 3 else column.mean(dim=0, keepdim=True)
            self.register_buffer(name, column, persistent=False)

    def layers(self, x: Tensor) -> Tensor:
        """Map scaled images to feature maps of shape (n, n_features, h / 32, w / 32)."""
        maps: Tensor = self.features(x)
        return maps

    def feature_maps(self, images: Tensor) -> Tensor:
        """Map images in [0, 1] to feature maps (n, n_features, h', w'), about h / 32 and w / 32."""
        smallest = min(images.shape[-2:])
        if smallest < self.min_size:
            factor = self.min_size / smallest
            size = [max(self.min_size, round(side * factor)) for side in images.shape[-2:]]
            images = interpolate(images, size, mode="bilinear")
        return self.layers((images - self.pixel_mean) / self.pixel_std)

    def forward(self, images: Tensor) -> Tensor:
        """Map images to features (n, n_features): the means of the feature maps."""
        return self.feature_maps(images).mean(dim=(2, 3))

    def rename(self, name: str) -> str:
        """Translate an old parameter name in a weights file to today's."""
        return name

    def adapt(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Adapt colour weights to grey images: the sum over channels, as of a repeated image."""
        adapted = dict(state)
        first = self.first_convolution
        if self.in_channels == 1 and first in adapted and adapted[first].shape[1:2] == (3,):
            adapted[first] = adapted[first].sum(dim=1, keepdim=True)
        return adapted

    @property
    def first_convolution(self) -> str:
        """Name of the weights of the first convolution."""
        return next(name for name, p in self.named_parameters() if p.ndim == 4)


def initialise(network: nn.Module) -> None:
    """Draw initial weights (He et al. 2015), as torchvision does."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
