"""The variational quantum eigensolver, for a whole batch of states at once.

Each state gets its own angles: the ansatz acts on it, and the angles are moved until the energy of
the result is low. QI-SMOTE (arXiv:2509.02863) runs two layers of RY and CZ for 100 iterations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.optimize import minimize

from rarebit.exceptions import InputError
from rarebit.quantum.circuit import Circuit
from rarebit.quantum.differentiation import adjoint
from rarebit.quantum.entanglers import rotation_layers
from rarebit.quantum.hamiltonians import Hamiltonian
from rarebit.quantum.observables import expectation
from rarebit.quantum.statevector import n_wires_of, simulate

Optimizer = Literal["cobyla", "spsa", "adam"]

# A plateau before this iteration is the source's sign that the optimiser failed.
PLATEAU_ITERATION = 50

Energies = Callable[[np.ndarray], np.ndarray]
Gradient = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, eq=False)
class EnergyMinimum:
    """What :func:`minimize_energy` found.

    Attributes
    ----------
    parameters : ndarray of shape (n_states, n_weights)
        The best angles of each state; equal rows where they are shared.
    energies : ndarray of shape (n_states,)
        Energy at these angles.
    states : ndarray of shape (n_states, 2**n_wires)
        The ansatz at these angles, applied to each state.
    trace : ndarray of shape (n_states, n_iterations + 1)
        The lowest energy so far: at the start, and after each iteration. For ``"cobyla"`` an
        iteration is one evaluation.
    settled_at : ndarray of shape (n_states,), int64
        The iteration after which the energy fell by less than 1 % of its whole fall.
    plateau : ndarray of shape (n_states,), bool
        Whether a run of at least 50 iterations settled before iteration 50.
    gradient_norm : ndarray of shape (n_states,)
        Length of the exact gradient at the end: near 0, the plateau is a minimum; far from 0, the
        optimiser is stuck.
    """

    parameters: np.ndarray
    energies: np.ndarray
    states: np.ndarray
    trace: np.ndarray
    settled_at: np.ndarray
    plateau: np.ndarray
    gradient_norm: np.ndarray


def minimize_energy(
    hamiltonian: Hamiltonian,
    states: np.ndarray,
    *,
    ansatz: Circuit | None = None,
    optimizer: Optimizer = "adam",
    max_iterations: int = 100,
    learning_rate: float = 0.1,
    initial: np.ndarray | None = None,
    shared: bool = False,
    random_state: int | np.random.Generator | None = None,
) -> EnergyMinimum:
    """Lower the energy of states with a variational circuit (VQE).

    Parameters
    ----------
    hamiltonian : IsingHamiltonian or OuterHamiltonian
        What the energy is.
    states : ndarray of shape (n_states, 2**n_wires)
        The states to start from, for example encoded and entangled rows.
    ansatz : Circuit, default=None
        The circuit that acts after each state, its weights being the angles. None is two layers
        of RY and linear CZ.
    optimizer : {"cobyla", "spsa", "adam"}, default="adam"
        ``"cobyla"`` (SciPy, one state after the other) and ``"spsa"`` use energies alone;
        ``"adam"`` uses exact gradients. The last two move all states at once.
    max_iterations : int, default=100
        Iterations; for ``"cobyla"`` evaluations of the energy.
    learning_rate : float, default=0.1
        First step length: of ``"adam"`` (it falls along a half cosine to zero), of ``"spsa"`` (its
        gain), and the first trust radius of ``"cobyla"`` times ten.
    initial : ndarray of shape (n_weights,) or (n_states, n_weights), default=None
        Angles to start from; None starts at zero, where RY layers are the identity.
    shared : bool, default=False
        Whether all states share one set of angles, which minimises their mean energy. Such a
        circuit is an isometry: it changes no distance between states.
    random_state : int, numpy.random.Generator or None, default=None
        The directions of ``"spsa"``.

    Returns
    -------
    EnergyMinimum
        Angles, energies, states, traces and signs of convergence.

    Raises
    ------
    InputError
        If an argument is not as described.

    Examples
    --------
    >>> from rarebit.quantum import IsingHamiltonian
    >>> hamiltonian = IsingHamiltonian([[0.0, -1.0], [0.0, 0.0]], [0.0, -0.1])
    >>> found = minimize_energy(hamiltonian, np.full((3, 4), 0.5))
    >>> found.parameters.shape, found.trace.shape
    ((3, 4), (3, 101))
    >>> bool((found.energies < -1.0).all())
    True
    """
    n_wires = n_wires_of(states)
    if ansatz is None:
        ansatz = rotation_layers(n_wires, 2)
    _check(states, ansatz, n_wires, optimizer, max_iterations)
    n_sets = 1 if shared else len(states)
    start = np.zeros(ansatz.n_weights) if initial is None else np.asarray(initial)
    start = np.array(np.broadcast_to(start, (n_sets, ansatz.n_weights)), dtype=states.real.dtype)

    def energies(weights: np.ndarray) -> np.ndarray:
        """Energy of each set of angles, given as rows."""
        weights = weights[0] if shared else weights
        found: np.ndarray = expectation(
            hamiltonian, simulate(ansatz, weights, initial_state=states)
        )
        return found.mean(keepdims=True) if shared else found

    def gradient(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Energy and exact gradient of each set of angles."""
        weights = weights[0] if shared else weights
        found = adjoint(ansatz, [hamiltonian], weights, initial_state=states)
        assert found.weights is not None
        if shared:
            return found.values.mean(keepdims=True)[:, 0], found.weights[None] / len(states)
        return found.values[:, 0], found.weights

    if optimizer == "cobyla":
        best, trace = _cobyla(
            hamiltonian, ansatz, states, start, max_iterations, 10 * learning_rate, shared=shared
        )
    elif optimizer == "spsa":
        rng = np.random.default_rng(random_state)
        best, trace = _spsa(energies, start, max_iterations, learning_rate, rng)
    else:
        best, trace = _adam(gradient, start, max_iterations, learning_rate)

    _, slope = gradient(best)
    weights = np.broadcast_to(best, (len(states), ansatz.n_weights))
    final = simulate(ansatz, weights, initial_state=states)
    settled_at = _settled_at(trace)
    everyone = np.zeros(len(states))
    return EnergyMinimum(
        parameters=weights,
        energies=expectation(hamiltonian, final),
        states=final,
        trace=np.broadcast_to(trace, (len(states), trace.shape[1])),
        settled_at=np.broadcast_to(settled_at, everyone.shape),
        plateau=np.broadcast_to(
            (settled_at < PLATEAU_ITERATION) & (max_iterations >= PLATEAU_ITERATION),
            everyone.shape,
        ),
        gradient_norm=np.broadcast_to(np.linalg.norm(slope, axis=1), everyone.shape),
    )


