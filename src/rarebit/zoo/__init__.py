"""The registry of classifiers and treatments, and the treated classifier built from them."""

from rarebit.zoo.pipeline import build_pipeline
from rarebit.zoo.presets import PRESETS, Preset
from rarebit.zoo.registry import (
    as_classifier_spec,
    as_treatment,
    compatible,
    get_classifier,
    get_treatment,
    list_classifiers,
    list_treatments,
)
from rarebit.zoo.resampling import Resampled, resample_table
from rarebit.zoo.samplers import AdaptiveSampler
from rarebit.zoo.scoring import Scored, score_table
from rarebit.zoo.spec import ClassifierSpec, Treatment, raw_proba
from rarebit.zoo.treated import TreatedClassifier

__all__ = [
    "PRESETS",
    "AdaptiveSampler",
    "ClassifierSpec",
    "Preset",
    "Resampled",
    "Scored",
    "TreatedClassifier",
    "Treatment",
    "as_classifier_spec",
    "as_treatment",
    "build_pipeline",
    "compatible",
    "get_classifier",
    "get_treatment",
    "list_classifiers",
    "list_treatments",
    "raw_proba",
    "resample_table",
    "score_table",
]
