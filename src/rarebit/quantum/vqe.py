"""The variational quantum eigensolver, for a whole batch of states at once.

Each state gets its own angles: the ansatz acts on it, and the angles are moved until the energy of
the result is low. QI-SMOTE (arXiv:2509.02863) runs two layers of RY and CZ for 100 iterations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from scipy.optimize import minimize

from rarebit._common.optional import import_extra, is_installed
from rarebit._common.parameters import POSITIVE, TRUTH, Bounds, Rule, check_values
from rarebit._common.random_state import RandomState, as_generator
from rarebit.exceptions import InputError
from rarebit.quantum.circuit import Circuit
from rarebit.quantum.differentiation import adjoint
from rarebit.quantum.entanglers import entangling_layers, rotation_layers
from rarebit.quantum.hamiltonians import Hamiltonian, IsingHamiltonian
from rarebit.quantum.observables import expectation
from rarebit.quantum.optimizers import Found, Function, adam, bfgs, spsa
from rarebit.quantum.statevector import n_wires_of, simulate

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Inexact, Int64

Optimizer = Literal["bfgs", "adam", "spsa", "cobyla"]
Backend = Literal["auto", "numpy", "numba"]

_RULES: dict[str, Rule] = {
    "optimizer": get_args(Optimizer),
    "backend": get_args(Backend),
    "max_iterations": (Bounds(int, 1, 1_000_000),),
    "step": (None, *POSITIVE),
    "shared": TRUTH,
}

# Default first step of each optimiser, in radians. COBYLA's is SciPy's.
DEFAULT_STEPS = {"bfgs": 0.7, "adam": 0.3, "spsa": 0.3, "cobyla": 1.0}

# The source counts a plateau before this iteration as a failure of the optimiser.
PLATEAU_ITERATION = 50

# Rows optimised together: enough to spread the cost of a call, few enough for their matrices to
# stay in the processor's cache. The compiled gradient builds no matrices on the state.
CHUNK_AMPLITUDES = 2**15
COMPILED_CHUNK = 256


@dataclass(frozen=True, eq=False)
class EnergyMinimum:
    """Result of :func:`minimize_energy`.

    Attributes
    ----------
    parameters : ndarray of shape (n_states, n_weights)
        The best angles of each state; equal rows where they are shared.
    energies : ndarray of shape (n_states,)
        Energy at these angles.
    states : ndarray of shape (n_states, 2**n_wires)
        The ansatz at these angles, applied to each state.
    trace : ndarray of shape (n_states, n_iterations + 1)
        The lowest energy so far: at the start, and after each iteration; of the mean energy, in
        equal rows, where the angles are shared.
    settled_at : ndarray of shape (n_states,), int64
        The iteration after which the energy fell by less than 1 % of its whole fall.
    plateau : ndarray of shape (n_states,), bool
        Whether a run of at least 50 iterations settled before iteration 50.
    gradient_norm : ndarray of shape (n_states,)
        Length of the exact gradient at the end. Near 0, a plateau is a minimum; far from 0, the
        optimiser is stuck.
    """

    parameters: Float[np.ndarray, "states weights"]
    energies: Float[np.ndarray, " states"]
    states: Inexact[np.ndarray, "states amplitudes"]
    trace: Float[np.ndarray, "states iterations"]
    settled_at: Int64[np.ndarray, " states"]
    plateau: Bool[np.ndarray, " states"]
    gradient_norm: Float[np.ndarray, " states"]


def minimize_energy(
    hamiltonian: Hamiltonian,
    states: np.ndarray,
    *,
    ansatz: Circuit | None = None,
    optimizer: Optimizer = "bfgs",
    max_iterations: int = 100,
    step: float | None = None,
    initial: np.ndarray | None = None,
    shared: bool = False,
    random_state: RandomState = None,
    backend: Backend = "auto",
) -> EnergyMinimum:
    """Lower the energy of states with a variational circuit (VQE).

    Parameters
    ----------
    hamiltonian : IsingHamiltonian or OuterHamiltonian
        Defines the energy.
    states : ndarray of shape (n_states, 2**n_wires)
        The states to start from, for example encoded and entangled rows.
    ansatz : Circuit, default=None
        The circuit that acts after each state, its weights being the angles. None is two layers
        of RY and linear CZ.
    optimizer : {"bfgs", "adam", "spsa", "cobyla"}, default="bfgs"
        ``"bfgs"`` and ``"adam"`` use exact gradients; ``"spsa"`` and ``"cobyla"`` (SciPy's, one
        state after the other) energies alone. BFGS gets as low as the others in fewer iterations.
    max_iterations : int, default=100
        Iterations, each one evaluation of every state's energy (three for ``"spsa"``).
    step : float, default=None
        Length of the first step, in radians: the change of each angle for ``"bfgs"``, the learning
        rate of ``"adam"`` (which falls along a half cosine), the gain of ``"spsa"``, the first
        trust radius of ``"cobyla"``. None takes 0.7, 0.3, 0.3 and 1.0.
    initial : ndarray of shape (n_weights,) or (n_states, n_weights), default=None
        Angles to start from; None draws one standard normal set for all states. Zeros, where the
        RY are identities, are a poor start: many states stay near a saddle.
    shared : bool, default=False
        Whether all states share one set of angles, which minimises their mean energy. Such a
        circuit is an isometry: it changes no distance between states.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=None
        The start, and the directions of ``"spsa"``.
    backend : {"auto", "numpy", "numba"}, default="auto"
        ``"numba"`` (extra ``fast``) compiles the gradients of RY + linear CZ layers on real states
        with an Ising Hamiltonian; ``"auto"`` uses it where it is installed and applies. Both give
        the same energies up to rounding.

    Returns
    -------
    EnergyMinimum

    Examples
    --------
    >>> from rarebit.quantum import IsingHamiltonian
    >>> hamiltonian = IsingHamiltonian([[0.0, -1.0], [0.0, 0.0]], [0.0, -0.1])
    >>> found = minimize_energy(hamiltonian, np.full((3, 4), 0.5), random_state=0)
    >>> found.parameters.shape, found.trace.shape
    ((3, 4), (3, 101))
    >>> found.energies.round(3)
    array([-1.1, -1.1, -1.1])
    """
    states = _floating(states)
    ansatz = rotation_layers(n_wires_of(states), 2) if ansatz is None else ansatz
    given = {
        "optimizer": optimizer, "backend": backend, "max_iterations": max_iterations, "step": step,
        "shared": shared,
    }  # fmt: skip
    _check(hamiltonian, states, ansatz, given)
    rng = as_generator(random_state)
    first_step = DEFAULT_STEPS[optimizer] if step is None else step
    start = _start(states, ansatz, initial, shared, rng)

    gradient_backend = _choose_backend(backend, hamiltonian, states, ansatz, optimizer, shared)
    problem = _Problem(hamiltonian, ansatz, states, shared, compiled=gradient_backend == "numba")
    best, trace = _minimize(problem, start, optimizer, max_iterations, first_step, rng)
    return _summarise(problem, best, trace)


def _choose_backend(
    wanted: Backend,
    hamiltonian: Hamiltonian,
    states: np.ndarray,
    ansatz: Circuit,
    optimizer: Optimizer,
    shared: bool,
) -> Backend:
    """Choose what computes gradients: NumPy or the compiled kernel."""
    n_layers = ansatz.n_weights // ansatz.n_wires
    applies = (
        optimizer in ("bfgs", "adam")
        and not shared
        and np.isrealobj(states)
        and isinstance(hamiltonian, IsingHamiltonian)
        and n_layers > 0
        and ansatz == rotation_layers(ansatz.n_wires, n_layers)
    )
    if wanted == "numba" and not applies:
        raise InputError(
            "backend='numba' compiles gradients of RY + CZ layers on real states with an Ising "
            "Hamiltonian, each state with angles of its own; use backend='auto' for the rest."
        )
    if wanted == "numpy" or (wanted == "auto" and not (applies and is_installed("numba"))):
        return "numpy"
    import_extra("numba")  # raises MissingExtraError with the name of the extra
    return "numba"


@dataclass(frozen=True, eq=False)
class _Problem:
    """Energies of an ansatz acting on states, each set of angles a row."""

    hamiltonian: Hamiltonian
    ansatz: Circuit
    states: np.ndarray
    shared: bool
    compiled: bool

    def part(self, rows: slice) -> _Problem:
        """The same problem for some of the states."""
        return replace(self, states=self.states[rows])

    def evolve(self, angles: np.ndarray) -> np.ndarray:
        """Apply the ansatz."""
        angles = angles[0] if self.shared else angles
        state: np.ndarray = simulate(self.ansatz, angles, initial_state=self.states)
        return state

    def energy(self, angles: np.ndarray) -> np.ndarray:
        """Energy of each set of angles."""
        found: np.ndarray = expectation(self.hamiltonian, self.evolve(angles))
        return found.mean(keepdims=True) if self.shared else found

    def gradient(self, angles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Energy and exact gradient of each set of angles."""
        if self.compiled:
            from rarebit.quantum.kernels import energy_and_gradient

            n_wires = self.ansatz.n_wires
            diagonal = self.hamiltonian.diagonal(n_wires)
            assert diagonal is not None
            return energy_and_gradient(diagonal, _cz_signs(n_wires), self.states, angles)
        angles = angles[0] if self.shared else angles
        found = adjoint(self.ansatz, [self.hamiltonian], angles, initial_state=self.states)
        assert found.weights is not None
        if self.shared:
            return found.values.mean(axis=0), found.weights[None] / len(self.states)
        return found.values[:, 0], found.weights


