"""The registry of classifiers and treatments, and the treated classifier built from them."""

from rarebit.zoo.presets import PRESETS, Preset
from rarebit.zoo.prevalence import at_prevalence
from rarebit.zoo.registry import get_classifier, get_treatment, list_classifiers, list_treatments
from rarebit.zoo.resampling import resample_table
from rarebit.zoo.scoring import score_table
from rarebit.zoo.spec import raw_proba
from rarebit.zoo.treated import TreatedClassifier

__all__ = [
    "PRESETS",
    "Preset",
    "TreatedClassifier",
    "at_prevalence",
    "get_classifier",
    "get_treatment",
    "list_classifiers",
    "list_treatments",
    "raw_proba",
    "resample_table",
    "score_table",
]
