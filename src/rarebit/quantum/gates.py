"""The gates as data: constant matrices, no code per gate.

Every one-parameter gate used here has the form ``U(t) = A + cos(f t) B + sin(f t) C`` with constant
matrices A, B, C and a frequency f (1/2 for rotations, 1 for phases), and ``dU/dt = K U`` with a
constant generator K. A gate without a parameter is its A alone. The same table thus serves every
array library and both ways of differentiating.

Wire 0 is the most significant bit, here and everywhere in this package, as in PennyLane.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import block_diag

from rarebit._common.parameters import check_value

_I = np.eye(2, dtype=complex)
_X = np.array([[0, 1], [1, 0]], dtype=complex)
_Y = np.array([[0, -1j], [1j, 0]])
_Z = np.diag([1, -1]).astype(complex)
_NOTHING = np.zeros((2, 2), dtype=complex)

PAULI = {"I": _I, "X": _X, "Y": _Y, "Z": _Z}


@dataclass(frozen=True, eq=False)
class Gate:
    """One entry of the gate table: A, B, C and f of the module's formula."""

    name: str  # as PennyLane has it
    n_wires: int
    n_params: int
    constant: np.ndarray  # A, (2**n_wires, 2**n_wires), like B and C
    cosine: np.ndarray
    sine: np.ndarray
    frequency: float
    symbols: tuple[str, ...]  # of each wire in a drawing

    def matrix(self, angle: ArrayLike = 0.0) -> np.ndarray:
        """Return the gate's matrix at an angle, or at each of several: (..., size, size)."""
        phase = self.frequency * np.asarray(angle)[..., None, None]
        return self.constant + np.cos(phase) * self.cosine + np.sin(phase) * self.sine

    @cached_property
    def generator(self) -> np.ndarray:
        """The constant K of ``dU/dt = K U``."""
        # At t = 0 the gate is the identity, so K is the derivative there.
        return self.frequency * self.sine

    @cached_property
    def is_real(self) -> bool:
        """Whether the matrix is real at every angle."""
        return not any(np.iscomplex(m).any() for m in (self.constant, self.cosine, self.sine))

    @cached_property
    def is_monomial(self) -> bool:
        """Whether it only permutes amplitudes and multiplies them with constants."""
        return self.n_params == 0 and bool((np.count_nonzero(self.constant, axis=0) == 1).all())


def _fixed(name: str, matrix: np.ndarray, *symbols: str) -> Gate:
    """Make a gate without a parameter."""
    nothing = np.zeros_like(matrix)
    return Gate(name, len(symbols), 0, matrix, nothing, nothing, 0.0, symbols)


# On a wire without a gate.
IDLE = _fixed("Identity", _I, "")


def _rotation(name: str, pauli: np.ndarray) -> Gate:
    """Make exp(-i t P / 2) for a Pauli matrix P."""
    return Gate(name, 1, 1, _NOTHING, _I, -1j * pauli, 0.5, (name,))


def _controlled(gate: Gate, name: str) -> Gate:
    """Add one control wire in front of a gate."""
    size = len(gate.constant)
    nothing = np.zeros((size, size))
    return replace(
        gate,
        name=name,
        n_wires=gate.n_wires + 1,
        constant=block_diag(np.eye(size), gate.constant),
        cosine=block_diag(nothing, gate.cosine),
        sine=block_diag(nothing, gate.sine),
        symbols=("●", *gate.symbols),
    )


def _gate_table() -> dict[str, Gate]:
    """List every gate by name."""
    gates = [
        _fixed("Hadamard", (_X + _Z) / np.sqrt(2), "H"),
        _fixed("PauliX", _X, "X"),
        _fixed("PauliY", _Y, "Y"),
        _fixed("PauliZ", _Z, "Z"),
        _fixed("S", np.diag([1, 1j]), "S"),
        _fixed("T", np.diag([1, np.exp(0.25j * np.pi)]), "T"),
        _rotation("RX", _X),
        _rotation("RY", _Y),
        _rotation("RZ", _Z),
        Gate(
            "PhaseShift",
            1,
            1,
            np.diag([1, 0]).astype(complex),
            np.diag([0, 1]).astype(complex),
            np.diag([0, 1j]),
            1.0,
            ("P",),
        ),
        _fixed("SWAP", np.eye(4, dtype=complex)[[0, 2, 1, 3]], "x", "x"),
    ]
    table = {gate.name: gate for gate in gates}
    table["CZ"] = _controlled(_fixed("PauliZ", _Z, "●"), "CZ")
    table["CNOT"] = _controlled(_fixed("PauliX", _X, "⊕"), "CNOT")
    table["Toffoli"] = _controlled(table["CNOT"], "Toffoli")
    for name in ("RX", "RY", "RZ"):
        table["C" + name] = _controlled(table[name], "C" + name)
    table["ControlledPhaseShift"] = _controlled(table["PhaseShift"], "ControlledPhaseShift")
    return table


GATES = _gate_table()

# The short names of the field.
ALIASES = {
    "H": "Hadamard",
    "X": "PauliX",
    "Y": "PauliY",
    "Z": "PauliZ",
    "Phase": "PhaseShift",
    "CX": "CNOT",
    "CPhase": "ControlledPhaseShift",
    "CCX": "Toffoli",
}


def get_gate(name: str) -> Gate:
    """Look up a gate by its name or short name."""
    name = check_value("gate", name, *sorted(GATES), *sorted(ALIASES))
    return GATES[ALIASES.get(name, name)]
