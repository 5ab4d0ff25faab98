"""States, gates, encodings, Hamiltonians, VQE, circuits and noise.

Circuits are data, states are arrays of shape ``(2**n_wires,)`` or ``(batch, 2**n_wires)`` (NumPy,
or torch with autograd), wire 0 is the most significant bit.

Circuits
    ``Circuit(n_wires, operations)``, ``Operation(name, wires, parameters=())``,
    ``Weight(index)``, ``Input(index)``, ``rot(wire, phi, theta, omega)``
Encodings
    ``to_angles(features, angle="centered")``, ``angle_encoding(n_wires)`` (inputs are angles),
    ``reuploading(n_wires, layers)``, ``amplitude_state(features, n_wires=None)``
Entanglers
    ``entangling_layers(n_wires, entanglers=("CNOT", "CZ", "Toffoli"), wiring="linear")``,
    ``rotation_layers(n_wires, n_layers, *, rotations=("RY",), entangler="CZ", wiring="linear")``
Simulation
    ``simulate(circuit, weights=None, inputs=None, *, initial_state=None) -> state``,
    ``probabilities(state)``, ``adjoint(circuit, observables, weights, inputs, ...) -> Gradients``
Observables
    ``z(*wires)``, ``PauliString(letters, wires)``, ``expectation(observable, state)``,
    ``variance(observable, state)``, ``z_expectations(state, *, pairs=False)``,
    ``sample(state, shots, rng)``, ``sampled_expectation(wires, bits)``
Energies
    ``IsingHamiltonian(couplings, fields)``, ``IsingHamiltonian.from_expectations(z)``,
    ``OuterHamiltonian(state)``, ``minimize_energy(hamiltonian, states, *, ansatz=None,
    optimizer="bfgs", max_iterations=100, step=None, initial=None, shared=False,
    random_state=None, backend="auto") -> EnergyMinimum(parameters, energies, states, trace,
    settled_at, plateau, gradient_norm)``; the optimizer may be "adam", "spsa" or "cobyla" too
Execution
    ``expectations(circuit, observables, weights=None, inputs=None, *, initial_state=None,
    shots=None, backend="rarebit", device="lightning.qubit", random_state=None)``,
    ``rarebit.quantum.pennylane_backend.to_qasm(circuit, weights, inputs)`` and ``to_qnode``
Noise
    ``NoiseModel(depolarizing, amplitude_damping, bit_flip, phase_flip, readout_error)``,
    ``noisy_expectations(circuit, observables, noise, weights, inputs, ...)``,
    ``density_matrix(circuit, noise, weights, inputs, ...)``
Torch (extra ``torch``)
    ``QuantumLayer(circuit, observables=None, *, encoding="x", backend="rarebit",
    pennylane_device="default.qubit")``

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
from rarebit.quantum.drawing import draw_circuit, draw_text
from rarebit.quantum.encodings import amplitude_state, angle_encoding, reuploading, to_angles
from rarebit.quantum.entanglers import entangling_layers, rotation_layers, wire_groups
from rarebit.quantum.execution import expectations
from rarebit.quantum.gates import GATES, Gate
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
    "GATES",
    "Circuit",
    "EnergyMinimum",
    "Gate",
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
    "draw_text",
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
    "wire_groups",
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
