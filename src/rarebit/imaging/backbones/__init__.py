"""Networks that turn images into features, with torchvision's parameter names."""

from rarebit.imaging.backbones._base import Backbone
from rarebit.imaging.backbones.build import BACKBONES, build_backbone

__all__ = [
    "BACKBONES",
    "Backbone",
    "build_backbone",
]
