"""A full denoising diffusion model, to compare forward diffusion with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from rarebit._common.devices import find_device
from rarebit._common.parameters import COUNT, POSITIVE, Bounds, Rule
from rarebit._common.random_state import RandomState
from rarebit.exceptions import InputError
from rarebit.imaging.augmentation._base import ImageAugmenter, Provenance
from rarebit.imaging.augmentation.diffusion import SCHEDULE_RULES, signal_shares
from rarebit.imaging.augmentation.unet import SmallUNet


class DDPMAugmenter(ImageAugmenter):
    """Synthetic images of rare classes from a denoising diffusion model trained on each class.

    A small UNet learns to predict the noise (Ho et al. 2020, equation 14); images are sampled by
    deterministic DDIM steps (Song et al. 2021, equation 12). A few images are soon memorised:
    ``nearest`` and ``distance`` show how close each synthetic image is to a real one.

    Parameters
    ----------
    T : int, default=1000
        Steps of the schedule.
    beta_start, beta_end : float, default=1e-4 and 0.02
        Variance of the noise of the first and the last step.
    train_steps, sample_steps : int, default=2000 and 50
        Training batches of the UNet of each class; steps from noise to image.
    batch_size, learning_rate : int and float, default=32 and 2e-4
        Images in a batch; learning rate of Adam.
    width : int, default=32
        Features of the UNet at full size, a multiple of 8 of at most 1024.
    rho : float, default=0.7
        Every class is filled up to this share of the largest one.
    device : str, default="cpu"
        ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"`` or ``"xpu"``.
    random_state : int, Generator, RandomState or None, default=None
        Source of the weights, batches and noise.

    Attributes
    ----------
    synthetic_ : DataFrame
        ``row``, ``label``, ``parent`` (-1 for none), ``nearest`` (position of the closest image of
        the class) and ``distance`` (root mean square difference to it).
    losses_ : list of list of float
        Training loss of each class's UNet, batch by batch.

    Examples
    --------
    >>> images, labels = np.zeros((5, 8, 8)), np.array([0, 0, 0, 1, 1])
    >>> ddpm = DDPMAugmenter(train_steps=2, sample_steps=2, width=8, rho=1.0, random_state=0)
    >>> ddpm.fit_resample(images, labels)[0].shape
    (6, 8, 8)
    """

    _RULES: ClassVar[Mapping[str, Rule]] = {
        **SCHEDULE_RULES,
        "beta_end": (Bounds(float, 0, 1, open_low=True, open_high=True),),
        "train_steps": COUNT,
        "sample_steps": COUNT,
        "batch_size": COUNT,
        "learning_rate": POSITIVE,
        "width": (Bounds(int, 8, 1024),),
    }

    def __init__(
        self,
        T: int = 1000,
        beta_start: float = 1e-4,
        beta_end: float = 0.02,
        train_steps: int = 2000,
        sample_steps: int = 50,
        batch_size: int = 32,
        learning_rate: float = 2e-4,
        width: int = 32,
        rho: float = 0.7,
        device: str = "cpu",
        random_state: RandomState = None,
    ) -> None:
        self.T = T
        self.beta_start = beta_start
        self.beta_end = beta_end
        self.train_steps = train_steps
        self.sample_steps = sample_steps
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.width = width
        self.rho = rho
        self.device = device
        self.random_state = random_state

    def _check(self, images: np.ndarray) -> None:
        super()._check(images)
        self.losses_: list[list[float]] = []
        if self.width % 8:
            raise InputError(f"width is {self.width!r}: give a multiple of 8.")
        if signal_shares(self.T, self.beta_start, self.beta_end)[-1] <= np.finfo(np.float32).tiny:
            raise InputError(
                f"T is {self.T!r}: give fewer steps or smaller betas, as nothing of an image is "
                "left after the last step."
            )
        find_device(self.device)

    def _learn(self, pool: np.ndarray, rng: np.random.Generator) -> SmallUNet:
        """Train a UNet on the images of a class."""
        device = find_device(self.device)
        # In [-1, 1], like the sampler's noise.
        pixels = 2 * _channels_first(pool).to(device) - 1
        share = self._shares()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63 - 1)))
            unet = SmallUNet(pixels.shape[1], self.width).to(device)
        optimizer = torch.optim.Adam(unet.parameters(), lr=self.learning_rate)
        losses = []
        for _ in range(self.train_steps):
            rows = torch.from_numpy(rng.integers(len(pixels), size=self.batch_size))
            step = torch.from_numpy(rng.integers(self.T, size=self.batch_size)).to(device)
            clean = pixels[rows.to(device)]
            noise = self._noise(clean.shape, rng)
            kept = share[step][:, None, None, None]
            loss = mse_loss(unet(kept.sqrt() * clean + (1 - kept).sqrt() * noise, step), noise)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            losses.append(float(loss.detach()))
            if not math.isfinite(losses[-1]):
                raise InputError(
                    f"The diffusion model diverged at batch {len(losses)}: give a lower "
                    f"learning_rate than {self.learning_rate!r}."
                )
        self.losses_.append(losses)
        return unet.eval()

    def _synthesise(
        self, pool: np.ndarray, parents: np.ndarray, rng: np.random.Generator, learned: Any
    ) -> tuple[np.ndarray, Provenance]:
        """Sample from noise, as many images as parents."""
        n = len(parents)
        reference = _channels_first(pool)
        images = self._sample(learned, (n, *reference.shape[1:]), rng)
        distance = torch.cdist(images.flatten(1), reference.flatten(1))
        closest = distance.min(dim=1)
        made = images.permute(0, 2, 3, 1).reshape(n, *pool.shape[1:]).numpy()
        return made, {
            "parent": np.full(n, -1),
            "nearest": closest.indices.numpy(),
            "distance": (closest.values / reference[0].numel() ** 0.5).numpy(),
        }

    @torch.inference_mode()
    def _sample(self, unet: SmallUNet, shape: tuple[int, ...], rng: np.random.Generator) -> Tensor:
        """Denoise step by step to images (n, channels, h, w) in [0, 1]."""
        share = self._shares()
        x = self._noise(shape, rng)
        n_steps = min(self.sample_steps, self.T)
        steps = np.unique(np.linspace(self.T - 1, 0, n_steps).round().astype(int))[::-1]
        for step, following in zip(steps, [*steps[1:], None], strict=True):
            noise = unet(x, torch.full((shape[0],), int(step), device=x.device))
            clean = (x - (1 - share[step]).sqrt() * noise) / share[step].sqrt()
            clean = clean.clamp(-1, 1)
            if following is None:
                break
            # The noise that fits the clipped image.
            noise = (x - share[step].sqrt() * clean) / (1 - share[step]).sqrt()
            left = share[following]
            x = left.sqrt() * clean + (1 - left).sqrt() * noise
        return ((clean + 1) / 2).cpu()

    def _shares(self) -> Tensor:
        share = signal_shares(self.T, self.beta_start, self.beta_end)
        return torch.from_numpy(share).float().to(find_device(self.device))

    def _noise(self, shape: tuple[int, ...], rng: np.random.Generator) -> Tensor:
        noise = rng.standard_normal(tuple(shape), dtype=np.float32)
        return torch.from_numpy(noise).to(find_device(self.device))


def _channels_first(pool: np.ndarray) -> Tensor:
    images = pool[:, None] if pool.ndim == 3 else np.moveaxis(pool, -1, 1)
    return torch.from_numpy(np.ascontiguousarray(images))
