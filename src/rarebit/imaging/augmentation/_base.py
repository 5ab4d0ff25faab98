"""What the augmenters share: how many images, from which parents, and their provenance."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from rarebit._common.parameters import Bounds, Rule, check_parameters
from rarebit._common.random_state import RandomState, as_generator, check_random_state
from rarebit.imaging.images.labels import check_labels
from rarebit.imaging.images.pixels import check_images, from_unit, to_unit

# Images made at once, to bound the memory.
CHUNK = 256

# Columns of the provenance that are positions of images.
POSITIONS = {"parent", "partner", "nearest"}

Provenance = Mapping[str, np.ndarray]


class ImageAugmenter(BaseEstimator):
    """Base class of augmenters: a subclass makes new images from those of one class.

    It defines ``_synthesise(pool, parents, rng, learned)`` and, where needed, ``_learn(pool, rng)``
    and the ``_RULES`` of its parameters.

    Examples
    --------
    >>> class Copies(ImageAugmenter):
    ...     def __init__(self, rho=1.0, random_state=None):
    ...         self.rho, self.random_state = rho, random_state
    ...
    ...     def _synthesise(self, pool, parents, rng, learned):
    ...         return pool[parents], {}
    >>> Copies().fit_resample(np.zeros((3, 4, 4)), [0, 0, 1])[1].tolist()
    [0, 0, 1, 1]
    """

    _RULES: ClassVar[Mapping[str, Rule]] = {}
    rho: float
    random_state: RandomState
    synthetic_: pd.DataFrame

    def fit_resample(self, images: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Add synthetic images to every class that has too few: the originals, then these.

        Images ``(n, h, w)`` or ``(n, h, w, 3)`` are unsigned integers, or floating-point numbers in
        [0, 1], and stay so; labels are ``(n,)``.
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
        """Make ``n_new`` images of one class."""
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
        """Check the parameters, alone and against the images."""
        check_parameters(self, {**self._RULES, "rho": (Bounds(float, 0, 1, open_low=True),)})
        check_random_state(self.random_state)

    def _learn(self, pool: np.ndarray, rng: np.random.Generator) -> Any:
        """Learn what :meth:`_synthesise` needs from the images of a class, (n, h, w[, 3])."""
        return None

    @abstractmethod
    def _synthesise(
        self, pool: np.ndarray, parents: np.ndarray, rng: np.random.Generator, learned: Any
    ) -> tuple[np.ndarray, Provenance]:
        """Make one image from each parent: images (m, h, w[, 3]), and their provenance.

        ``pool`` (n, h, w[, 3]) holds all images of the class, float32 in [0, 1]; ``parents`` (m,)
        are positions in it. The provenance has one value an image: ``"parent"`` replaces the
        parents (-1 for none); ``"partner"`` and ``"nearest"`` are positions in the pool as well.
        """


def draw_evenly(n: int, n_drawn: int, rng: np.random.Generator) -> np.ndarray:
    """Draw positions 0 .. n - 1, each as often as the others, give or take one.

    >>> drawn = draw_evenly(3, 7, np.random.default_rng(0))
    >>> sorted(np.bincount(drawn).tolist())
    [2, 2, 3]
    """
    rounds = [rng.permutation(n) for _ in range(-(-n_drawn // n))]
    return np.concatenate(rounds)[:n_drawn] if rounds else np.empty(0, dtype=np.int64)


def _numbers_needed(labels: np.ndarray, rho: float) -> dict[Any, int]:
    """Images that each class is short of ``rho`` times the largest class."""
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