@lru_cache(maxsize=32)
def _cz_signs(n_wires: int) -> np.ndarray:
    """Diagonal of a layer of linear CZ."""
    signs: np.ndarray = simulate(
        entangling_layers(n_wires, ["CZ"]), initial_state=np.ones(2**n_wires)
    )
    return signs


def _floating(states: Any) -> np.ndarray:
    """Return states as real or complex floats, or raise InputError."""
    states = np.asarray(states)
    if states.dtype.kind not in "buifc":
        raise InputError(f"states hold {states.dtype}: give numbers.")
    states = states if states.dtype.kind in "fc" else states.astype(np.float64)
    if not np.isfinite(states).all():
        raise InputError("states hold NaN or infinity; give finite numbers.")
    return states


def _check(hamiltonian: Any, states: np.ndarray, ansatz: Circuit, given: dict[str, Any]) -> None:
    """Check that Hamiltonian, states and ansatz fit each other, and the optimiser's settings."""
    if not (hasattr(hamiltonian, "diagonal") and hasattr(hamiltonian, "apply")):
        raise InputError(
            f"hamiltonian is {hamiltonian!r}: give an IsingHamiltonian or an OuterHamiltonian."
        )
    if states.ndim != 2 or not len(states):
        raise InputError(
            f"states must have shape (n_states, 2**n_wires), with at least one state, not "
            f"{states.shape}."
        )
    if not isinstance(ansatz, Circuit):
        raise InputError(f"ansatz is {ansatz!r}: give a Circuit, or None.")
    if ansatz.n_wires != (n_wires := n_wires_of(states)):
        raise InputError(f"An ansatz of {ansatz.n_wires} wires cannot act on {n_wires} wires.")
    check_values(given, _RULES)


