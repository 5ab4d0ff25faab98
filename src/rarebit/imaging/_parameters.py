"""Which parameters `SDAQECClassifier` takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rarebit.exceptions import InputError
from rarebit.imaging._checks import is_integer, require
from rarebit.imaging.augmentation import AUGMENTERS, ImageAugmenter
from rarebit.imaging.backbones import BACKBONES
from rarebit.imaging.heads import HEADS

if TYPE_CHECKING:
    from rarebit.imaging.classifier import SDAQECClassifier


def check_parameters(model: SDAQECClassifier) -> None:
    """Refuse parameters out of their range."""
    for name, names in (("backbone", BACKBONES), ("head", HEADS)):
        value = getattr(model, name)
        require(value in names, name, value, f"one of {', '.join(names)}")
    known = model.augmenter is None or isinstance(model.augmenter, ImageAugmenter)
    require(
        known or model.augmenter in AUGMENTERS, "augmenter", model.augmenter,
        f"None, an ImageAugmenter or one of {', '.join(AUGMENTERS)}",
    )  # fmt: skip
    for name, low in (("epochs", 1), ("batch_size", 2), ("n_layers", 1)):
        value = getattr(model, name)
        require(is_integer(value, low), name, value, f"an integer of at least {low}")
    for name in ("image_size", "patience"):
        value = getattr(model, name)
        require(value is None or is_integer(value, 1), name, value, "None or an integer above 0")
    require(model.learning_rate > 0, "learning_rate", model.learning_rate, "a number above 0")
    require(model.weight_decay >= 0, "weight_decay", model.weight_decay, "a number from 0 on")
    if model.resume and model.checkpoint_dir is None:
        raise InputError("resume=True needs checkpoint_dir: the folder to resume from.")
    if model.resume and not is_integer(model.random_state, 0):
        raise InputError(
            "resume=True needs an integer for random_state, the same as before: else the "
            "images would be split anew."
        )
