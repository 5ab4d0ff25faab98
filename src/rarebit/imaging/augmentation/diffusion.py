"""Forward diffusion as augmentation (SDA-QEC, arXiv:2601.18556, section 2.2), and its control."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np

from rarebit._common.parameters import TRUTH, Bounds, Rule, check_value
from rarebit._common.random_state import RandomState
from rarebit.exceptions import InputError
from rarebit.imaging.augmentation._base import ImageAugmenter, Provenance

SCHEDULE_RULES: dict[str, Rule] = {
    "T": (Bounds(int, 1, 100_000),),  # long schedules have a thousand steps
    "beta_start": (Bounds(float, 0, 1, open_high=True),),
    "beta_end": (Bounds(float, 0, 1, open_high=True),),
}


def signal_shares(T: int, beta_start: float, beta_end: float) -> np.ndarray:
    """Share of the image's variance left after each step of a linear schedule.

    ``abar_t``, the product of ``1 - beta_s`` up to step t: ``x_t = sqrt(abar_t) x_0 +
    sqrt(1 - abar_t) eps``.
    """
    return np.cumprod(1 - np.linspace(beta_start, beta_end, T))


class ForwardDiffusionAugmenter(ImageAugmenter):
    """Synthetic images of rare classes by a few steps of forward diffusion, without a denoiser.

    ``x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) eps`` with a linear schedule of T steps (SDA-QEC,
    arXiv:2601.18556). With the paper's schedule the last step is the image times 0.975 plus noise
    of standard deviation 0.222: compare with the control :class:`GaussianNoiseAugmenter`.

    Parameters
    ----------
    T : int, default=5
        Steps of the schedule.
    beta_start, beta_end : float, default=1e-4 and 0.02
        Variance of the noise of the first and the last step.
    step : "drawn" or int, default="drawn"
        Step of each image: drawn evenly from 1 to T, or the same for all.
    rho : float, default=0.7
        Every class is filled up to this share of the largest one.
    clip : bool, default=True
        Whether pixels are clipped to [0, 1]; False needs floating-point images.
    random_state : int, Generator, RandomState or None, default=None
        Source of the noise.

    Attributes
    ----------
    synthetic_ : DataFrame
        One row for each synthetic image: ``row`` (its position in the output), ``label``,
        ``parent`` (position of the image that it comes from) and ``step``.

    Examples
    --------
    >>> images = np.full((13, 8, 8), 128, dtype=np.uint8)
    >>> labels = np.array([0] * 10 + [1] * 3)
    >>> augmenter = ForwardDiffusionAugmenter(random_state=0)
    >>> more, more_labels = augmenter.fit_resample(images, labels)
    >>> more.shape, np.bincount(more_labels).tolist()
    ((17, 8, 8), [10, 7])
    >>> augmenter.synthetic_.columns.tolist()
    ['row', 'label', 'parent', 'step']
    """

    _RULES: ClassVar[Mapping[str, Rule]] = {**SCHEDULE_RULES, "clip": TRUTH}

    def __init__(
        self,
        T: int = 5,
        beta_start: float = 1e-4,
        beta_end: float = 0.02,
        step: int | Literal["drawn"] = "drawn",
        rho: float = 0.7,
        clip: bool = True,
        random_state: RandomState = None,
    ) -> None:
        self.T = T
        self.beta_start = beta_start
        self.beta_end = beta_end
        self.step = step
        self.rho = rho
        self.clip = clip
        self.random_state = random_state

    def _check(self, images: np.ndarray) -> None:
        super()._check(images)
        check_value("step", self.step, "drawn", Bounds(int, 1, self.T))
        if not self.clip and images.dtype.kind != "f":
            raise InputError(f"clip is {self.clip!r}: give True for {images.dtype} images.")

    def _scales(self) -> tuple[np.ndarray, np.ndarray]:
        """Factors of the image and of the noise at each step."""
        share = signal_shares(self.T, self.beta_start, self.beta_end)
        return np.sqrt(share), np.sqrt(1 - share)

    def _synthesise(
        self, pool: np.ndarray, parents: np.ndarray, rng: np.random.Generator, learned: Any
    ) -> tuple[np.ndarray, Provenance]:
        """Diffuse each parent forward to its step."""
        n = len(parents)
        step = rng.integers(1, self.T + 1, n) if self.step == "drawn" else np.full(n, self.step)
        of_image, of_noise = (
            scale[step - 1].reshape(-1, *[1] * (pool.ndim - 1)).astype(np.float32)
            for scale in self._scales()
        )
        noise = rng.standard_normal((n, *pool.shape[1:]), dtype=np.float32)
        images = of_image * pool[parents] + of_noise * noise
        return (np.clip(images, 0, 1) if self.clip else images), {"step": step}


class GaussianNoiseAugmenter(ForwardDiffusionAugmenter):
    """Plain Gaussian noise as strong as that of forward diffusion at the same step.

    ``x_0 + sqrt(1 - abar_t) eps``: the control of :class:`ForwardDiffusionAugmenter`, which only
    lacks the factor ``sqrt(abar_t)``.

    Parameters
    ----------
    T, beta_start, beta_end, step, rho, clip, random_state : int, float or "drawn"
        As for :class:`ForwardDiffusionAugmenter`, with the same attributes.

    Examples
    --------
    >>> images, labels = np.zeros((3, 4, 4)), np.array([0, 0, 1])
    >>> more, _ = GaussianNoiseAugmenter(rho=1.0, random_state=0).fit_resample(images, labels)
    >>> more.shape
    (4, 4, 4)
    """

    def _scales(self) -> tuple[np.ndarray, np.ndarray]:
        of_image, of_noise = super()._scales()
        return np.ones_like(of_image), of_noise
