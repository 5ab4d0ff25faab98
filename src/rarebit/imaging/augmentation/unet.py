"""A small UNet that predicts the noise in an image."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad, silu

GROUPS = 8


def step_embedding(step: Tensor, width: int) -> Tensor:
    """Sines and cosines of steps (n,) as (n, width) (Vaswani et al. 2017; Ho et al. 2020)."""
    frequency = torch.exp(-math.log(10_000) * torch.arange(width // 2) / (width // 2))
    angle = step[:, None].float() * frequency.to(step.device)
    return torch.cat([angle.sin(), angle.cos()], dim=1)


class ResidualBlock(nn.Module):
    """Two convolutions around the step's embedding, with a shortcut."""

    def __init__(self, n_in: int, n_out: int, n_step: int) -> None:
        super().__init__()
        self.norm1 = nn.GroupNorm(GROUPS, n_in)
        self.conv1 = nn.Conv2d(n_in, n_out, 3, padding=1)
        self.step = nn.Linear(n_step, n_out)
        self.norm2 = nn.GroupNorm(GROUPS, n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, 3, padding=1)
        self.shortcut = nn.Conv2d(n_in, n_out, 1) if n_in != n_out else nn.Identity()

    def forward(self, x: Tensor, step: Tensor) -> Tensor:
        """Map features (n, n_in, h, w) and embeddings (n, n_step) to (n, n_out, h, w)."""
        hidden = self.conv1(silu(self.norm1(x))) + self.step(step)[:, :, None, None]
        hidden = self.conv2(silu(self.norm2(hidden)))
        return torch.as_tensor(hidden + self.shortcut(x))


class SmallUNet(nn.Module):
    """Encoder and decoder over three scales with skip connections, without attention.

    Images (n, channels, h, w) of any size and steps (n,) to noise of the images' shape. ``width``
    features at full size, a multiple of 8; 2 and 4 times as many at the smaller scales.
    """

    def __init__(self, channels: int, width: int = 32) -> None:
        super().__init__()
        self.width, n_step = width, 4 * width
        self.embed = nn.Sequential(nn.Linear(width, n_step), nn.SiLU(), nn.Linear(n_step, n_step))
        self.enter = nn.Conv2d(channels, width, 3, padding=1)
        self.down1 = ResidualBlock(width, width, n_step)
        self.down2 = ResidualBlock(width, 2 * width, n_step)
        self.middle = ResidualBlock(2 * width, 4 * width, n_step)
        self.up2 = ResidualBlock(6 * width, 2 * width, n_step)
        self.up1 = ResidualBlock(3 * width, width, n_step)
        self.leave = nn.Sequential(
            nn.GroupNorm(GROUPS, width), nn.SiLU(), nn.Conv2d(width, channels, 3, padding=1)
        )

    def forward(self, x: Tensor, step: Tensor) -> Tensor:
        """Predict the noise in images at their steps."""
        height, width = x.shape[-2:]
        # Two halvings: the size must be a multiple of 4.
        x = pad(x, (0, -width % 4, 0, -height % 4), mode="replicate")
        embedded = self.embed(step_embedding(step, self.width))
        full = self.down1(self.enter(x), embedded)
        half = self.down2(_halve(full), embedded)
        quarter = self.middle(_halve(half), embedded)
        half = self.up2(torch.cat([_double(quarter), half], dim=1), embedded)
        full = self.up1(torch.cat([_double(half), full], dim=1), embedded)
        return torch.as_tensor(self.leave(full)[..., :height, :width])


def _halve(x: Tensor) -> Tensor:
    return nn.functional.avg_pool2d(x, 2)


def _double(x: Tensor) -> Tensor:
    return interpolate(x, scale_factor=2.0, mode="nearest")
