"""What a user may give as images and labels, as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch.utils.data import Dataset

from rarebit.exceptions import InputError
from rarebit.imaging.pixels import check_images


def images_and_labels(X: Any, y: ArrayLike | None) -> tuple[np.ndarray, np.ndarray]:
    """Arrays of images and labels from arrays, or from a torch data set of pairs."""
    if isinstance(X, Dataset) and y is None:
        pairs = [X[i] for i in range(len(X))]  # type: ignore[arg-type]
        images = check_images([_as_array(image) for image, _ in pairs])
        return images, np.array([_as_label(label) for _, label in pairs])
    if y is None:
        raise InputError("y is missing: give one label for each image.")
    images, labels = images_of(X), np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == 1:  # as MedMNIST has them
        labels = labels[:, 0]
    if labels.shape != (len(images),):
        raise InputError(
            f"y has the shape {labels.shape}: give one label for each of the {len(images)} images."
        )
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        raise InputError("y holds labels that are missing; leave those images out.")
    return images, labels


def images_of(X: Any) -> np.ndarray:
    """An array of images from an array or a torch data set."""
    if isinstance(X, Dataset):
        items = [X[i] for i in range(len(X))]  # type: ignore[arg-type]
        bare = [item[0] if isinstance(item, tuple | list) else item for item in items]
        return check_images([_as_array(image) for image in bare])
    return check_images(X)


def _as_array(image: Any) -> np.ndarray:
    """One image with channels last."""
    array = np.asarray(image)
    is_tensor = isinstance(image, torch.Tensor)
    return np.moveaxis(array, 0, -1) if is_tensor and array.ndim == 3 else array


def _as_label(label: Any) -> Any:
    """A label as a plain value: MedMNIST's are arrays of one."""
    return label.reshape(-1)[0].item() if isinstance(label, np.ndarray | torch.Tensor) else label