def _start(
    states: np.ndarray,
    ansatz: Circuit,
    initial: np.ndarray | None,
    shared: bool,
    rng: np.random.Generator,
) -> np.ndarray:
    """Lay out the first angles, one row a set."""
    shape = (1 if shared else len(states), ansatz.n_weights)
    start = rng.normal(size=ansatz.n_weights) if initial is None else np.asarray(initial)
    if start.dtype.kind not in "buif" or not np.isfinite(start).all():
        raise InputError("initial must be finite real numbers.")
    if start.shape not in (shape, shape[1:]):
        raise InputError(f"initial must have shape {shape[1:]} or {shape}, not {start.shape}.")
    return np.array(np.broadcast_to(start, shape), dtype=states.real.dtype)


def _minimize(
    problem: _Problem,
    start: np.ndarray,
    optimizer: Optimizer,
    n_iterations: int,
    first_step: float,
    rng: np.random.Generator,
) -> Found:
    """Run an optimiser over the states, chunk by chunk."""
    if problem.shared:
        chunks = [slice(None)]
    elif optimizer == "cobyla":
        chunks = [slice(row, row + 1) for row in range(len(start))]
    else:
        size = max(16, CHUNK_AMPLITUDES // problem.states.shape[1])
        size = COMPILED_CHUNK if problem.compiled else size
        chunks = [slice(row, row + size) for row in range(0, len(start), size)]
    found = []
    for rows in chunks:
        part, first = problem.part(rows), start[rows]
        if optimizer == "cobyla":
            found.append(_cobyla(part.energy, first, n_iterations, first_step))
        elif optimizer == "spsa":
            found.append(spsa(part.energy, first, n_iterations, first_step, rng))
        else:
            method = adam if optimizer == "adam" else bfgs
            found.append(method(part.gradient, first, n_iterations, first_step))
    best, traces = zip(*found, strict=True)
    return np.concatenate(best), np.concatenate(traces)


def _cobyla(energy: Function, start: np.ndarray, n_evaluations: int, radius: float) -> Found:
    """SciPy's COBYLA on one set of angles."""
    seen: list[tuple[float, np.ndarray]] = []

    def value(angles: np.ndarray) -> float:
        found = float(energy(angles[None].astype(start.dtype))[0])
        seen.append((found, angles.copy()))
        return found

    value(start[0])
    options: Any = {"maxiter": n_evaluations, "rhobeg": radius}
    minimize(value, start[0], method="COBYLA", options=options)
    falling = np.minimum.accumulate([found for found, _ in seen])[: n_evaluations + 1]
    trace = np.pad(falling, (0, n_evaluations + 1 - len(falling)), mode="edge")
    best = min(seen, key=lambda pair: pair[0])[1]
    return best[None].astype(start.dtype), trace[None]


def _summarise(problem: _Problem, best: np.ndarray, trace: np.ndarray) -> EnergyMinimum:
    """Evolve the states with the angles found and judge the convergence."""
    n_states = len(problem.states)
    states = problem.evolve(best)
    _, gradient = problem.gradient(best)
    left = trace - trace[:, -1:]
    settled_at = np.argmax(left <= 0.01 * left[:, :1], axis=1)
    long_enough = trace.shape[1] > PLATEAU_ITERATION

    def each_state(values: np.ndarray) -> np.ndarray:
        return np.array(np.broadcast_to(values, (n_states, *values.shape[1:])))

    return EnergyMinimum(
        parameters=each_state(best),
        energies=expectation(problem.hamiltonian, states),
        states=states,
        trace=each_state(trace),
        settled_at=each_state(settled_at),
        plateau=each_state((settled_at < PLATEAU_ITERATION) & long_enough),
        gradient_norm=each_state(np.linalg.norm(gradient, axis=1)),
    )
