"""Circuits on noisy hardware: channels after every gate, and read-out errors.

Few wires are simulated exactly with the density matrix, more of them by trajectories: pure states
that follow one random branch of every channel (Dalibard, Castin and Molmer 1992), averaged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from rarebit._common.memory import refuse_beyond_memory
from rarebit._common.parameters import FRACTION, check_count, check_value, check_values
from rarebit._common.random_state import RandomState, as_generator
from rarebit.exceptions import InputError
from rarebit.quantum.arguments import FEWER_WIRES, Arguments, prepare
from rarebit.quantum.circuit import Circuit, Operation, look_up
from rarebit.quantum.gates import PAULI
from rarebit.quantum.observables import Observable, PauliString, check_observables
from rarebit.quantum.statevector import apply_dense

if TYPE_CHECKING:
    from jaxtyping import Complex, Float, Num, Real

Method = Literal["auto", "density", "trajectories"]

# A density matrix of 8 wires takes 1 MiB for each row, one of 12 wires 256 MiB.
DENSITY_WIRES = 8


@dataclass(frozen=True)
class NoiseModel:
    """Noise channels on each wire that a gate has just acted on, and read-out errors.

    Parameters
    ----------
    depolarizing : float, default=0.0
        Probability of a random X, Y or Z.
    amplitude_damping : float, default=0.0
        Probability that 1 decays to 0.
    bit_flip, phase_flip : float, default=0.0
        Probability of an X, of a Z.
    readout_error : float, default=0.0
        Probability that a measured bit is read wrongly.

    Examples
    --------
    >>> len(NoiseModel(depolarizing=0.01, bit_flip=0.02).channels)
    2
    """

    depolarizing: float = 0.0
    amplitude_damping: float = 0.0
    bit_flip: float = 0.0
    phase_flip: float = 0.0
    readout_error: float = 0.0

    def __post_init__(self) -> None:
        check_values(vars(self), dict.fromkeys(vars(self), FRACTION))

    @property
    def channels(self) -> list[np.ndarray]:
        """Kraus operators, (n, 2, 2), of each channel that acts, in the order of the parameters."""
        p = self.depolarizing
        gamma = self.amplitude_damping
        damping = [np.diag([1.0, np.sqrt(1 - gamma)]), np.sqrt(gamma) * np.eye(2, k=1)]
        channels = [
            (p, _mix({"I": 1 - p, "X": p / 3, "Y": p / 3, "Z": p / 3})),
            (gamma, np.stack(damping).astype(complex)),
            (self.bit_flip, _mix({"I": 1 - self.bit_flip, "X": self.bit_flip})),
            (self.phase_flip, _mix({"I": 1 - self.phase_flip, "Z": self.phase_flip})),
        ]
        return [kraus for probability, kraus in channels if probability > 0]


def _mix(probabilities: dict[str, float]) -> np.ndarray:
    """Kraus operators of a random Pauli matrix."""
    return np.stack([np.sqrt(p) * PAULI[letter] for letter, p in probabilities.items()])


@dataclass(frozen=True, eq=False)
class NoisyExpectations:
    """Result of :func:`noisy_expectations`.

    Attributes
    ----------
    values : ndarray of shape (n_observables,) or (batch, n_observables)
        Expectation values.
    standard_errors : ndarray of the same shape
        Their standard errors: over the trajectories; zero for the density matrix.
    """

    values: Float[np.ndarray, "*batch observables"]
    standard_errors: Float[np.ndarray, "*batch observables"]


def noisy_expectations(
    circuit: Circuit,
    observables: Sequence[Observable],
    noise: NoiseModel,
    weights: np.ndarray | None = None,
    inputs: np.ndarray | None = None,
    *,
    initial_state: np.ndarray | None = None,
    method: Method = "auto",
    n_trajectories: int = 1000,
    random_state: RandomState = None,
) -> NoisyExpectations:
    """Measure a circuit on noisy hardware.

    Parameters
    ----------
    circuit : Circuit
        What to run. The noise acts after every one of its operations.
    observables : sequence of Observable
        What to measure. With a read-out error they are Pauli strings or diagonal.
    noise : NoiseModel
        The noise.
    weights, inputs, initial_state : ndarray, default=None
        As for :func:`rarebit.quantum.simulate`.
    method : {"auto", "density", "trajectories"}, default="auto"
        ``"auto"`` takes the density matrix up to 8 wires.
    n_trajectories : int, default=1000
        Number of random branches that are averaged.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=None
        Seed of the branches.

    Returns
    -------
    NoisyExpectations

    Examples
    --------
    >>> from rarebit.quantum import z
    >>> flip = Circuit(1, [Operation("X", (0,))])
    >>> noisy_expectations(flip, [z(0)], NoiseModel(bit_flip=0.1)).values.round(6)
    array([-0.8])
    """
    observables = check_observables(observables)
    check_count("n_trajectories", n_trajectories)
    check_value("method", method, *get_args(Method))
    if method == "auto":
        method = "density" if circuit.n_wires <= DENSITY_WIRES else "trajectories"
    batched = any(getattr(a, "ndim", 1) == 2 for a in (weights, inputs, initial_state))
    if method == "density":
        rho = density_matrix(circuit, noise, weights, inputs, initial_state=initial_state)
        rho = rho if batched else rho[None]
        columns = [_trace(item, rho, noise.readout_error) for item in observables]
        values = np.stack(columns, axis=-1)
        errors = np.zeros_like(values)
    else:
        rng = as_generator(random_state)
        states = _trajectories(circuit, noise, weights, inputs, initial_state, n_trajectories, rng)
        columns = [_average(item, states, noise.readout_error) for item in observables]
        runs = np.stack(columns, axis=-1).reshape(-1, n_trajectories, len(columns))
        values = runs.mean(axis=1)
        errors = runs.std(axis=1) / np.sqrt(max(n_trajectories - 1, 1))
    return NoisyExpectations(values, errors) if batched else NoisyExpectations(values[0], errors[0])


def density_matrix(
    circuit: Circuit,
    noise: NoiseModel,
    weights: Real[np.ndarray, "*_ weights"] | None = None,
    inputs: Real[np.ndarray, "*_ inputs"] | None = None,
    *,
    initial_state: Num[np.ndarray, "*_ amplitudes"] | None = None,
) -> Complex[np.ndarray, "*batch amplitudes amplitudes"]:
    """Return the mixed state that a noisy circuit ends in, before read-out.

    Parameters
    ----------
    circuit, noise, weights, inputs, initial_state : Circuit, NoiseModel, ndarray
        As for :func:`noisy_expectations`.

    Returns
    -------
    ndarray of shape (2**n_wires, 2**n_wires) or (batch, 2**n_wires, 2**n_wires)

    Examples
    --------
    >>> flip = Circuit(1, [Operation("X", (0,))])
    >>> density_matrix(flip, NoiseModel(amplitude_damping=0.25)).real.round(6)
    array([[0.25, 0.  ],
           [0.  , 0.75]])
    """
    arguments, state = _prepare(circuit, noise, weights, inputs, initial_state, 2**circuit.n_wires)
    n_wires, size = circuit.n_wires, 2**circuit.n_wires
    # A density matrix is a state of twice the wires: rows first, columns after them.
    rho = (state[:, :, None] * state.conj()[:, None, :]).reshape(len(state), size * size)
    superoperators = [
        sum(np.kron(kraus, kraus.conj()) for kraus in channel) for channel in noise.channels
    ]
    for operation in circuit.operations:
        matrix = _gate_matrix(operation, arguments)
        columns = tuple(wire + n_wires for wire in operation.wires)
        rho = apply_dense(matrix, operation.wires, rho, np)
        rho = apply_dense(matrix.conj(), columns, rho, np)
        for superoperator in superoperators:
            for wire in operation.wires:
                rho = apply_dense(superoperator, (wire, wire + n_wires), rho, np)
    rho = rho.reshape(-1, size, size)
    return rho if arguments.batched else rho[0]


def _prepare(
    circuit: Circuit, noise: NoiseModel, weights: Any, inputs: Any, initial_state: Any, copies: int
) -> tuple[Arguments, np.ndarray]:
    """Check the arguments, for so many copies of each state; return them and the initial states."""
    arguments = prepare(circuit, weights, inputs, initial_state)
    if not isinstance(noise, NoiseModel):
        raise InputError(f"noise is {noise!r}: give a NoiseModel.")
    n_bytes = 16 * arguments.batch * 2**circuit.n_wires * copies
    refuse_beyond_memory(n_bytes, f"A noisy simulation of {circuit.n_wires} wires", FEWER_WIRES)
    state = arguments.initial_state
    if state is None:
        first = np.zeros(2**circuit.n_wires)
        first[0] = 1.0
        state = np.broadcast_to(first, (arguments.batch, len(first)))
    return arguments, state.astype(complex)


def _gate_matrix(operation: Operation, arguments: Arguments) -> np.ndarray:
    """Evaluate a gate's matrix, of shape (..., size, size)."""
    gate = operation.gate
    if not operation.parameters:
        return gate.constant
    return gate.matrix(look_up(operation.parameters[0], arguments.weights, arguments.inputs))


