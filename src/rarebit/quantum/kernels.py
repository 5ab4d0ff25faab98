"""The compiled energy and gradient of the RY + CZ ansatz (extra ``fast``: numba).

The one other copy of a gate in this package, tested equal to the simulator. Many states are
processed side by side, equal amplitudes next to each other in memory: the inner loop then runs over
whole vector registers, whichever wire a gate acts on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from jaxtyping import Float, Real

# Measured: 8 to 64 fit; from 32 on the checks before each inner loop no longer show.
LANES = 32


def energy_and_gradient(
    eigenvalues: Real[np.ndarray, " amplitudes"],
    signs: Real[np.ndarray, " amplitudes"],
    states: Real[np.ndarray, "states amplitudes"],
    angles: Real[np.ndarray, "states weights"],
) -> tuple[Float[np.ndarray, " states"], Float[np.ndarray, "states weights"]]:
    """Return the energies of an RY + CZ ansatz acting on real states, and their gradients."""
    energies, gradients = np.empty(len(states)), np.empty(angles.shape)
    _all_states(
        np.ascontiguousarray(eigenvalues, np.float64),
        np.ascontiguousarray(signs, np.float64),
        np.ascontiguousarray(states, np.float64),
        np.ascontiguousarray(angles, np.float64),
        energies,
        gradients,
    )
    return energies.astype(states.dtype, copy=False), gradients.astype(states.dtype, copy=False)


@njit(cache=True, fastmath=True)
def _all_states(
    eigenvalues: Any, signs: Any, states: Any, angles: Any, energies: Any, gradients: Any
) -> None:
    """Work through the states, one group of lanes after the other."""
    n_states, size = states.shape
    n_angles = angles.shape[1]
    psi = np.zeros((size, LANES))
    dual = np.zeros((size, LANES))
    cosines = np.ones((n_angles, LANES))
    sines = np.zeros((n_angles, LANES))
    lane_gradients = np.zeros((n_angles, LANES))
    for first in range(0, n_states, LANES):
        n_lanes = min(LANES, n_states - first)
        for lane in range(n_lanes):
            for i in range(size):
                psi[i, lane] = states[first + lane, i]
            for j in range(n_angles):
                cosines[j, lane] = np.cos(angles[first + lane, j] / 2)
                sines[j, lane] = np.sin(angles[first + lane, j] / 2)
        values = _one_group(eigenvalues, signs, psi, dual, cosines, sines, lane_gradients)
        for lane in range(n_lanes):
            energies[first + lane] = values[lane]
            for j in range(n_angles):
                gradients[first + lane, j] = lane_gradients[j, lane]


@njit(cache=True, fastmath=True)
def _one_group(
    eigenvalues: Any, signs: Any, psi: Any, dual: Any, cosines: Any, sines: Any, lane_gradients: Any
) -> Any:
    """Run one group forwards, then undo it on state and cotangent (adjoint differentiation)."""
    size = len(psi)
    n_angles = len(cosines)
    n_wires = 0
    while 2**n_wires < size:
        n_wires += 1
    n_layers = n_angles // n_wires
    for layer in range(n_layers):
        if layer > 0:
            _multiply(psi, signs)
        for wire in range(n_wires):
            j = layer * n_wires + wire
            _rotate(psi, size >> (wire + 1), cosines[j], sines[j])
    # The last CZ layer changes no probability, so it is left out.
    values = np.zeros(LANES)
    for i in range(size):
        for lane in range(LANES):
            dual[i, lane] = 2 * eigenvalues[i] * psi[i, lane]
            values[lane] += eigenvalues[i] * psi[i, lane] * psi[i, lane]
    for layer in range(n_layers - 1, -1, -1):
        for wire in range(n_wires):
            j = layer * n_wires + wire
            if layer > 0:
                _gradient_and_undo(
                    psi, dual, size >> (wire + 1), cosines[j], sines[j], lane_gradients[j]
                )
            else:
                _gradient(psi, dual, size >> (wire + 1), lane_gradients[j])
        if layer > 0:
            _multiply(psi, signs)
            _multiply(dual, signs)
    return values


@njit(cache=True, fastmath=True)
def _multiply(state: Any, signs: Any) -> None:
    """Apply a diagonal."""
    for i in range(len(state)):
        for lane in range(LANES):
            state[i, lane] *= signs[i]


@njit(cache=True, fastmath=True)
def _rotate(state: Any, stride: int, cosine: Any, sine: Any) -> None:
    """Apply RY on the wire whose bit has the given stride."""
    for start in range(0, len(state), 2 * stride):
        for i in range(start, start + stride):
            for lane in range(LANES):
                low, high = state[i, lane], state[i + stride, lane]
                state[i, lane] = cosine[lane] * low - sine[lane] * high
                state[i + stride, lane] = sine[lane] * low + cosine[lane] * high


@njit(cache=True, fastmath=True)
def _gradient(psi: Any, dual: Any, stride: int, gradient: Any) -> None:
    """Overlap of the cotangent with the generator of RY on the state."""
    total = np.zeros(LANES)
    for start in range(0, len(psi), 2 * stride):
        for i in range(start, start + stride):
            for k in range(LANES):
                total[k] += dual[i + stride, k] * psi[i, k] - dual[i, k] * psi[i + stride, k]
    gradient[:] = 0.5 * total


@njit(cache=True, fastmath=True)
def _gradient_and_undo(
    psi: Any, dual: Any, stride: int, cosine: Any, sine: Any, gradient: Any
) -> None:
    """The same, and undo the RY on state and cotangent in one pass."""
    total = np.zeros(LANES)
    for start in range(0, len(psi), 2 * stride):
        for i in range(start, start + stride):
            for k in range(LANES):
                c, s = cosine[k], sine[k]
                low, high = psi[i, k], psi[i + stride, k]
                dual_low, dual_high = dual[i, k], dual[i + stride, k]
                total[k] += dual_high * low - dual_low * high
                psi[i, k], psi[i + stride, k] = c * low + s * high, c * high - s * low
                dual[i, k] = c * dual_low + s * dual_high
                dual[i + stride, k] = c * dual_high - s * dual_low
    gradient[:] = 0.5 * total
