"""The data sets: open images that stand in for the private ones, and how they are split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rarebit.imaging.images import (
    ImageData,
    find_duplicates,
    keep_together,
    read_images,
    set_aside,
)

WEIGHTS = Path("weights") / "mobilenet_v2_imagenet_folded.npz"


def pneumonia(data_dir: Path, rare: bool, size: int) -> ImageData:
    """Read PneumoniaMNIST; its rare class, normal, cut to 1 : 10 in training where wanted."""
    data = read_images(data_dir / "images" / "pneumoniamnist.npz", image_size=size)
    if not rare:
        return data
    assert data.labels is not None
    assert data.split is not None
    training = data.split != "test"
    normal = np.flatnonzero(training & (data.labels == 0))
    wanted = int((training & (data.labels == 1)).sum()) // 10
    left_out = np.random.default_rng(0).permutation(normal)[wanted:]
    return data.take(np.setdiff1d(np.arange(len(data)), left_out))


def busi(data_dir: Path, size: int) -> ImageData:
    """Read BUSI: malignant (1) against normal and benign (0)."""
    path = data_dir / "images" / "busi_128.npz"
    data = read_images(path, image_size=size)
    assert data.labels is not None
    return ImageData(data.images, (data.labels == 2).astype(int), data.names, source=str(path))


PNEUMONIA, RARE, BUSI = "pneumonia", "pneumonia 1:10", "busi malignant"
DATASETS: dict[str, Callable[[Path, int], ImageData]] = {
    PNEUMONIA: lambda folder, size: pneumonia(folder, False, size),
    RARE: lambda folder, size: pneumonia(folder, True, size),
    BUSI: busi,
}


@dataclass(frozen=True, eq=False)
class Grouped:
    """Images with the sets of duplicates and groups that must not be parted."""

    images: np.ndarray
    labels: np.ndarray
    split: np.ndarray | None
    sets: np.ndarray

    @property
    def rare(self) -> int:
        """Code of the class with fewer images outside of the data's own test part."""
        rows = slice(None) if self.split is None else self.split != "test"
        return int(np.bincount(self.labels[rows]).argmin())


def load(name: str, data_dir: Path, size: int) -> Grouped:
    """Read a data set and find its duplicates."""
    data = DATASETS[name](data_dir, size)
    assert data.labels is not None
    sets = keep_together(len(data), find_duplicates(data.images), data.groups)
    return Grouped(data.images, data.labels.astype(np.int64), data.split, sets)


def training_and_test(data: Grouped, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Training and test positions, duplicates on one side.

    The data's own test part is used where there is one, else a fifth, drawn anew for each seed.
    """
    if data.split is None:
        return set_aside(data.labels, 0.2, data.sets, seed)
    test = np.flatnonzero(data.split == "test")
    # A training image with a duplicate among the test images is left out.
    rest = np.flatnonzero((data.split != "test") & ~np.isin(data.sets, data.sets[test]))
    return rest, test
