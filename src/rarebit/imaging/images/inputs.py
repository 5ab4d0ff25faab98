"""Images and labels as arrays, from arrays or torch data sets."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch.utils.data import Dataset

from rarebit.exceptions import InputError
from rarebit.imaging.images.labels import check_labels
from rarebit.imaging.images.pixels import check_images


def images_and_labels(X: Any, y: ArrayLike | None) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels from arrays, or from a torch data set of pairs."""
    if isinstance(X, Dataset) and y is None:
        pairs = _items(X)
        for i, pair in enumerate(pairs):
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise InputError(
                    f"Item {i} of the data set is not a pair of an image and a label: give pairs, "
                    "or give the labels as y."
                )
        images = check_images([_as_array(image) for image, _ in pairs])
        return images, check_labels([_as_label(label) for _, label in pairs], len(images))
    if y is None:
        raise InputError("y is missing: give one label for each image.")
    images = images_of(X)
    return images, check_labels(y, len(images))


def images_of(X: Any) -> np.ndarray:
    """Images from an array or a torch data set."""
    if isinstance(X, Dataset):
        bare = [item[0] if isinstance(item, tuple | list) and item else item for item in _items(X)]
        return check_images([_as_array(image) for image in bare])
    return check_images(X)


def _items(X: Any) -> list[Any]:
    """All items of a torch data set."""
    if not hasattr(X, "__len__"):
        raise InputError(
            "The data set has no length: give one with __len__ and __getitem__, or arrays."
        )
    return [X[i] for i in range(len(X))]


def _as_array(image: Any) -> np.ndarray:
    """One image with channels last."""
    is_tensor = isinstance(image, torch.Tensor)
    array = np.asarray(image.detach().cpu() if is_tensor else image)
    return np.moveaxis(array, 0, -1) if is_tensor and array.ndim == 3 else array


def _as_label(label: Any) -> Any:
    """A label as a plain value; MedMNIST's are arrays of one."""
    if not isinstance(label, np.ndarray | torch.Tensor):
        return label
    if label.reshape(-1).shape[0] != 1:
        raise InputError(
            f"The data set has a label of shape {tuple(label.shape)}: give one label an image; "
            "several are not supported."
        )
    return label.reshape(-1)[0].item()
