"""Which parameters `SDAQECClassifier` takes."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING

from rarebit._common.devices import find_device
from rarebit.exceptions import InputError
from rarebit.imaging._checks import (
    check_image_size,
    check_random_state,
    is_integer,
    is_number,
    is_truth,
    require,
)
from rarebit.imaging.augmentation import AUGMENTERS, ImageAugmenter
from rarebit.imaging.backbones import BACKBONES
from rarebit.imaging.heads import HEADS, MOST_LAYERS

if TYPE_CHECKING:
    from rarebit.imaging.classifier import SDAQECClassifier


def check_parameters(model: SDAQECClassifier) -> None:
    """Refuse parameters out of their range."""
    _check_parts(model)
    for name, low, high in (("epochs", 1, None), ("batch_size", 2, None),
                            ("n_layers", 1, MOST_LAYERS)):  # fmt: skip
        value = getattr(model, name)
        bounds = f"of at least {low}" if high is None else f"from {low} to {high}"
        require(is_integer(value, low, high), name, value, f"an integer {bounds}")
    check_image_size(model.image_size)
    patience, rate, decay = model.patience, model.learning_rate, model.weight_decay
    fits = patience is None or is_integer(patience, 1)
    require(fits, "patience", patience, "None or an integer above 0")
    require(is_number(rate) and rate > 0, "learning_rate", rate, "a finite number above 0")
    require(is_number(decay) and decay >= 0, "weight_decay", decay, "a finite number from 0 on")
    share = model.validation_fraction
    fits = is_number(share) and 0 <= share <= 0.5
    require(fits, "validation_fraction", share, "a number from 0 to 0.5")
    check_random_state(model.random_state)
    for name in ("keep_duplicates_together", "resume"):
        require(is_truth(getattr(model, name)), name, getattr(model, name), "True or False")
    verbose = model.verbose
    require(is_truth(verbose) or is_integer(verbose, 0), "verbose", verbose, "True or False")
    options = model.trainer_options
    require(
        options is None or isinstance(options, Mapping), "trainer_options", options,
        "a dict of arguments of Lightning's Trainer, or None",
    )  # fmt: skip
    if model.resume and model.checkpoint_dir is None:
        raise InputError("resume=True needs checkpoint_dir: the folder to resume from.")
    if model.resume and not is_integer(model.random_state, 0):
        raise InputError(
            "resume=True needs an integer for random_state, the same as before: else the "
            "images would be split anew."
        )


def _check_parts(model: SDAQECClassifier) -> None:
    """Refuse parts of the model, files and devices that there are not."""
    for name, names in (("backbone", BACKBONES), ("head", HEADS)):
        value = getattr(model, name)
        known = isinstance(value, str) and value in names
        require(known, name, value, f"one of {', '.join(names)}")
    own = model.augmenter
    known = own in AUGMENTERS if isinstance(own, str) else own is None
    require(
        known or isinstance(own, ImageAugmenter), "augmenter", own,
        f"None, an ImageAugmenter or one of {', '.join(AUGMENTERS)}",
    )  # fmt: skip
    for name in ("weights", "checkpoint_dir"):
        value = getattr(model, name)
        require(value is None or isinstance(value, str | PathLike), name, value, "a path or None")
    find_device(model.device)
