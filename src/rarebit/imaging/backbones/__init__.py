"""Networks that turn images into features, with torchvision's parameter names."""

from rarebit.imaging.backbones._base import Backbone
from rarebit.imaging.backbones.build import BACKBONES, build_backbone
from rarebit.imaging.backbones.densenet import DenseNet121
from rarebit.imaging.backbones.mobilenet import MobileNetV2
from rarebit.imaging.backbones.resnet import ResNet18
from rarebit.imaging.backbones.vgg import VGG16

__all__ = [
    "BACKBONES",
    "VGG16",
    "Backbone",
    "DenseNet121",
    "MobileNetV2",
    "ResNet18",
    "build_backbone",
]
