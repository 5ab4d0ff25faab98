"""Observables and what can be read from a state: expectation, variance, samples."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from array_api_compat import array_namespace, is_torch_array
from array_api_compat import device as device_of

from rarebit._common.parameters import check_count, is_integer
from rarebit._common.random_state import as_generator
from rarebit.exceptions import InputError
from rarebit.quantum.gates import PAULI
from rarebit.quantum.program import monomial_action
from rarebit.quantum.statevector import n_wires_of, probabilities

if TYPE_CHECKING:
    from jaxtyping import Float, Int8, Integer, Num, Real


class Observable(Protocol):
    """A Hermitian operator that acts on states."""

    def diagonal(self, n_wires: int) -> np.ndarray | None:
        """Return the eigenvalues of all basis states, or None where it is not diagonal."""

    def apply(self, state: Any) -> Any:
        """Return the operator times the state."""


@dataclass(frozen=True)
class PauliString:
    """A product of Pauli matrices on some wires.

    Parameters
    ----------
    letters : str
        One of X, Y, Z, I for each wire.
    wires : tuple of int
        The wires, as many as letters.

    Examples
    --------
    >>> expectation(PauliString("XX", (0, 1)), np.array([0.5**0.5, 0, 0, 0.5**0.5])).round(6)
    np.float64(1.0)
    """

    letters: str
    wires: tuple[int, ...]

    def __post_init__(self) -> None:
        given: Any = self.wires
        if isinstance(given, list):
            object.__setattr__(self, "wires", tuple(given))
        if not isinstance(self.wires, tuple) or not all(map(is_integer, self.wires)):
            raise InputError(f"wires is {self.wires!r}: give a tuple of integers.")
        if not isinstance(self.letters, str):
            raise InputError(f"letters is {self.letters!r}: give text such as 'ZZ'.")
        fits = len(self.letters) == len(self.wires) == len(set(self.wires))
        if not fits or not set(self.letters) <= set("IXYZ"):
            raise InputError(
                f"A Pauli string takes one letter of I, X, Y, Z for each wire, not "
                f"{self.letters!r} on wires {self.wires}."
            )

    def diagonal(self, n_wires: int) -> np.ndarray | None:
        """Return the eigenvalues of all basis states, or None where X or Y occurs."""
        self._check(n_wires)
        if set(self.letters) - set("IZ"):
            return None
        return _action(self, n_wires)[1].real

    def apply(self, state: Any) -> Any:
        """Return the string times the states (..., 2**n_wires), complex if it holds a Y."""
        xp = array_namespace(state)
        n_wires = n_wires_of(state)
        self._check(n_wires)
        index, factor = _action(self, n_wires)
        dtype = state.dtype
        if self.letters.count("Y"):
            dtype = xp.result_type(dtype, xp.complex64)
        elif xp.isdtype(dtype, "real floating"):
            factor = factor.real
        device = device_of(state)
        moved = xp.take(state, xp.asarray(index, device=device), axis=-1)
        return xp.astype(moved, dtype) * xp.asarray(factor, dtype=dtype, device=device)

    def _check(self, n_wires: int) -> None:
        """Raise InputError for a state with too few wires."""
        if not all(0 <= wire < n_wires for wire in self.wires):
            raise InputError(f"{self} does not fit a state of {n_wires} wires.")


def check_observables(observables: Any) -> tuple[Any, ...]:
    """Return a sequence of observables as a tuple, or raise InputError."""
    found = tuple(observables) if isinstance(observables, Iterable) else ()
    if not found or not all(hasattr(x, "diagonal") and hasattr(x, "apply") for x in found):
        raise InputError(f"observables is {observables!r}: give a list such as [z(0), z(1)].")
    return found


def measure(
    observables: Sequence[Observable], state: Num[Any, "*batch amplitudes"]
) -> Real[Any, "*batch observables"]:
    """Return the expectation values of several observables."""
    xp = array_namespace(state)
    table = diagonal_table(tuple(observables), state.shape[-1])
    if table is None:
        return xp.stack([expectation(observable, state) for observable in observables], axis=-1)
    probability = probabilities(state)
    return probability @ xp.asarray(table, dtype=probability.dtype, device=device_of(state))


@lru_cache(maxsize=256)
def diagonal_table(
    observables: tuple[Observable, ...], size: int
) -> Float[np.ndarray, "amplitudes observables"] | None:
    """Stack the eigenvalues of diagonal observables as columns; None where one is not diagonal."""
    diagonals = [observable.diagonal(size.bit_length() - 1) for observable in observables]
    known = [diagonal for diagonal in diagonals if diagonal is not None]
    return np.stack(known, axis=1) if len(known) == len(diagonals) else None


def z(*wires: int) -> PauliString:
    """Name the product of Z on some wires.

    Parameters
    ----------
    *wires : int
        One wire for Z, two for ZZ, and so on.

    Returns
    -------
    PauliString

    Examples
    --------
    >>> z(0, 2)
    PauliString(letters='ZZ', wires=(0, 2))
    """
    return PauliString("Z" * len(wires), wires)


@lru_cache(maxsize=1024)
def _action(string: PauliString, n_wires: int) -> tuple[np.ndarray, np.ndarray]:
    """Write a Pauli string as an index and a factor."""
    index, factor = np.arange(2**n_wires), np.ones(2**n_wires, dtype=complex)
    for letter, wire in zip(string.letters, string.wires, strict=True):
        gate_index, gate_factor = monomial_action(PAULI[letter], (wire,), n_wires)
        index, factor = index[gate_index], gate_factor * factor[gate_index]
    return index, factor


def expectation(
    observable: Observable, state: Num[Any, "*batch amplitudes"]
) -> Real[Any, "*batch"]:
    """Return <state| O |state>.

    Parameters
    ----------
    observable : Observable
        A :class:`PauliString`, a Hamiltonian, or anything with ``apply`` and ``diagonal``.
    state : array of shape (..., 2**n_wires)
        Normalised states.

    Returns
    -------
    array of shape (...)

    Examples
    --------
    >>> expectation(z(0), np.array([[1.0, 0.0], [0.6, 0.8]]))
    array([ 1.  , -0.28])
    """
    xp = array_namespace(state)
    diagonal = observable.diagonal(n_wires_of(state))
    if diagonal is not None:
        probability = probabilities(state)
        eigenvalues = xp.asarray(diagonal, dtype=probability.dtype, device=device_of(state))
        return probability @ eigenvalues
    return _overlap(xp, state, observable.apply(state))


def variance(observable: Observable, state: Num[Any, "*batch amplitudes"]) -> Real[Any, "*batch"]:
    """Return <O^2> - <O>^2.

    Parameters
    ----------
    observable : Observable
        As for :func:`expectation`.
    state : array of shape (..., 2**n_wires)
        Normalised states.

    Returns
    -------
    array of shape (...)
        Variances, not below zero.

    Examples
    --------
    >>> variance(z(0), np.array([0.6, 0.8])).round(4)
    np.float64(0.9216)
    """
    xp = array_namespace(state)
    image = observable.apply(state)
    return xp.clip(_overlap(xp, image, image) - expectation(observable, state) ** 2, 0.0, None)


def z_expectations(
    state: Num[Any, "*batch amplitudes"], *, pairs: bool = False
) -> Real[Any, "*batch readouts"]:
    """Return <Z_i> of every wire, and <Z_i Z_j> of every pair where wanted.

    Parameters
    ----------
    state : array of shape (..., 2**n_wires)
        Normalised states.
    pairs : bool, default=False
        Whether the pairs follow, in lexicographic order.

    Returns
    -------
    array of shape (..., n_wires) or (..., n_wires + n_wires * (n_wires - 1) / 2)

    Examples
    --------
    >>> z_expectations(np.array([0.6, 0.0, 0.0, 0.8]), pairs=True).round(2)
    array([-0.28, -0.28,  1.  ])
    """
    return measure(_z_strings(n_wires_of(state), pairs), state)


@lru_cache(maxsize=64)
def _z_strings(n_wires: int, pairs: bool) -> tuple[PauliString, ...]:
    """Name every Z, and every ZZ."""
    wires = range(n_wires)
    return tuple(z(*some) for size in (1, 2)[: 1 + pairs] for some in combinations(wires, size))


def sample(
    state: Num[Any, "*batch amplitudes"], shots: int, rng: np.random.Generator
) -> Int8[np.ndarray, "*batch shots wires"]:
    """Measure every wire ``shots`` times.

    Parameters
    ----------
    state : array of shape (2**n_wires,) or (batch, 2**n_wires)
        Normalised states.
    shots : int
        Number of measurements of each state.
    rng : numpy.random.Generator
        Where the draws come from.

    Returns
    -------
    ndarray of shape (shots, n_wires) or (batch, shots, n_wires), int8
        Bits, 0 or 1.

    Examples
    --------
    >>> sample(np.array([0.0, 1.0]), 2, np.random.default_rng(0))
    array([[1],
           [1]], dtype=int8)
    """
    n_wires = n_wires_of(state)
    check_count("shots", shots)
    rng = as_generator(rng)
    probability = probabilities(state)
    if is_torch_array(probability):
        probability = probability.detach().cpu()
    probability = np.asarray(probability, dtype=np.float64)
    rows = np.atleast_2d(probability)
    cumulative = np.cumsum(rows, axis=1)
    if not len(rows) or not ((cumulative[:, -1] > 0) & np.isfinite(cumulative[:, -1])).all():
        raise InputError("A state is zero, or holds NaN: it cannot be measured.")
    # The last entry is 1 up to rounding; a draw above it would point past the end.
    draws = rng.random((len(rows), shots)) * cumulative[:, -1:]
    numbers = np.stack(
        [np.searchsorted(c, d, side="right") for c, d in zip(cumulative, draws, strict=True)]
    )
    bits = (numbers[..., None] >> np.arange(n_wires - 1, -1, -1)) & 1
    return bits.astype(np.int8).reshape(*probability.shape[:-1], shots, n_wires)


def sampled_expectation(
    wires: Sequence[int], bits: Integer[np.ndarray, "*batch shots wires"]
) -> Float[Any, "*batch"]:
    """Estimate <Z ... Z> on some wires from measured bits.

    Parameters
    ----------
    wires : sequence of int
        The wires whose Z are multiplied.
    bits : ndarray of shape (..., shots, n_wires)
        What :func:`sample` returned.

    Returns
    -------
    ndarray of shape (...)

    Examples
    --------
    >>> sampled_expectation((0, 1), np.array([[0, 0], [1, 1], [0, 1], [0, 0]]))
    np.float64(0.5)
    """
    bits = np.asarray(bits)
    if bits.ndim < 2 or not bits.shape[-2]:
        raise InputError(
            f"bits have shape {bits.shape}; give (..., shots, n_wires), with at least one shot."
        )
    if not all(is_integer(wire) and 0 <= wire < bits.shape[-1] for wire in wires):
        raise InputError(f"wires {list(wires)} do not fit bits of {bits.shape[-1]} wires.")
    return (1.0 - 2.0 * (bits[..., list(wires)].sum(axis=-1) % 2)).mean(axis=-1)


def _overlap(xp: Any, left: Any, right: Any) -> Any:
    """Real part of <left|right>."""
    if xp.isdtype(left.dtype, "complex floating") and xp.isdtype(right.dtype, "complex floating"):
        return xp.sum(xp.real(left) * xp.real(right) + xp.imag(left) * xp.imag(right), axis=-1)
    return xp.sum(xp.real(left) * xp.real(right), axis=-1)
