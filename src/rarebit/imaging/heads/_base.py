"""What the heads share."""

from __future__ import annotations

from torch import Tensor, nn


class Head(nn.Module):
    """Features (n, n_features) to logits (n, n_classes): its parts, one after the other.

    ``interface``: Names of the parts that the paper counts (circuit and last layer).
    """

    interface: tuple[str, ...] = ("classify",)

    def forward(self, features: Tensor) -> Tensor:
        """Map features to logits."""
        for part in self.children():
            features = part(features)
        return features


def reduction(n_features: int, width: int) -> nn.Module:
    """Reduce features to a few that are not negative."""
    return nn.Sequential(nn.Linear(n_features, width), nn.ReLU())
