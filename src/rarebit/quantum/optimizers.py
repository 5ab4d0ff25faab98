"""Minimise many small functions at once: every row of an array is one set of parameters.

Each optimiser takes a start of shape (n_sets, n_parameters) and returns the best parameters seen
and the trace of the lowest values so far, of shape (n_sets, n_iterations + 1).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

Function = Callable[[np.ndarray], np.ndarray]
FunctionAndGradient = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
# Parameters and trace.
Found = tuple[np.ndarray, np.ndarray]

if TYPE_CHECKING:
    from jaxtyping import Float

    Sets = Float[np.ndarray, "sets parameters"]
    Minimum = tuple[Sets, Float[np.ndarray, "sets iterations"]]


class _Best:
    """The best parameters of each set so far, and how their value fell."""

    def __init__(self, start: np.ndarray, n_iterations: int) -> None:
        self.parameters = start.copy()
        self._lowest = np.full((n_iterations + 1, len(start)), np.inf)
        self._filled = 0

    @property
    def trace(self) -> np.ndarray:
        """The lowest value of each set so far, iteration by iteration."""
        return np.ascontiguousarray(self._lowest.T)

    def record(self, parameters: np.ndarray, value: np.ndarray) -> None:
        """Note one iteration."""
        lowest = self._lowest[max(self._filled - 1, 0)]
        np.copyto(self.parameters, parameters, where=(value < lowest)[:, None])
        np.minimum(value, lowest, out=self._lowest[self._filled])
        self._filled += 1


def adam(
    function: FunctionAndGradient, start: Sets, n_iterations: int, learning_rate: float
) -> Minimum:
    """Adam (Kingma and Ba 2015), its learning rate falling along a half cosine to zero."""
    beta_1, beta_2, epsilon = 0.9, 0.999, 1e-8
    parameters, best = start.copy(), _Best(start, n_iterations)
    first, second = np.zeros_like(start), np.zeros_like(start)
    for iteration in range(n_iterations + 1):
        value, gradient = function(parameters)
        best.record(parameters, value)
        first = beta_1 * first + (1 - beta_1) * gradient
        second = beta_2 * second + (1 - beta_2) * gradient**2
        rate = 0.5 * learning_rate * (1 + np.cos(np.pi * iteration / n_iterations))
        scale = np.sqrt(second / (1 - beta_2 ** (iteration + 1))) + epsilon
        parameters = parameters - rate * first / (1 - beta_1 ** (iteration + 1)) / scale
    return best.parameters, best.trace


def bfgs(
    function: FunctionAndGradient, start: Sets, n_iterations: int, first_step: float
) -> Minimum:
    """BFGS (Nocedal and Wright 2006, algorithm 6.1) with a backtracking step.

    One iteration is one evaluation: a step that does not lower the value enough is tried again
    shorter in the next one. ``first_step`` is the root mean square change of the parameters in the
    first step, and no later step is longer.
    """
    n_sets, n_parameters = start.shape
    longest = first_step * np.sqrt(n_parameters)
    point, best = start.copy(), _Best(start, n_iterations)
    value, gradient = function(point)
    best.record(point, value)
    gradient_norm = np.maximum(np.linalg.norm(gradient, axis=1), np.finfo(start.dtype).tiny)
    inverse = (longest / gradient_norm)[:, None, None] * np.eye(n_parameters, dtype=start.dtype)
    has_update = np.zeros(n_sets, dtype=bool)
    one = start.dtype.type(1)
    shrink = np.full(n_sets, one)
    for _ in range(n_iterations):
        step = np.matmul(inverse, gradient[..., None])[..., 0]
        length = np.sqrt(np.vecdot(step, step))
        step *= (-shrink * longest / np.maximum(length, longest))[:, None]
        tried = point + step
        next_value, next_gradient = function(tried)
        best.record(tried, next_value)
        enough = next_value <= value + 1e-4 * np.vecdot(step, gradient)
        has_update |= _update_inverse(inverse, step, next_gradient - gradient, enough, has_update)
        value = np.where(enough, next_value, value)
        for old, new in ((point, tried), (gradient, next_gradient)):
            np.copyto(old, new, where=enough[:, None])
        shrink = np.where(enough, one, 0.6 * shrink)
    return best.parameters, best.trace


def _update_inverse(
    inverse: np.ndarray,
    step: np.ndarray,
    change: np.ndarray,
    accepted: np.ndarray,
    has_update: np.ndarray,
) -> np.ndarray:
    """Apply the BFGS update in place to the sets whose step was taken along a positive curvature.

    Return which they were. The first update of a set scales its matrix too (equation 6.20).
    """
    tiny = np.finfo(inverse.dtype).tiny
    curvature, squares = np.vecdot(step, change), np.vecdot(change, change)
    updates: np.ndarray = accepted & (curvature > 1e-10 * squares) & (curvature > tiny)
    first = updates & ~has_update
    if first.any():
        scale = (curvature[first] / squares[first])[:, None, None]
        inverse[first] = scale * np.eye(inverse.shape[1], dtype=inverse.dtype)
    reciprocal = updates / np.where(updates, curvature, 1).astype(inverse.dtype)
    image = np.matmul(inverse, change[..., None])[..., 0]
    own = reciprocal * (1 + reciprocal * np.vecdot(change, image))
    # H + own s s' - r (s i' + i s') = H + s a' + a s' with a = own s / 2 - r i.
    mixed = 0.5 * own[:, None] * step - reciprocal[:, None] * image
    inverse += np.stack([step, mixed], axis=1).mT @ np.stack([mixed, step], axis=1)
    return updates


def spsa(
    function: Function,
    start: Sets,
    n_iterations: int,
    learning_rate: float,
    rng: np.random.Generator,
) -> Minimum:
    """Simultaneous perturbation (Spall 1998, with its recommended decay exponents)."""
    parameters, best = start.copy(), _Best(start, n_iterations)
    best.record(start, function(start))
    stability = 0.1 * n_iterations
    for iteration in range(n_iterations):
        gain = learning_rate * ((1 + stability) / (iteration + 1 + stability)) ** 0.602
        width = 0.2 / (iteration + 1) ** 0.101
        direction = rng.choice([-1.0, 1.0], size=start.shape).astype(start.dtype)
        rise = function(parameters + width * direction) - function(parameters - width * direction)
        parameters = parameters - (gain * rise / (2 * width))[:, None] * direction
        best.record(parameters, function(parameters))
    return best.parameters, best.trace
