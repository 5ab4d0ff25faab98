"""What the metric losses and the miner share: all pairs of rows of a batch."""

from __future__ import annotations

from typing import NamedTuple

from rarebit.tabular._arrays import Array, namespace_of

# Squared distance from which on two points are told apart, by embeddings of single precision.
_NEAREST = 1e-14


class Pairs(NamedTuple):
    """All pairs of rows of a batch, compared in the normalised embedding space.

    Attributes
    ----------
    square : array of shape (..., n_rows, n_rows)
        Squared Euclidean distance of the embeddings scaled to length 1, ``2 - 2 * cosine``.
    distance : array of shape (..., n_rows, n_rows)
        The distance.
    rate : array of shape (..., n_rows, n_rows)
        Derivative of the distance by its square; 0 for rows in one place, between which there is
        no direction.
    unit : array of shape (..., n_rows, n_dims)
        Embeddings scaled to length 1.
    length : array of shape (..., n_rows, 1)
        Their length before.
    """

    square: Array
    distance: Array
    rate: Array
    unit: Array
    length: Array

    def slope_by_embedding(self, by_square: Array) -> Array:
        """Turn the derivative of a loss by each square into that by the embeddings.

        With ``u`` of length 1, ``d(u_i . u_j) / d e_i = (u_j - (u_i . u_j) u_i) / |e_i|``.
        """
        pull = by_square @ self.unit
        pull += by_square.mT @ self.unit
        pull -= namespace_of(pull).vecdot(pull, self.unit)[..., None] * self.unit
        pull *= -2 / self.length
        return pull


def compare_rows(embeddings: Array) -> Pairs:
    """Compare every row of a batch with every other, once for all metric losses."""
    xp, dtype = namespace_of(embeddings), embeddings.dtype
    # In double precision: the difference of nearly equal rows magnifies the rounding of products.
    exact = xp.asarray(embeddings, dtype=xp.float64)
    length = xp.sqrt(xp.vecdot(exact, exact)).clip(min=1e-12)[..., None]
    unit = exact / length
    double = 2**0.5 * unit
    square = xp.asarray(2 - double @ double.mT, dtype=dtype)
    unit, length = (xp.asarray(part, dtype=dtype) for part in (unit, length))
    return Pairs(square, *measure(square), unit, length)


def measure(square: Array) -> tuple[Array, Array]:
    """Turn squared distances into distances, and give the derivative of these by those."""
    distance = namespace_of(square).sqrt(square.clip(min=_NEAREST))
    rate = 0.5 / distance
    rate *= square > _NEAREST
    return distance, rate