def _check(
    states: np.ndarray, ansatz: Circuit, n_wires: int, optimizer: str, max_iterations: int
) -> None:
    """Refuse arguments that do not fit each other."""
    if states.ndim != 2:
        raise InputError(f"states must have shape (n_states, 2**n_wires), not {states.shape}.")
    if ansatz.n_wires != n_wires:
        raise InputError(f"An ansatz of {ansatz.n_wires} wires cannot act on {n_wires} wires.")
    if optimizer not in get_args(Optimizer):
        raise InputError(f"There is no optimizer {optimizer!r}; use cobyla, spsa or adam.")
    if max_iterations < 1:
        raise InputError(f"max_iterations must be at least 1, not {max_iterations}.")


def _settled_at(trace: np.ndarray) -> np.ndarray:
    """First iteration whose energy lies within 1 % of the whole fall above the last one."""
    fall = trace[:, :1] - trace[:, -1:]
    settled: np.ndarray = np.argmax(trace - trace[:, -1:] <= 0.01 * fall, axis=1)
    return settled


def _adam(
    gradient: Gradient, start: np.ndarray, n_iterations: int, learning_rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """Adam (Kingma and Ba 2015) with exact gradients and a half-cosine learning rate."""
    beta_1, beta_2, epsilon = 0.9, 0.999, 1e-8
    weights, best = start.copy(), start.copy()
    first, second = np.zeros_like(start), np.zeros_like(start)
    trace = np.empty((len(start), n_iterations + 1))
    lowest = np.full(len(start), np.inf)
    for iteration in range(n_iterations + 1):
        energy, slope = gradient(weights)
        better = energy < lowest
        best[better], lowest[better] = weights[better], energy[better]
        trace[:, iteration] = lowest
        count = iteration + 1
        first = beta_1 * first + (1 - beta_1) * slope
        second = beta_2 * second + (1 - beta_2) * slope**2
        rate = 0.5 * learning_rate * (1 + np.cos(np.pi * iteration / n_iterations))
        step = first / (1 - beta_1**count) / (np.sqrt(second / (1 - beta_2**count)) + epsilon)
        weights = weights - rate * step
    return best, trace


def _spsa(
    energies: Energies,
    start: np.ndarray,
    n_iterations: int,
    learning_rate: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Simultaneous perturbation (Spall 1998, with its recommended decay exponents)."""
    weights, best = start.copy(), start.copy()
    lowest = energies(start)
    trace = np.empty((len(start), n_iterations + 1))
    trace[:, 0] = lowest
    for iteration in range(n_iterations):
        gain = learning_rate * (1 + 0.1 * n_iterations) ** 0.602
        gain /= (iteration + 1 + 0.1 * n_iterations) ** 0.602
        width = 0.2 / (iteration + 1) ** 0.101
        direction = rng.choice([-1.0, 1.0], size=start.shape).astype(start.dtype)
        above, below = energies(weights + width * direction), energies(weights - width * direction)
        weights = weights - (gain * (above - below) / (2 * width))[:, None] * direction
        energy = energies(weights)
        better = energy < lowest
        best[better], lowest[better] = weights[better], energy[better]
        trace[:, iteration + 1] = lowest
    return best, trace


def _cobyla(
    hamiltonian: Hamiltonian,
    ansatz: Circuit,
    states: np.ndarray,
    start: np.ndarray,
    n_evaluations: int,
    radius: float,
    *,
    shared: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """SciPy's COBYLA, one set of angles after the other."""
    best = np.empty_like(start)
    trace = np.empty((len(start), n_evaluations + 1))
    for row, first in enumerate(start):
        own = states if shared else states[row : row + 1]
        seen: list[tuple[float, np.ndarray]] = []

        def energy(
            weights: np.ndarray,
            own: np.ndarray = own,
            seen: list[tuple[float, np.ndarray]] = seen,
        ) -> float:
            weights = weights.astype(own.real.dtype)
            found = expectation(hamiltonian, simulate(ansatz, weights, initial_state=own))
            seen.append((float(found.mean()), weights.copy()))
            return seen[-1][0]

        energy(first)
        minimize(
            energy, first, method="COBYLA", options={"maxiter": n_evaluations, "rhobeg": radius}
        )
        falling = np.minimum.accumulate([value for value, _ in seen])[: n_evaluations + 1]
        trace[row] = np.pad(falling, (0, n_evaluations + 1 - len(falling)), mode="edge")
        best[row] = min(seen, key=lambda pair: pair[0])[1]
    return best, trace
