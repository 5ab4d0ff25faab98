"""States, gates, encodings, Hamiltonians, VQE, circuits and noise.

Circuits are data, states are arrays of shape ``(2**n_wires,)`` or ``(batch, 2**n_wires)`` (NumPy,
or torch with autograd), wire 0 is the most significant bit.

Circuits and encodings build a :class:`Circuit`; ``simulate`` and ``expectations`` run it, exactly,
with shots or on a PennyLane device; ``adjoint`` differentiates it; ``noisy_expectations`` adds
noise; ``minimize_energy`` is the variational eigensolver; ``QuantumLayer`` (extra ``torch``) is the
circuit as a module. ``rarebit.quantum.pennylane_backend`` exports to OpenQASM and PennyLane.

Examples
--------
Encode rows, entangle them, and lower their energy:

>>> import numpy as np
>>> rows = np.random.default_rng(0).uniform(size=(5, 3))
>>> circuit = angle_encoding(3) + entangling_layers(3)
>>> states = simulate(circuit, inputs=to_angles(rows))
>>> plain = simulate(angle_encoding(3), inputs=to_angles(rows))
>>> hamiltonian = IsingHamiltonian.from_expectations(z_expectations(plain))
>>> found = minimize_energy(hamiltonian, states, random_state=0)
>>> bool((found.energies <= expectation(hamiltonian, states)).all())
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rarebit._common.optional import import_extra
from rarebit.quantum.circuit import Circuit, Input, Operation, Weight, rot
from rarebit.quantum.differentiation import Gradients, adjoint
from rarebit.quantum.drawing import draw_circuit
from rarebit.quantum.encodings import amplitude_state, angle_encoding, reuploading, to_angles
from rarebit.quantum.entanglers import entangling_layers, rotation_layers
from rarebit.quantum.execution import expectations
from rarebit.quantum.hamiltonians import IsingHamiltonian, OuterHamiltonian
from rarebit.quantum.noise import (
    NoiseModel,
    NoisyExpectations,
    density_matrix,
    noisy_expectations,
)
from rarebit.quantum.observables import (
    PauliString,
    expectation,
    sample,
    sampled_expectation,
    variance,
    z,
    z_expectations,
)
from rarebit.quantum.statevector import probabilities, simulate
from rarebit.quantum.vqe import EnergyMinimum, minimize_energy

if TYPE_CHECKING:
    from rarebit.quantum.layer import QuantumLayer

__all__ = [
    "Circuit",
    "EnergyMinimum",
    "Gradients",
    "Input",
    "IsingHamiltonian",
    "NoiseModel",
    "NoisyExpectations",
    "Operation",
    "OuterHamiltonian",
    "PauliString",
    "QuantumLayer",
    "Weight",
    "adjoint",
    "amplitude_state",
    "angle_encoding",
    "density_matrix",
    "draw_circuit",
    "entangling_layers",
    "expectation",
    "expectations",
    "minimize_energy",
    "noisy_expectations",
    "probabilities",
    "reuploading",
    "rot",
    "rotation_layers",
    "sample",
    "sampled_expectation",
    "simulate",
    "to_angles",
    "variance",
    "z",
    "z_expectations",
]


def __getattr__(name: str) -> Any:
    """Load the torch layer when it is first asked for."""
    if name == "QuantumLayer":
        import_extra("torch")
        from rarebit.quantum.layer import QuantumLayer

        return QuantumLayer
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
