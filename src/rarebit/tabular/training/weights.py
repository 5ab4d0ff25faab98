"""Row weights and class weights, as factors on the loss of each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight

from rarebit._common.parameters import NON_NEGATIVE, check_value
from rarebit.exceptions import InputError


def scale_weights(weight: np.ndarray) -> np.ndarray:
    """Scale weights to mean 1, so that they do not change the learning rate."""
    scaled = weight / weight.max()  # first, so that their sum cannot overflow
    return np.asarray(scaled / scaled.mean())


def loss_weights(
    weight: np.ndarray | None, class_weight: Any, labels: np.ndarray
) -> np.ndarray | None:
    """Multiply the row weights by those of the classes; None weights all rows equally."""
    if class_weight is None:
        return weight
    if isinstance(class_weight, Mapping):
        _check_classes(class_weight, np.unique(labels).tolist())
    by_class = compute_sample_weight(class_weight, labels)
    return scale_weights(by_class if weight is None else by_class * weight)


def _check_classes(class_weight: Mapping[Any, Any], classes: list[Any]) -> None:
    """Require a weight for each class that is named, and one above 0."""
    unknown = [label for label in class_weight if label not in classes]
    if unknown and len(class_weight) - len(unknown) < len(classes):
        raise InputError(
            f"class_weight is {class_weight!r}: y has no class {unknown[0]!r}, give weights for "
            f"{classes}."
        )
    for label, weight in class_weight.items():
        check_value(f"class_weight[{label!r}]", weight, *NON_NEGATIVE)
    if not any(class_weight.get(label, 1) for label in classes):
        raise InputError(f"class_weight is {class_weight!r}: give a weight above 0 to one class.")
