"""SDA-QEC: rare classes in medical images. Needs the extra ``imaging``."""

from rarebit._common.optional import import_extra

import_extra("torch")

from rarebit.imaging.augmentation import (  # noqa: E402
    DDPMAugmenter,
    ForwardDiffusionAugmenter,
    GaussianNoiseAugmenter,
    MixupAugmenter,
    RandomAffineAugmenter,
)
from rarebit.imaging.circuits import Hardware  # noqa: E402
from rarebit.imaging.classifier import SDAQECClassifier  # noqa: E402
from rarebit.imaging.evaluation import ImageEvaluation, evaluate  # noqa: E402
from rarebit.imaging.heads import (  # noqa: E402
    ClassicalHead,
    DirectHead,
    LinearHead,
    LQERHead,
    QuantumHead,
)
from rarebit.imaging.images.data import ImageData, read_images  # noqa: E402

__all__ = [
    "ClassicalHead",
    "DDPMAugmenter",
    "DirectHead",
    "ForwardDiffusionAugmenter",
    "GaussianNoiseAugmenter",
    "Hardware",
    "ImageData",
    "ImageEvaluation",
    "LQERHead",
    "LinearHead",
    "MixupAugmenter",
    "QuantumHead",
    "RandomAffineAugmenter",
    "SDAQECClassifier",
    "evaluate",
    "read_images",
]
