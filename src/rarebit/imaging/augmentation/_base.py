"""What the augmenters share: how many images, from which parents, and where each came from."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from rarebit._common.random_state import RandomState, as_generator
from rarebit.imaging._checks import check_random_state, is_number, require
from rarebit.imaging.images.labels import check_labels
from rarebit.imaging.images.pixels import check_images, from_unit, to_unit

# Images made at once: bounds the memory at any size of the class.
CHUNK = 256

# Columns of the provenance that point at images.
POSITIONS = {"parent", "partner", "nearest"}

Provenance = Mapping[str, np.ndarray]


class ImageAugmenter(BaseEstimator):
    """Template of the augmenters: a subclass says how new images come from a class's own."""

    rho: float
    random_state: RandomState
    synthetic_: pd.DataFrame

    def fit_resample(self, images: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Add synthetic images to every class that has too few.

        Parameters
        ----------
        images : array of shape (n, height, width) or (n, height, width, channels)
            Grey or RGB; unsigned integers, or floating-point numbers in [0, 1].
        labels : array of shape (n,)
            Class labels.

        Returns
        -------
        images : ndarray
            The originals in their order, then the synthetic ones; of the type of the input.
        labels : ndarray
            Their labels.

        Raises
        ------
        InputError
            If images or labels cannot be used, or a parameter is out of its range.
        """
        array = check_images(images)
        self._check(array)
        target = check_labels(labels, len(array), "labels")
        rng = as_generator(self.random_state)
        made, tables = [array], []
        for label, n_new in _numbers_needed(target, self.rho).items():
            rows = np.flatnonzero(target == label)
            new, provenance = self._add(array[rows], n_new, rng)
            made.append(new)
            for name in POSITIONS & set(provenance):
                place = provenance[name]
                provenance[name] = np.where(place < 0, -1, rows[place])
            names = np.full(n_new, label, dtype=target.dtype)
            tables.append(pd.DataFrame({"label": names, **provenance}))
        self.synthetic_ = pd.concat(tables, ignore_index=True) if tables else _empty(target)
        self.synthetic_.insert(0, "row", len(array) + np.arange(len(self.synthetic_)))
        out = np.concatenate(made)
        return out, np.concatenate([target, self.synthetic_["label"].to_numpy(target.dtype)])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array, tags.input_tags.three_d_array = False, True
        return tags

    def _add(
        self, pool: np.ndarray, n_new: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Make ``n_new`` images of one class from all of its own."""
        parents = draw_evenly(len(pool), n_new, rng)
        unit = to_unit(pool)
        learned = self._learn(unit, rng)
        images, tables = [], []
        for first in range(0, n_new, CHUNK):
            chunk = parents[first : first + CHUNK]
            made, provenance = self._synthesise(unit, chunk, rng, learned)
            images.append(from_unit(made, pool.dtype))
            tables.append({"parent": chunk, **provenance})
        joined = {name: np.concatenate([t[name] for t in tables]) for name in tables[0]}
        return np.concatenate(images), joined

    def _check(self, images: np.ndarray) -> None:
        """Refuse parameters out of their range, or that do not fit the images."""
        fits = is_number(self.rho) and 0 < self.rho <= 1
        require(fits, "rho", self.rho, "a number above 0 and at most 1")
        check_random_state(self.random_state)

    def _learn(self, pool: np.ndarray, rng: np.random.Generator) -> Any:
        """Learn from all images of a class what :meth:`_synthesise` is to be given."""
        return None

    @abstractmethod
    def _synthesise(
        self, pool: np.ndarray, parents: np.ndarray, rng: np.random.Generator, learned: Any
    ) -> tuple[np.ndarray, Provenance]:
        """Make one image from each parent.

        Parameters
        ----------
        pool : ndarray of shape (n, height, width[, 3]), float32
            All images of the class, in [0, 1].
        parents : ndarray of shape (m,)
            Positions in the pool.
        rng : numpy.random.Generator
            Source of chance.
        learned : object
            What :meth:`_learn` returned.

        Returns
        -------
        images : ndarray of shape (m, height, width[, 3])
        provenance : dict of str to ndarray of shape (m,)
            What was drawn for each. ``"parent"`` replaces the parents (-1 for none);
            ``"partner"`` and ``"nearest"`` are positions in the pool, too.
        """


def draw_evenly(n: int, n_drawn: int, rng: np.random.Generator) -> np.ndarray:
    """Draw positions so that none comes up twice more often than another.

    Examples
    --------
    >>> drawn = draw_evenly(3, 7, np.random.default_rng(0))
    >>> sorted(np.bincount(drawn).tolist())
    [2, 2, 3]
    """
    rounds = [rng.permutation(n) for _ in range(-(-n_drawn // n))]
    return np.concatenate(rounds)[:n_drawn] if rounds else np.empty(0, dtype=np.int64)


def _numbers_needed(labels: np.ndarray, rho: float) -> dict[Any, int]:
    """How many images each class lacks of ``rho`` times the largest class."""
    classes, counts = np.unique(labels, return_counts=True)
    wanted = np.ceil(rho * counts.max() - 1e-9).astype(np.int64)
    return {
        label: int(wanted - count)
        for label, count in zip(classes, counts, strict=True)
        if count < wanted
    }


def _empty(labels: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {"label": np.empty(0, dtype=labels.dtype), "parent": np.empty(0, dtype=np.int64)}
    )
