"""AdamW and the one-cycle schedule over one vector of numbers."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

# Numbers above which torch's pass over them is worth its call.
_MANY = 2**16


class Optimizer(Protocol):
    """What updates numbers by their gradient."""

    n_steps: int

    def step(self, rate: float, beta1: float) -> None:
        """Update at a learning rate, ``beta1`` being how long gradients are remembered."""
        ...


def make_adamw(values: Tensor, gradient: Tensor, weight_decay: float) -> Optimizer:
    """Choose the faster of two ways to the same update.

    Parameters
    ----------
    values, gradient : Tensor of shape (n_numbers,)
        What is updated in place, and its gradient.
    weight_decay : float
        Share of each value that a step at rate 1 takes off.

    Returns
    -------
    Optimizer
    """
    if values.device.type == "cpu" and len(values) <= _MANY:
        return HandAdamW(values.numpy(), gradient.numpy(), weight_decay)
    return TorchAdamW(values, gradient, weight_decay)


class TorchAdamW:
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019) by torch, in one pass."""

    def __init__(self, values: Tensor, gradient: Tensor, weight_decay: float) -> None:
        parameter = nn.Parameter(values)
        parameter.grad = gradient
        self.optimizer = torch.optim.AdamW([parameter], weight_decay=weight_decay, fused=True)
        self.n_steps = 0

    def step(self, rate: float, beta1: float) -> None:
        """Update the values."""
        self.n_steps += 1
        beta2 = self.optimizer.defaults["betas"][1]
        self.optimizer.param_groups[0].update(lr=float(rate), betas=(float(beta1), beta2))
        self.optimizer.step()


class HandAdamW:
    """The same in NumPy: of few numbers, torch's call costs several times what they do.

    Examples
    --------
    >>> values = np.array([1.0, 1.0])
    >>> HandAdamW(values, np.array([5.0, -0.1]), weight_decay=0).step(rate=0.1, beta1=0.9)
    >>> values.round(6)  # the first step is as long as the rate
    array([0.9, 1.1])
    """

    beta2, epsilon = 0.999, 1e-8

    def __init__(self, values: np.ndarray, gradient: np.ndarray, weight_decay: float) -> None:
        self.values, self.gradient, self.weight_decay = values, gradient, weight_decay
        self.mean, self.square = np.zeros_like(values), np.zeros_like(values)
        self.n_steps = 0

    def step(self, rate: float, beta1: float) -> None:
        """Update the values."""
        self.n_steps += 1
        # The corrections of both moments for their start at 0; the second lacks 1 - beta2.
        spread = ((1 - self.beta2**self.n_steps) / (1 - self.beta2)) ** 0.5
        scale = float(rate * spread / (1 - beta1**self.n_steps))
        change = self.gradient - self.mean
        change *= float(1 - beta1)
        self.mean += change
        self.square *= self.beta2
        np.multiply(self.gradient, self.gradient, out=change)
        self.square += change
        np.sqrt(self.square, out=change)
        change += self.epsilon * spread
        np.divide(self.mean, change, out=change)
        change *= scale
        self.values *= float(1 - rate * self.weight_decay)
        self.values -= change


def one_cycle(n_steps: int, rate: float, peak: float) -> tuple[np.ndarray, np.ndarray]:
    """Lay out the one-cycle schedule (Smith & Topin 2019), as torch's OneCycleLR has it.

    The learning rate rises for three tenths of the steps, then falls to next to nothing, each as
    half a wave of a cosine; the memory of the optimiser falls and rises against it.

    Parameters
    ----------
    n_steps : int
        Length of training.
    rate, peak : float
        Learning rate at the start, and the highest.

    Returns
    -------
    rates, betas : ndarray of shape (n_steps,)
        Learning rate and ``beta1`` of each step.

    Examples
    --------
    >>> rates, betas = one_cycle(10, rate=0.1, peak=1.0)
    >>> rates.round(2)
    array([0.1 , 0.55, 1.  , 0.95, 0.81, 0.61, 0.39, 0.19, 0.05, 0.  ])
    >>> betas[[0, 2, 9]].round(2)
    array([0.95, 0.85, 0.95])
    """
    step, top, last = np.arange(n_steps), 0.3 * n_steps - 1, n_steps - 1
    rising = step <= top
    way = np.where(rising, step / top, (step - top) / (last - top))
    wave = (1 + np.cos(np.pi * way)) / 2  # from 1 to 0 on either side

    def bend(start: float, middle: float, end: float) -> np.ndarray:
        return np.where(rising, middle + (start - middle) * wave, end + (middle - end) * wave)

    return bend(rate, peak, rate / 1e4), bend(0.95, 0.85, 0.95)
