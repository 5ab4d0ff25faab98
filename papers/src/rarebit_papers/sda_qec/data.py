"""The data sets: open images that stand in for the private ones, and how they are split."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from rarebit.imaging.images import find_duplicates, keep_together, read_images, set_aside

WEIGHTS = Path("weights") / "mobilenet_v2_imagenet_folded.npz"


PNEUMONIA, RARE, BUSI = "pneumonia", "pneumonia 1:10", "busi malignant"


@dataclass(frozen=True, eq=False)
class Grouped:
    """Images with the sets of duplicates and groups that must stay together."""

    images: np.ndarray
    labels: np.ndarray
    split: np.ndarray | None
    sets: np.ndarray

    @property
    def rare(self) -> int:
        """Code of the class with fewer images outside the data's own test set."""
        rows = slice(None) if self.split is None else self.split != "test"
        return int(np.bincount(self.labels[rows]).argmin())


@lru_cache(maxsize=4)
def load(name: str, data_dir: Path, size: int) -> Grouped:
    """Read a data set and find its duplicates.

    PneumoniaMNIST has a rare class, normal, which ``RARE`` cuts to 1 : 10 in training; of BUSI,
    malignant (1) is held against normal and benign (0).
    """
    file = "busi_128.npz" if name == BUSI else "pneumoniamnist.npz"
    data = read_images(data_dir / "images" / file, image_size=size)
    if name == RARE:
        assert data.labels is not None
        training = data.split != "test"
        normal = np.flatnonzero(training & (data.labels == 0))
        wanted = int((training & (data.labels == 1)).sum()) // 10
        left_out = np.random.default_rng(0).permutation(normal)[wanted:]
        data = data.take(np.setdiff1d(np.arange(len(data)), left_out))
    assert data.labels is not None
    labels = (data.labels == 2) if name == BUSI else data.labels
    sets = keep_together(len(data), find_duplicates(data.images), data.groups)
    return Grouped(data.images, labels.astype(np.int64), data.split, sets)


def training_and_test(data: Grouped, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return training and test positions, duplicates on one side.

    The data's own test set is used if there is one, else a fifth, drawn anew for each seed.
    """
    if data.split is None:
        return set_aside(data.labels, 0.2, data.sets, seed)
    test = np.flatnonzero(data.split == "test")
    # A training image with a duplicate among the test images is left out.
    rest = np.flatnonzero((data.split != "test") & ~np.isin(data.sets, data.sets[test]))
    return rest, test
