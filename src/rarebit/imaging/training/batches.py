"""Images as batches, in an order that follows from the seed and the epoch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from rarebit.imaging.images.pixels import to_tensor

Batches = DataLoader[tuple[Tensor, int]]


class ImageRows(Dataset[tuple[Tensor, int]]):
    """Images and label codes as a torch data set."""

    def __init__(self, images: np.ndarray, codes: np.ndarray, channels: int) -> None:
        self.images = images
        self.codes = codes
        self.channels = channels

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        pixels = to_tensor(self.images[index : index + 1], self.channels)[0]
        return pixels, int(self.codes[index])


class EpochShuffle(Sampler[int]):
    """Another order every epoch, which depends on the seed and the epoch's number alone."""

    def __init__(self, n: int, seed: int) -> None:
        self.n = n
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Lightning calls this before every epoch, also the first after a resume."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.n

    def __iter__(self) -> Iterator[int]:
        return iter(np.random.default_rng([self.seed, self.epoch]).permutation(self.n).tolist())


def training_batches(rows: ImageRows, size: int, seed: int) -> Batches:
    """Shuffled batches; a last batch of one image, on which batch norm cannot train, is dropped."""
    n = len(rows)
    return DataLoader(
        rows,
        size,
        sampler=EpochShuffle(n, seed),
        drop_last=n % size == 1,
        # Its own generator: the loader's draws must not advance the one that a resume restores.
        generator=torch.Generator().manual_seed(seed),
    )


def validation_batches(rows: ImageRows, size: int) -> Batches | None:
    """Batches in order; None without images."""
    return DataLoader(rows, 2 * size, generator=torch.Generator()) if len(rows) else None
