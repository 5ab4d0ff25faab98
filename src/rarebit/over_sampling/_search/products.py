"""The distance of encoded rows as a few narrow matrix products.

``||x - x'||^2`` is one product. The overlap of two rows in a block, ``prod_i cos((phi_i - phi'_i)
/ 2)``, is the inner product of two product states; of at most FACTOR qubits each they are so narrow
that a block costs a few products of matrices with 8 or 16 columns, multiplied entry by entry.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rarebit.over_sampling._search.distances import DECIMALS, Encoded

FACTOR = 4  # qubits per factor of a block's overlap


class Products:
    """Squared distances by points and states together, but for a constant, in a given precision.

    ``margin``: No distance is farther from the true one than this, but for the constant.
    """

    def __init__(self, rows: Encoded, dtype: Any) -> None:
        points = rows.points - rows.points.mean(axis=0)
        norms = (points**2).sum(axis=1)
        ones = np.ones(len(points))
        # One product gives ||x||^2 + ||x'||^2 - 2 x.x'.
        self._left = np.column_stack([-2 * points, ones, norms]).astype(dtype)
        self._right = np.vstack([points.T, norms, ones]).astype(dtype)
        states = [product_states(rows.qubits[block]) for block in rows.blocks]
        self._right_states = [[state.astype(dtype) for state in own] for own in states]
        # The first factor brings the -2 of ||psi - psi'||^2 = 2 - 2 <psi, psi'>.
        self._left_states = [
            [np.ascontiguousarray(state.T) for state in (-2 * own[0], *own[1:])]
            for own in self._right_states
        ]
        self.margin = _margin(norms.max(), points.shape[1], states, dtype)

    def between(self, i: slice | np.ndarray, j: slice) -> np.ndarray:
        """Compare rows ``i`` with rows ``j``: shape (n_i, n_j)."""
        total = self._left[i] @ self._right[:, j]
        overlap, factor = np.empty_like(total), np.empty_like(total)
        for left, right in zip(self._left_states, self._right_states, strict=True):
            np.matmul(left[0][i], right[0][:, j], out=overlap)
            for mine, theirs in zip(left[1:], right[1:], strict=True):
                np.matmul(mine[i], theirs[:, j], out=factor)
                overlap *= factor
            total += overlap
        return total


def product_states(qubits: np.ndarray) -> list[np.ndarray]:
    """States of a block, in factors of at most FACTOR qubits."""
    n_qubits, _, n_rows = qubits.shape
    factors = []
    for part in np.array_split(qubits, -(-n_qubits // FACTOR)):
        state = np.ones((1, n_rows))
        for qubit in part:
            state = (state[:, None] * qubit).reshape(-1, n_rows)
        factors.append(state)
    return factors


def _margin(norm: float, n_coordinates: int, states: list[list[np.ndarray]], dtype: Any) -> float:
    """Bound of the rounding error, in units of the unit round-off u.

    A product over n terms, of entries rounded once, errs by at most ``(n + 2) u`` times the sum of
    the terms' sizes (Higham 2002, section 3.1), in whatever order it is summed: that sum is at most
    ``4 norm`` for points, which were centred before (2 u more), and 1 for states. Multiplying or
    adding such products adds u times the size of the result. A hundredth on top covers products of
    errors; the last term the rounding of ties and what the entries missed before they were rounded.
    """
    size = 4 * norm + 2 * len(states)
    units = 4 * norm * (n_coordinates + 6) + size * (len(states) + 2)
    units += sum(2 * (len(state) + 3) for own in states for state in own)
    unit_roundoff = np.finfo(dtype).eps / 2
    return float(1.01 * unit_roundoff * units + (1 + len(states)) * 10.0**-DECIMALS)