def _trajectories(
    circuit: Circuit,
    noise: NoiseModel,
    weights: Any,
    inputs: Any,
    initial_state: Any,
    n_trajectories: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """Follow random branches of all channels: (batch * n_trajectories, 2**n_wires)."""
    arguments, state = _prepare(circuit, noise, weights, inputs, initial_state, n_trajectories)
    state = np.repeat(state, n_trajectories, axis=0)
    for operation in circuit.operations:
        matrix = _gate_matrix(operation, arguments)
        if matrix.ndim == 3:
            matrix = np.repeat(matrix, n_trajectories, axis=0)
        state = apply_dense(matrix, operation.wires, state, np)
        for channel in noise.channels:
            for wire in operation.wires:
                state = _branch(channel, wire, state, rng)
    return state


def _branch(
    channel: np.ndarray, wire: int, state: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Apply one Kraus operator to each state, drawn with its probability, and normalise."""
    rows, size = state.shape
    split = state.reshape(rows, 2**wire, 2, -1)
    # The reduced density matrix of the wire gives the probability of every Kraus operator.
    reduced = np.einsum("blar,blcr->bac", split, split.conj())
    effects = np.einsum("kca,kcd->kad", channel.conj(), channel)
    chances = np.einsum("bad,kda->bk", reduced, effects).real.clip(0)
    cumulative = np.cumsum(chances, axis=1)
    draws = rng.random((rows, 1)) * cumulative[:, -1:]
    chosen = np.minimum((draws >= cumulative).sum(axis=1), len(channel) - 1)
    branches = np.einsum("bac,blcr->blar", channel[chosen], split).reshape(rows, size)
    return branches / np.linalg.norm(branches, axis=1, keepdims=True)


def _confuse(probability: np.ndarray, n_wires: int, error: float) -> np.ndarray:
    """Flip each measured bit with the read-out error."""
    flip = np.array([[1 - error, error], [error, 1 - error]])
    cube = probability.reshape(-1, *[2] * n_wires)
    for wire in range(n_wires):
        cube = np.moveaxis(np.tensordot(cube, flip, axes=(wire + 1, 1)), -1, wire + 1)
    return cube.reshape(probability.shape)


def _readout_factor(observable: Observable, error: float) -> float:
    """By how much wrong bits shrink the expectation of a Pauli string."""
    if not error:
        return 1.0
    if not isinstance(observable, PauliString):
        raise InputError(
            f"A {type(observable).__name__} is not measured wire by wire; set readout_error to 0."
        )
    return float((1 - 2 * error) ** sum(letter != "I" for letter in observable.letters))


def _trace(observable: Observable, rho: np.ndarray, error: float) -> np.ndarray:
    """Expectation in density matrices, read with errors."""
    n_wires = rho.shape[-1].bit_length() - 1
    diagonal = observable.diagonal(n_wires)
    if diagonal is not None:
        probability = np.einsum("bii->bi", rho).real
        found: np.ndarray = _confuse(probability, n_wires, error) @ diagonal
        return found
    # O rho, column by column; its trace is the expectation.
    image = observable.apply(np.swapaxes(rho, 1, 2))
    traced: np.ndarray = np.einsum("bii->b", image)
    return _readout_factor(observable, error) * traced.real


def _average(observable: Observable, states: np.ndarray, error: float) -> np.ndarray:
    """Expectation in each trajectory, read with errors."""
    n_wires = states.shape[-1].bit_length() - 1
    diagonal = observable.diagonal(n_wires)
    if diagonal is not None:
        found: np.ndarray = _confuse(np.abs(states) ** 2, n_wires, error) @ diagonal
        return found
    overlap = (states.conj() * observable.apply(states)).sum(axis=1)
    return _readout_factor(observable, error) * overlap.real
