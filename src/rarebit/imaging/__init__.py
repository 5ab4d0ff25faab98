"""SDA-QEC: rare classes in medical images. Needs the extra ``imaging``."""

from rarebit._common.optional import import_extra

import_extra("torch", extra="imaging")

from rarebit.imaging.augmentation import (  # noqa: E402
    DDPMAugmenter,
    ForwardDiffusionAugmenter,
    GaussianNoiseAugmenter,
    ImageAugmenter,
    MixupAugmenter,
    RandomAffineAugmenter,
)
from rarebit.imaging.classifier import SDAQECClassifier  # noqa: E402
from rarebit.imaging.demo import digit_images  # noqa: E402
from rarebit.imaging.evaluation import ImageEvaluation, evaluate  # noqa: E402
from rarebit.imaging.fidelity import (  # noqa: E402
    extract_features,
    feature_extractor,
    frechet_distance,
    own_class_share,
)
from rarebit.imaging.heads import CircuitReadout, Hardware, QuantumHead  # noqa: E402
from rarebit.imaging.holdout import HoldoutResult, fit_and_evaluate  # noqa: E402
from rarebit.imaging.images import ImageData, read_images  # noqa: E402
from rarebit.imaging.network import (  # noqa: E402
    ImageNetwork,
    NetworkSpec,
    build_network,
    count_parameters,
)

__all__ = [
    "CircuitReadout",
    "DDPMAugmenter",
    "ForwardDiffusionAugmenter",
    "GaussianNoiseAugmenter",
    "Hardware",
    "HoldoutResult",
    "ImageAugmenter",
    "ImageData",
    "ImageEvaluation",
    "ImageNetwork",
    "MixupAugmenter",
    "NetworkSpec",
    "QuantumHead",
    "RandomAffineAugmenter",
    "SDAQECClassifier",
    "build_network",
    "count_parameters",
    "digit_images",
    "evaluate",
    "extract_features",
    "feature_extractor",
    "fit_and_evaluate",
    "frechet_distance",
    "own_class_share",
    "read_images",
]
