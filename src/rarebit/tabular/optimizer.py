"""AdamW and the one-cycle schedule over one vector of numbers.

Both give what torch's give. Torch's own are made for many tensors and many options: over one small
vector it is their calls, not their arithmetic, that take the time.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

Vector = np.ndarray | Tensor

# Numbers updated at once: what is read and written for them fits into a fast cache.
_AT_ONCE = 2**15


@dataclass
class AdamW:
    """Adam with decoupled weight decay (Loshchilov & Hutter 2019), of an array or a tensor.

    Attributes
    ----------
    values, slopes : ndarray or Tensor of shape (n_numbers,)
        What is updated in place, and its gradient.
    weight_decay, beta2, epsilon : float
        Constants of the update.

    Examples
    --------
    >>> values = np.array([1.0, 1.0])
    >>> AdamW(values, np.array([5.0, -0.1]), weight_decay=0).step(rate=0.1)
    >>> values.round(6)  # the first step is as long as the rate
    array([0.9, 1.1])
    """

    values: Vector
    slopes: Vector
    weight_decay: float = 1e-5
    beta2: float = 0.999
    epsilon: float = 1e-8
    n_steps: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        mean, square = 0 * self.values, 0 * self.values  # the latter / (1 - beta2)
        starts = range(0, len(self.values), _AT_ONCE)
        self._pieces = [
            tuple(x[i : i + _AT_ONCE] for x in (self.values, self.slopes, mean, square))
            for i in starts
        ]

    def step(self, rate: float, beta1: float = 0.9) -> None:
        """Update the values at a learning rate, ``beta1`` being how long slopes are remembered."""
        self.n_steps += 1
        # The bias corrections of both moments, and the factor on the second, in two numbers.
        spread = ((1 - self.beta2**self.n_steps) / (1 - self.beta2)) ** 0.5
        scale = rate * spread / (1 - beta1**self.n_steps)
        # In operators that arrays and tensors share.
        for values, slopes, mean, square in self._pieces:
            change = slopes - mean
            change *= 1 - beta1
            mean += change
            square *= self.beta2
            square += slopes * slopes
            change = square**0.5
            change += self.epsilon * spread
            change = mean / change
            change *= scale
            values *= 1 - rate * self.weight_decay
            values -= change


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
