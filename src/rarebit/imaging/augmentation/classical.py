"""Augmentation without diffusion: random affine maps, and mixup within a class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from torch.nn.functional import affine_grid, grid_sample

from rarebit._common.parameters import POSITIVE, Bounds, Rule
from rarebit._common.random_state import RandomState
from rarebit.imaging.augmentation._base import ImageAugmenter, Provenance


class RandomAffineAugmenter(ImageAugmenter):
    """Synthetic images of rare classes by small rotations, shifts and changes of scale.

    No flips: left and right differ in a body.

    Parameters
    ----------
    degrees : float, default=15.0
        Largest rotation either way.
    shift : float, default=0.1
        Largest shift either way, as a share of the image's size.
    scale : float, default=0.1
        Largest change of size either way, as a share.
    rho, random_state : float, and int, Generator, RandomState or None
        As for :class:`ForwardDiffusionAugmenter`.

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

    _RULES: ClassVar[Mapping[str, Rule]] = {
        "degrees": (Bounds(float, 0, 180),),
        "shift": (Bounds(float, 0, 1, open_high=True),),
        "scale": (Bounds(float, 0, 1, open_high=True),),
    }

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

    def _synthesise(
        self, pool: np.ndarray, parents: np.ndarray, rng: np.random.Generator, learned: Any
    ) -> tuple[np.ndarray, Provenance]:
        """Map every parent; pixels outside repeat the border."""
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
    """Matrices (n, 2, 3) from output to input coordinates in [-1, 1], for rotations in pixels."""
    cos = np.cos(np.radians(angle)) / scale
    sin = np.sin(np.radians(angle)) / scale
    aspect = height / width
    rows = [[cos, sin * aspect, -2 * shift_x], [-sin / aspect, cos, -2 * shift_y]]
    return np.moveaxis(np.array(rows, dtype=np.float32), -1, 0)


class MixupAugmenter(ImageAugmenter):
    """Synthetic images of rare classes as mixtures of two images of the same class.

    ``lambda x_i + (1 - lambda) x_j`` with ``lambda = max(b, 1 - b)``, ``b ~ Beta(alpha, alpha)``:
    mixup within a class, so that the label stays a single class.

    Parameters
    ----------
    alpha : float, default=0.4
        Parameter of the Beta distribution.
    rho, random_state : float, and int, Generator, RandomState or None
        As for :class:`ForwardDiffusionAugmenter`.

    Attributes
    ----------
    synthetic_ : DataFrame
        ``row``, ``label``, ``parent``, ``partner`` and ``share`` (of the parent) of each
        synthetic image. An image that is alone in its class is its own partner.

    Examples
    --------
    >>> images, labels = np.zeros((5, 8, 8)), np.array([0, 0, 0, 1, 1])
    >>> mixup = MixupAugmenter(rho=1.0, random_state=0)
    >>> more, _ = mixup.fit_resample(images, labels)
    >>> bool((mixup.synthetic_["parent"] != mixup.synthetic_["partner"]).all())
    True
    """

    _RULES: ClassVar[Mapping[str, Rule]] = {"alpha": POSITIVE}

    def __init__(
        self, alpha: float = 0.4, rho: float = 0.7, random_state: RandomState = None
    ) -> None:
        self.alpha = alpha
        self.rho = rho
        self.random_state = random_state

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
