"""All pairs of rows of a batch, shared by the metric losses and the miner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from rarebit.tabular._arrays import namespace_of

if TYPE_CHECKING:
    from jaxtyping import Float

    ByPair = Float[Any, "*batch rows rows"]
    Points = Float[Any, "*batch rows dims"]

# Below this squared distance, two single-precision embeddings count as the same point.
_NEAREST = 1e-14


class Pairs(NamedTuple):
    """All pairs of rows of a batch, compared in the normalised embedding space.

    ``square`` (..., n_rows, n_rows): Squared Euclidean distance of the embeddings scaled to length
        1, ``2 - 2 * cosine``.
    ``distance`` (..., n_rows, n_rows): The distance.
    ``rate`` (..., n_rows, n_rows): Derivative of the distance with respect to its square; 0 for two
        rows at the same point, which have no direction between them.
    ``unit`` (..., n_rows, n_dims): Embeddings scaled to length 1.
    ``length`` (..., n_rows, 1): Their original length.
    """

    square: ByPair
    distance: ByPair
    rate: ByPair
    unit: Points
    length: Float[Any, "*batch rows 1"]

    def embedding_grad(self, grad_square: ByPair) -> Points:
        """Turn the gradient with respect to the squares into that of the embeddings.

        With ``u`` of length 1, ``d(u_i . u_j) / d e_i = (u_j - (u_i . u_j) u_i) / |e_i|``.
        """
        grad = grad_square @ self.unit
        grad += grad_square.mT @ self.unit
        grad -= namespace_of(grad).vecdot(grad, self.unit)[..., None] * self.unit
        grad *= -2 / self.length
        return grad


def compare_rows(embeddings: Points) -> Pairs:
    """Compare every row of a batch with every other, once for all metric losses."""
    xp, dtype = namespace_of(embeddings), embeddings.dtype
    # In double precision: the difference of nearly equal rows amplifies rounding errors.
    exact = xp.asarray(embeddings, dtype=xp.float64)
    length = xp.sqrt(xp.vecdot(exact, exact)).clip(min=1e-12)[..., None]
    unit = exact / length
    double = 2**0.5 * unit
    square = xp.asarray(2 - double @ double.mT, dtype=dtype)
    unit, length = (xp.asarray(part, dtype=dtype) for part in (unit, length))
    return Pairs(square, *distance_and_rate(square), unit, length)


def distance_and_rate(square: ByPair) -> tuple[ByPair, ByPair]:
    """Compute distances from their squares, and the derivative with respect to the squares."""
    distance = namespace_of(square).sqrt(square.clip(min=_NEAREST))
    rate = 0.5 / distance
    rate *= square > _NEAREST
    return distance, rate
