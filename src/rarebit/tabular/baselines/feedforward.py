"""MLP and ResNet for tables (arXiv 2506.13987, section 4.4)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from rarebit.tabular.network.layers import BatchNorm, Linear


def make_mlp(n_features: int, n_classes: int, widths: tuple[int, ...] = (128, 64)) -> nn.Module:
    """Hidden layers with batch norm and ReLU, then a linear classifier."""
    layers: list[nn.Module] = []
    for width_in, width_out in zip((n_features, *widths), widths, strict=False):
        layers += [Linear(width_in, width_out), BatchNorm(width_out), nn.ReLU()]
    return nn.Sequential(*layers, Linear(widths[-1], n_classes))


class ResNet(nn.Module):
    """Three residual blocks between two linear layers.

    The paper says no more; here a block is linear, batch norm, ReLU, linear, batch norm, added to
    its input before a last ReLU.
    """

    def __init__(
        self, n_features: int, n_classes: int, width: int = 128, n_blocks: int = 3
    ) -> None:
        super().__init__()
        self.enter = Linear(n_features, width)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                Linear(width, width),
                BatchNorm(width),
                nn.ReLU(),
                Linear(width, width),
                BatchNorm(width),
            )
            for _ in range(n_blocks)
        )
        self.leave = Linear(width, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(..., n_rows, n_features)`` to ``(..., n_rows, n_classes)``."""
        x = self.enter(x)
        for block in self.blocks:
            x = functional.relu(x + block(x))
        return self.leave(x)
