"""The distance of encoded rows, in closed form.

States prepared by one circuit for all rows overlap as their encodings do, because a shared circuit
is an isometry: ``<U psi(x), U psi(x')> = prod_i cos((phi_i - phi'_i) / 2)`` over the qubits of a
block. The squared distance between two rows with their states appended is therefore

    d^2 = ||x - x'||^2 + sum over blocks of 2 (1 - prod_i cos((phi_i - phi'_i) / 2)).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

Measure = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

PAIRS = 1024  # pairs of rows measured at a time
DECIMALS = 13  # distances are compared to so many, so that rounding does not split ties


@dataclass(frozen=True)
class Encoded:
    """Rows as points and as rotation angles.

    ``points`` (n_rows, n_coordinates): Coordinates of the Euclidean part: scaled features, then any
        that are not encoded.
    ``angles`` (n_rows, n_features): Rotation angle of each encoded feature.
    ``blocks``: Encoded features that share a register.
    ``slope``: ``|phi - phi'| >= slope |x - x'|`` for every encoded feature.
    ``unencoded``: Largest possible squared distance along the coordinates that are not encoded.
    ``states`` (n_rows, n_columns): Explicit states, where no closed form gives their distances;
        else None.
    """

    points: np.ndarray
    angles: np.ndarray
    blocks: list[np.ndarray]
    slope: float
    unencoded: float = 0.0
    states: np.ndarray | None = None

    @cached_property
    def qubits(self) -> np.ndarray:
        """States of the single qubits: shape (n_features, 2, n_rows), float64."""
        half = np.ascontiguousarray(self.angles.T) / 2
        return np.stack([np.cos(half), np.sin(half)], axis=1)

    def take(self, rows: np.ndarray) -> Encoded:
        """Return the given rows."""
        states = None if self.states is None else self.states[rows]
        return replace(self, points=self.points[rows], angles=self.angles[rows], states=states)


def squared_distance(rows: Encoded) -> Measure:
    """Prepare the measurement of pairs of rows."""
    order = np.concatenate([*rows.blocks, np.empty(0, dtype=np.int64)]).astype(np.int64)
    starts = np.cumsum([0, *map(len, rows.blocks)])[:-1]
    points = rows.points
    cosines, sines = (np.ascontiguousarray(part) for part in rows.qubits[order].T.swapaxes(0, 1))

    def measure_some(i: np.ndarray, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        apart = points[i] - points[j]
        euclidean = np.einsum("pc,pc->p", apart, apart)
        # cos((phi - phi') / 2) = cos cos + sin sin
        overlap = cosines[i] * cosines[j]
        overlap += sines[i] * sines[j]
        by_block = np.multiply.reduceat(overlap, starts, axis=1)
        return euclidean, 2 * (1 - by_block).sum(axis=1)

    def measure(i: np.ndarray, j: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        i, j = np.broadcast_arrays(i, j)
        shape, i, j = i.shape, i.ravel(), j.ravel()
        euclidean, state = np.empty(len(i)), np.empty(len(i))
        for start in range(0, len(i), PAIRS):
            some = slice(start, start + PAIRS)
            euclidean[some], state[some] = measure_some(i[some], j[some])
        return euclidean.reshape(shape), state.reshape(shape)

    return measure
