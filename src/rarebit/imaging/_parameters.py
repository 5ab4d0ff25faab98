"""Which parameters the classifier takes, and which go together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rarebit._common.checks import warn
from rarebit._common.devices import find_device
from rarebit._common.parameters import (
    COUNT,
    NON_NEGATIVE,
    OPTIONAL_PATH,
    POSITIVE,
    TRUTH,
    Bounds,
    Kind,
    Rule,
    check_parameters,
)
from rarebit._common.random_state import check_random_state
from rarebit.exceptions import InputError
from rarebit.imaging.augmentation import AUGMENTERS, ImageAugmenter
from rarebit.imaging.backbones import BACKBONES
from rarebit.imaging.heads import HEADS
from rarebit.imaging.heads.build import LAYERS
from rarebit.imaging.images.pixels import IMAGE_SIZE
from rarebit.imaging.images.splits import SHARE
from rarebit.imaging.parts import OWN, is_storable, part_name

_RULES: dict[str, Rule] = {
    "backbone": (*BACKBONES, *OWN),
    "head": (*HEADS, *OWN),
    "augmenter": (None, *AUGMENTERS, Kind(ImageAugmenter, "an ImageAugmenter")),
    "weights": OPTIONAL_PATH,
    "image_size": IMAGE_SIZE,
    "n_layers": (LAYERS,),
    "epochs": COUNT,
    "batch_size": (Bounds(int, 2),),
    "learning_rate": POSITIVE,
    "weight_decay": NON_NEGATIVE,
    "validation_fraction": (SHARE,),
    "patience": (None, Bounds(int, 1)),
    "keep_duplicates_together": TRUTH,
    "checkpoint_dir": OPTIONAL_PATH,
    "resume": TRUTH,
    "trainer_options": (None, Kind(Mapping, "a mapping of arguments of Lightning's Trainer")),
    "verbose": (*TRUTH, Bounds(int, 0)),
}


def check_model(model: Any) -> None:
    """Refuse parameters of an SDAQECClassifier out of range, or that do not go together."""
    check_parameters(model, _RULES)
    check_random_state(model.random_state)
    find_device(model.device)
    if model.resume and model.checkpoint_dir is None:
        raise InputError("checkpoint_dir is None: give the folder to resume from.")
    if model.resume and not isinstance(model.random_state, int | np.integer):
        raise InputError(
            f"random_state is {model.random_state!r}: give the same integer as before to resume, "
            "or the images would be split differently."
        )


def unstorable(model: Any) -> list[str]:
    """Parts that a stored model could not refer to, as ``"head is Sequential"``."""
    parts = {name: getattr(model, name) for name in ("backbone", "head")}
    return [f"{name} is {part_name(part)}" for name, part in parts.items() if not is_storable(part)]


def warn_of_unstorable(model: Any) -> None:
    """Warn before training of what :func:`rarebit.save` will refuse afterwards."""
    for part in unstorable(model):
        warn(
            "RB301",
            f"{part}, so the fitted model cannot be saved: give a factory that can be imported (a "
            "function or class of a module) if you want to save it.",
            stacklevel=4,
        )
