"""What a user would do without diffusion: random affine maps, and mixup within a class."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch.nn.functional import affine_grid, grid_sample

from rarebit._common.random_state import RandomState
from rarebit.imaging._checks import is_number, require
from rarebit.imaging.augmentation._base import ImageAugmenter, Provenance


class RandomAffineAugmenter(ImageAugmenter):
    """New images of the rare classes by small rotations, shifts and changes of scale.

    No flips: left and right are not the same in a body.

    Parameters
    ----------
    degrees : float, default=15.0
        Largest rotation either way.
    shift : float, default=0.1
        Largest shift either way, as a share of the image's size.
    scale : float, default=0.1
        Largest change of size either way, as a share.
    rho : float, default=0.7
        Every class is filled up to this share of the largest one.
    random_state : int, Generator, RandomState or None, default=None
        Source of the draws.

    Attributes
    ----------
    synthetic_ : DataFrame
        ``row``, ``label``, ``parent``, ``angle`` (degrees), ``shift_x``, ``shift_y`` and
        ``scale`` of each synthetic image.

    Examples
    --------
    >>> images, labels = np.zeros((3, 8, 8)), np.array([0, 0, 1])
    >>> more, _ = RandomAffineAugmenter(rho=1.0, random_state=0).fit_resample(images, labels)
    >>> more.shape
    (4, 8, 8)
    """

    def __init__(
        self,
        degrees: float = 15.0,
        shift: float = 0.1,
        scale: float = 0.1,
        rho: float = 0.7,
        random_state: RandomState = None,
    ) -> None:
        self.degrees = degrees
        self.shift = shift
        self.scale = scale
        self.rho = rho
        self.random_state = random_state

    def _check(self, images: np.ndarray) -> None:
        super()._check(images)
        fits = is_number(self.degrees) and 0 <= self.degrees <= 180
        require(fits, "degrees", self.degrees, "a number from 0 to 180")
        for name in ("shift", "scale"):
            value = getattr(self, name)
            fits = is_number(value) and 0 <= value < 1
            require(fits, name, value, "a number from 0 to below 1")

    def _synthesise(
        self, pool: np.ndarray, parents: np.ndarray, rng: np.random.Generator, learned: Any
    ) -> tuple[np.ndarray, Provenance]:
        """Map every parent; pixels from outside repeat the border."""
        n = len(parents)
        angle = rng.uniform(-self.degrees, self.degrees, n)
        shift_x, shift_y = rng.uniform(-self.shift, self.shift, (2, n))
        scale = rng.uniform(1 - self.scale, 1 + self.scale, n)

        chosen = pool[parents] if pool.ndim == 4 else pool[parents][..., None]
        pixels = torch.from_numpy(np.moveaxis(chosen, -1, 1))
        maps = _inverse_maps(angle, shift_x, shift_y, scale, pool.shape[1], pool.shape[2])
        grid = affine_grid(torch.from_numpy(maps), list(pixels.shape), align_corners=False)
        moved = grid_sample(pixels, grid, padding_mode="border", align_corners=False)
        images = np.moveaxis(moved.clamp(0, 1).numpy(), 1, -1)
        drawn = {"angle": angle, "shift_x": shift_x, "shift_y": shift_y, "scale": scale}
        return images.reshape(n, *pool.shape[1:]), drawn


def _inverse_maps(
    angle: np.ndarray,
    shift_x: np.ndarray,
    shift_y: np.ndarray,
    scale: np.ndarray,
    height: int,
    width: int,
) -> np.ndarray:
    """Matrices from output to input places, both in [-1, 1], for rotations in pixels."""
    cos = np.cos(np.radians(angle)) / scale
    sin = np.sin(np.radians(angle)) / scale
    aspect = height / width
    rows = [[cos, sin * aspect, -2 * shift_x], [-sin / aspect, cos, -2 * shift_y]]
    return np.moveaxis(np.array(rows, dtype=np.float32), -1, 0)


class MixupAugmenter(ImageAugmenter):
    """New images of the rare classes as mixtures of two images of one class.

    ``lambda x_i + (1 - lambda) x_j`` with ``lambda = max(b, 1 - b)``, ``b ~ Beta(alpha, alpha)``:
    mixup kept inside a class, so that the label stays one class.

    Parameters
    ----------
    alpha : float, default=0.4
        Parameter of the Beta distribution.
    rho : float, default=0.7
        Every class is filled up to this share of the largest one.
    random_state : int, Generator, RandomState or None, default=None
        Source of the draws.

    Attributes
    ----------
    synthetic_ : DataFrame
        ``row``, ``label``, ``parent``, ``partner`` and ``share`` (of the parent) of each
        synthetic image. A class with one image has itself as partner.

    Examples
    --------
    >>> images, labels = np.zeros((5, 8, 8)), np.array([0, 0, 0, 1, 1])
    >>> mixup = MixupAugmenter(rho=1.0, random_state=0)
    >>> more, _ = mixup.fit_resample(images, labels)
    >>> bool((mixup.synthetic_["parent"] != mixup.synthetic_["partner"]).all())
    True
    """

    def __init__(
        self, alpha: float = 0.4, rho: float = 0.7, random_state: RandomState = None
    ) -> None:
        self.alpha = alpha
        self.rho = rho
        self.random_state = random_state

    def _check(self, images: np.ndarray) -> None:
        super()._check(images)
        fits = is_number(self.alpha) and self.alpha > 0
        require(fits, "alpha", self.alpha, "a finite number above 0")

    def _synthesise(
        self, pool: np.ndarray, parents: np.ndarray, rng: np.random.Generator, learned: Any
    ) -> tuple[np.ndarray, Provenance]:
        """Mix every parent with another image of its class."""
        n, n_pool = len(parents), len(pool)
        offset = rng.integers(1, n_pool, n) if n_pool > 1 else 0
        partners = (parents + offset) % n_pool
        drawn = rng.beta(self.alpha, self.alpha, n)
        share = np.maximum(drawn, 1 - drawn)
        weight = share.reshape(-1, *[1] * (pool.ndim - 1)).astype(np.float32)
        images = weight * pool[parents] + (1 - weight) * pool[partners]
        return images, {"partner": partners, "share": share}
