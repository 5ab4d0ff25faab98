"""MobileNetV2 (Sandler et al. 2018)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn.functional import pad

from rarebit.imaging.backbones._base import Backbone, initialise

# Expansion, channels, repetitions and first stride of each stage: table 2 of the paper.
STAGES = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2),
    (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
)  # fmt: skip


class SamePadding(nn.Conv2d):
    """A convolution with TensorFlow's "SAME" padding: an odd pixel goes to the right and bottom."""

    def forward(self, x: Tensor) -> Tensor:
        """Pad, then convolve."""
        margins: list[int] = []
        for side, kernel, stride in zip(x.shape[2:], self.kernel_size, self.stride, strict=True):
            total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
            margins = [total // 2, total - total // 2, *margins]
        return super().forward(pad(x, margins))


def _convolution(
    n_in: int, n_out: int, kernel: int, stride: int, groups: int, folded: bool
) -> list[nn.Module]:
    """A convolution and its batch norm (an identity where it is folded into the convolution)."""
    if folded:
        same = SamePadding(n_in, n_out, kernel, stride, groups=groups)
        return [same, nn.Identity()]
    conv = nn.Conv2d(n_in, n_out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(n_out)]


class InvertedResidual(nn.Module):
    """Expand, convolve depthwise, project; with a shortcut where the shape stays the same."""

    def __init__(self, n_in: int, n_out: int, stride: int, expansion: int, folded: bool) -> None:
        super().__init__()
        hidden = n_in * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers.append(nn.Sequential(*_convolution(n_in, hidden, 1, 1, 1, folded), nn.ReLU6()))
        depthwise = _convolution(hidden, hidden, 3, stride, hidden, folded)
        layers.append(nn.Sequential(*depthwise, nn.ReLU6()))
        self.conv = nn.Sequential(*layers, *_convolution(hidden, n_out, 1, 1, 1, folded))
        self.has_shortcut = stride == 1 and n_in == n_out

    def forward(self, x: Tensor) -> Tensor:
        """Map features (n, n_in, h, w) to (n, n_out, h / stride, w / stride)."""
        out: Tensor = self.conv(x)
        return x + out if self.has_shortcut else out


class MobileNetV2(Backbone):
    """MobileNetV2 of width 1: 2,223,872 parameters without the classifier, 1,280 features."""

    channels_last = True
    n_features = 1280

    def __init__(self, in_channels: int = 3, folded: bool = False) -> None:
        super().__init__(in_channels)
        self.folded = folded
        if folded:
            self._set_pixel_scale((127 / 255,) * 3, (127.5 / 255,) * 3)
        first = _convolution(in_channels, 32, 3, 2, 1, folded)
        features: list[nn.Module] = [nn.Sequential(*first, nn.ReLU6())]
        channels = 32
        for expansion, n_out, repetitions, stride in STAGES:
            for repetition in range(repetitions):
                step = stride if repetition == 0 else 1
                features.append(InvertedResidual(channels, n_out, step, expansion, folded))
                channels = n_out
        last = _convolution(channels, self.n_features, 1, 1, 1, folded)
        self.features = nn.Sequential(*features, nn.Sequential(*last, nn.ReLU6()))
        initialise(self)
