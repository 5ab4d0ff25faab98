"""Hamiltonians whose energy is minimised: Ising, and the projector on a state."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

from rarebit._common.memory import refuse_beyond_memory
from rarebit.exceptions import InputError
from rarebit.quantum.arguments import FEWER_WIRES
from rarebit.quantum.statevector import n_wires_of

if TYPE_CHECKING:
    from jaxtyping import Float


def signs(n_wires: int) -> Float[np.ndarray, "amplitudes wires"]:
    """Return Z of every wire in every basis state."""
    bits = (np.arange(2**n_wires)[:, None] >> np.arange(n_wires - 1, -1, -1)) & 1
    return 1.0 - 2.0 * bits


@dataclass(frozen=True, eq=False)
class IsingHamiltonian:
    """H = sum over i < j of w_ij Z_i Z_j + sum over i of b_i Z_i.

    Parameters
    ----------
    couplings : array-like of shape (n_wires, n_wires)
        The w_ij: entries above the diagonal are used, so a symmetric matrix counts each pair once.
    fields : array-like of shape (n_wires,)
        The b_i.

    Examples
    --------
    >>> hamiltonian = IsingHamiltonian([[0.0, -1.0], [-1.0, 0.0]], [0.0, 0.5])
    >>> hamiltonian.eigenvalues
    array([-0.5,  0.5,  1.5, -1.5])
    """

    couplings: np.ndarray
    fields: np.ndarray

    def __post_init__(self) -> None:
        couplings = _finite("couplings", self.couplings)
        fields = _finite("fields", self.fields)
        if fields.ndim != 1 or not len(fields) or couplings.shape != (len(fields), len(fields)):
            raise InputError(
                f"An Ising Hamiltonian takes couplings of shape (n, n) and n fields, not "
                f"{couplings.shape} and {fields.shape}."
            )
        object.__setattr__(self, "couplings", couplings)
        object.__setattr__(self, "fields", fields)

    @classmethod
    def from_expectations(cls, expectations: np.ndarray) -> IsingHamiltonian:
        """Build the Hamiltonian under which rows lie low, from their <Z_i> (n_rows, n_wires).

        ``w_ij = -corr(z_i, z_j)`` and ``b_i = -mean(z_i)``; a column without variance is coupled to
        nothing.
        """
        expectations = _finite("expectations", expectations)
        if expectations.ndim != 2 or not expectations.size:
            raise InputError(
                f"expectations have shape {expectations.shape}; give (n_rows, n_wires), with at "
                "least one row."
            )
        centred = expectations - expectations.mean(axis=0)
        length = np.sqrt((centred**2).sum(axis=0))
        varies = length > 1e-12 * np.sqrt(len(expectations))
        unit = centred / np.where(varies, length, 1.0) * varies
        return cls(-(unit.T @ unit), -expectations.mean(axis=0))

    @property
    def n_wires(self) -> int:
        """Number of wires."""
        return len(self.fields)

    @cached_property
    def eigenvalues(self) -> np.ndarray:
        """Energy of every basis state, of shape (2**n_wires,)."""
        n_bytes = 8 * self.n_wires * 2**self.n_wires
        refuse_beyond_memory(n_bytes, f"A Hamiltonian of {self.n_wires} wires", FEWER_WIRES)
        z = signs(self.n_wires)
        pairs = np.einsum("si,ij,sj->s", z, np.triu(self.couplings, 1), z, optimize=True)
        return pairs + z @ self.fields

    def diagonal(self, n_wires: int) -> np.ndarray:
        """Return the diagonal of H on ``n_wires`` wires, which must be its own number."""
        _check_wires(n_wires, self.n_wires)
        return self.eigenvalues

    def apply(self, state: Any) -> Any:
        """Return H times the states (..., 2**n_wires)."""
        xp = array_namespace(state)
        diagonal = self.diagonal(n_wires_of(state))
        return state * xp.asarray(diagonal, dtype=xp.real(state).dtype, device=device_of(state))


@dataclass(frozen=True, eq=False)
class OuterHamiltonian:
    """H = -|s><s|: its energy is minus the overlap with a state s, so similar states lie low.

    Parameters
    ----------
    state : array-like of shape (2**n_wires,)
        The state s, real or complex; scaled to length 1.

    Examples
    --------
    >>> OuterHamiltonian([1.0, 0.0]).apply(np.array([0.6, 0.8]))
    array([-0.6, -0. ])
    """

    state: np.ndarray

    def __post_init__(self) -> None:
        state = np.asarray(self.state)
        if state.ndim != 1 or state.dtype.kind not in "buifc":
            raise InputError(
                "The outer Hamiltonian takes one state, numbers of shape (2**n_wires,)."
            )
        n_wires_of(state)
        with np.errstate(over="ignore"):
            length = np.linalg.norm(state)
        if not 0 < length < np.inf:
            raise InputError(
                "The outer Hamiltonian takes a state of finite numbers, and not the zero vector."
            )
        object.__setattr__(self, "state", state / length)

    @property
    def n_wires(self) -> int:
        """Number of wires."""
        return n_wires_of(self.state)

    def diagonal(self, n_wires: int) -> None:
        """Return None: this Hamiltonian is not diagonal."""
        _check_wires(n_wires, self.n_wires)

    def apply(self, state: Any) -> Any:
        """Return H times the states (..., 2**n_wires)."""
        _check_wires(n_wires_of(state), self.n_wires)
        xp = array_namespace(state)
        is_real = np.isrealobj(self.state) and xp.isdtype(state.dtype, "real floating")
        dtype = state.dtype if is_real else xp.result_type(state.dtype, xp.complex64)
        own = xp.asarray(self.state, dtype=dtype, device=device_of(state))
        overlap = xp.sum(xp.conj(own) * state, axis=-1, keepdims=True)
        return -overlap * own


def _finite(name: str, values: Any) -> np.ndarray:
    """Return values as finite floats, or raise InputError."""
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be numbers.") from None
    if not np.isfinite(found).all():
        raise InputError(f"{name} hold NaN or infinity; give finite numbers.")
    return found


Hamiltonian = IsingHamiltonian | OuterHamiltonian


def _check_wires(given: int, own: int) -> None:
    """Raise InputError for a state of another number of wires."""
    if given != own:
        raise InputError(f"A Hamiltonian of {own} wires cannot act on a state of {given} wires.")
