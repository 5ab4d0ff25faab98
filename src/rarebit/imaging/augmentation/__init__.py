"""Synthetic images of rare classes: forward diffusion, its controls, and a full diffusion model."""

from rarebit.imaging.augmentation._base import ImageAugmenter
from rarebit.imaging.augmentation.classical import MixupAugmenter, RandomAffineAugmenter
from rarebit.imaging.augmentation.ddpm import DDPMAugmenter
from rarebit.imaging.augmentation.diffusion import ForwardDiffusionAugmenter, GaussianNoiseAugmenter
from rarebit.imaging.augmentation.filling import fill_up

# Names on the command line and in `SDAQECClassifier(augmenter=...)`.
AUGMENTERS: dict[str, type[ImageAugmenter]] = {
    "diffusion": ForwardDiffusionAugmenter,
    "noise": GaussianNoiseAugmenter,
    "affine": RandomAffineAugmenter,
    "mixup": MixupAugmenter,
    "ddpm": DDPMAugmenter,
}

__all__ = [
    "AUGMENTERS",
    "DDPMAugmenter",
    "ForwardDiffusionAugmenter",
    "GaussianNoiseAugmenter",
    "ImageAugmenter",
    "MixupAugmenter",
    "RandomAffineAugmenter",
    "fill_up",
]
