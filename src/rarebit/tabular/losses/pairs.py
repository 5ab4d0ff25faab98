"""What the metric losses and the miner share: all pairs of rows of a batch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# Squared distance from which on two points are told apart, by embeddings of single precision.
_NEAREST = 1e-14


class Pairs(NamedTuple):
    """All pairs of rows of a batch, compared in the normalised embedding space.

    Attributes
    ----------
    square : ndarray of shape (..., n_rows, n_rows)
        Squared Euclidean distance of the embeddings scaled to length 1, ``2 - 2 * cosine``.
    distance : ndarray of shape (..., n_rows, n_rows)
        The distance.
    rate : ndarray of shape (..., n_rows, n_rows)
        Derivative of the distance by its square; 0 for rows in one place, between which there is
        no direction.
    unit : ndarray of shape (..., n_rows, n_dims)
        Embeddings scaled to length 1.
    length : ndarray of shape (..., n_rows, 1)
        Their length before.
    """

    square: np.ndarray
    distance: np.ndarray
    rate: np.ndarray
    unit: np.ndarray
    length: np.ndarray

    def slope_by_embedding(self, by_square: np.ndarray) -> np.ndarray:
        """Turn the derivative of a loss by each square into that by the embeddings.

        With ``u`` of length 1, ``d(u_i . u_j) / d e_i = (u_j - (u_i . u_j) u_i) / |e_i|``.
        """
        pull = by_square @ self.unit
        pull += by_square.mT @ self.unit
        pull -= np.vecdot(pull, self.unit)[..., None] * self.unit
        pull *= -2 / self.length
        return pull


def compare_rows(embeddings: np.ndarray) -> Pairs:
    """Compare every row of a batch with every other, once for all metric losses."""
    # In double precision: the difference of nearly equal rows magnifies the rounding of products.
    exact = embeddings.astype(np.float64)
    length = np.maximum(np.sqrt(np.vecdot(exact, exact)), 1e-12)[..., None]
    unit = exact / length
    square = np.empty((*embeddings.shape[:-1], embeddings.shape[-2]), embeddings.dtype)
    double = 2**0.5 * unit
    np.subtract(2, double @ double.mT, out=square, casting="same_kind")
    distance, rate = measure(square)
    return Pairs(
        square, distance, rate, *(part.astype(embeddings.dtype) for part in (unit, length))
    )


def measure(square: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn squared distances into distances, and give the derivative of these by those."""
    distance = np.maximum(square, _NEAREST)
    np.sqrt(distance, out=distance)
    rate = 0.5 / distance
    rate *= square > _NEAREST
    return distance, rate
