"""Expectation values of circuits: exact or from shots, here or on a PennyLane device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np

from rarebit._common.parameters import check_count, check_value
from rarebit._common.random_state import RandomState, as_generator
from rarebit.exceptions import InputError
from rarebit.quantum.circuit import Circuit, Operation
from rarebit.quantum.observables import (
    Observable,
    PauliString,
    check_observables,
    measure,
    sample,
    sampled_expectation,
)
from rarebit.quantum.statevector import n_wires_of, simulate

Backend = Literal["rarebit", "pennylane"]

# Enough shots for four digits; more would fill the memory.
MOST_SHOTS = 100_000_000


def expectations(
    circuit: Circuit,
    observables: Sequence[Observable],
    weights: Any = None,
    inputs: Any = None,
    *,
    initial_state: Any = None,
    shots: int | None = None,
    backend: Backend = "rarebit",
    device: Any = "lightning.qubit",
    random_state: RandomState = None,
) -> Any:
    """Run a circuit and measure it.

    Parameters
    ----------
    circuit : Circuit
        What to run.
    observables : sequence of Observable
        What to measure.
    weights, inputs, initial_state : array, default=None
        As for :func:`rarebit.quantum.simulate`.
    shots : int, default=None
        Number of measurements of each observable; None is exact.
    backend : {"rarebit", "pennylane"}, default="rarebit"
        The simulator: Rarebit's own, or PennyLane (extra ``pennylane``).
    device : str or pennylane device, default="lightning.qubit"
        The PennyLane device, hardware included.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=None
        Seed of the shots of the ``"rarebit"`` backend.

    Returns
    -------
    array of shape (n_observables,) or (batch, n_observables)
        Expectation values, NumPy where there are shots or PennyLane runs it.

    Examples
    --------
    >>> from rarebit.quantum import z
    >>> bell = Circuit(2, [Operation("H", (0,)), Operation("CNOT", (0, 1))])
    >>> expectations(bell, [z(0), z(0, 1)]).round(6)
    array([0., 1.])
    >>> expectations(bell, [z(0, 1)], shots=10)
    array([1.])
    """
    observables = check_observables(observables)
    if shots is not None:
        check_count("shots", shots, high=MOST_SHOTS)
    check_value("backend", backend, *get_args(Backend))
    if backend == "pennylane":
        from rarebit.quantum.pennylane_backend import to_qnode

        qnode = to_qnode(circuit, observables, device=device, shots=shots)
        return np.stack([np.asarray(v) for v in qnode(weights, inputs, initial_state)], axis=-1)
    state = simulate(circuit, weights, inputs, initial_state=initial_state)
    if shots is not None:
        rng = as_generator(random_state)
        return np.stack([_sampled(item, state, shots, rng) for item in observables], axis=-1)
    return measure(observables, state)


def _sampled(
    observable: Observable, state: Any, shots: int, rng: np.random.Generator
) -> np.ndarray:
    """Estimate one observable from measured bits."""
    n_wires = n_wires_of(state)
    if isinstance(observable, PauliString):
        # X and Y are measured as Z after a rotation of their wire: H, and H after the inverse of S.
        rotations = []
        for letter, wire in zip(observable.letters, observable.wires, strict=True):
            if letter == "Y":
                rotations.append(Operation("PhaseShift", (wire,), (-np.pi / 2,)))
            if letter in "XY":
                rotations.append(Operation("Hadamard", (wire,)))
        bits = sample(simulate(Circuit(n_wires, rotations), initial_state=state), shots, rng)
        letters = zip(observable.letters, observable.wires, strict=True)
        return sampled_expectation([wire for letter, wire in letters if letter != "I"], bits)
    diagonal = observable.diagonal(n_wires)
    if diagonal is None:
        raise InputError(
            f"A {type(observable).__name__} is neither diagonal nor a Pauli string: measure it "
            "without shots."
        )
    numbers = sample(state, shots, rng) @ (1 << np.arange(n_wires - 1, -1, -1))
    mean: np.ndarray = diagonal[numbers].mean(axis=-1)
    return mean
