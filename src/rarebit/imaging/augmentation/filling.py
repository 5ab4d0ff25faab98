"""Fill up the rare classes of the training images, and record where each image came from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rarebit.imaging.augmentation._base import POSITIONS, ImageAugmenter

# Synthetic images kept beside their parents, to look at.
N_EXAMPLES = 12


@dataclass(frozen=True, eq=False)
class FilledUp:
    """Training images with their labels, then synthetic ones."""

    images: np.ndarray
    labels: np.ndarray
    provenance: pd.DataFrame  # the augmenter's `synthetic_`, with positions among all images
    examples: np.ndarray  # (n, 2, h, w[, 3]): some synthetic images, each after its real one


def fill_up(
    images: np.ndarray, labels: np.ndarray, kept: np.ndarray, augmenter: ImageAugmenter | None
) -> FilledUp:
    """Add synthetic images to the training images.

    Parameters
    ----------
    images, labels : ndarray
        All images and their labels.
    kept : ndarray of int64
        Positions of the training images.
    augmenter : ImageAugmenter or None
        Makes the synthetic images; None makes none.

    Returns
    -------
    FilledUp

    Examples
    --------
    >>> from rarebit.imaging.augmentation import MixupAugmenter
    >>> labels = np.array([0, 0, 0, 1, 1])
    >>> mixup = MixupAugmenter(rho=1.0, random_state=0)
    >>> filled = fill_up(np.zeros((5, 4, 4)), labels, np.array([1, 2, 4]), mixup)
    >>> filled.labels.tolist(), filled.provenance["parent"].tolist()
    ([0, 0, 1, 1], [4])
    """
    if augmenter is None:
        none = np.empty((0, 2, *images.shape[1:]), dtype=images.dtype)
        return FilledUp(images[kept], labels[kept], pd.DataFrame(), none)
    more, more_labels = augmenter.fit_resample(images[kept], labels[kept])
    table = augmenter.synthetic_.copy()
    for name in POSITIONS & set(table.columns):
        place = table[name].to_numpy()
        table[name] = np.where(place < 0, -1, kept[place])
    table["row"] = len(images) + np.arange(len(table))
    origin = table["nearest" if "nearest" in table.columns else "parent"].to_numpy()
    shown = np.linspace(0, len(table) - 1, min(N_EXAMPLES, len(table))).astype(int)
    examples = np.stack([images[origin[shown]], more[len(kept) + shown]], axis=1)
    return FilledUp(more, more_labels, table, examples)
