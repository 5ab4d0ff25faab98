"""The encoder of QI-SMOTE: from rows to angles, states, read-outs and energies (arXiv:2509.02863).

It holds the range of each feature, which features share a register, and, where states are evolved,
the Hamiltonian of each class. It never uses the label of the row it encodes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Literal, cast

import numpy as np
from scipy.cluster.hierarchy import leaves_list, linkage

from rarebit.exceptions import InputError
from rarebit.over_sampling._diagnostics import warn_of_plateau
from rarebit.over_sampling._search.distances import Encoded
from rarebit.over_sampling._table import is_sparse
from rarebit.quantum import (
    Circuit,
    IsingHamiltonian,
    OuterHamiltonian,
    angle_encoding,
    entangling_layers,
    expectation,
    minimize_energy,
    rotation_layers,
    simulate,
    to_angles,
    z_expectations,
)

Readout = Literal["state", "z", "zz"]
Hamiltonian = IsingHamiltonian | OuterHamiltonian

# |phi - phi'| >= slope * |x - x'| for features scaled to [0, 1]
SLOPES = {"centered": math.pi, "pi_x": math.pi, "x": 1.0, "arcsin": 2.0}
LARGEST_STATE = 9  # qubits up to which readout="auto" appends the state: the paper's largest
GROUPING_ROWS = 1_000  # rows from which the correlations of features are estimated
TOGETHER = 64  # rows whose extremes are taken at once
AMPLITUDES = 1 << 22  # amplitudes simulated at a time


@dataclass(frozen=True)
class EncoderSettings:
    """Options of the encoder; :class:`rarebit.over_sampling.QISMOTE` documents them."""

    angle: Literal["centered", "pi_x", "x", "arcsin"]
    entanglers: tuple[Literal["CNOT", "CZ", "Toffoli"], ...]
    wiring: Literal["linear", "circular", "all"]
    max_qubits: int
    evolution: Literal["shared", "per_sample"] | None
    hamiltonian: Literal["ising", "outer"]
    n_layers: int
    optimizer: Literal["cobyla", "spsa", "adam", "bfgs"]
    max_iterations: int
    readout: Readout


@dataclass(frozen=True)
class ClassEncoder:
    """Hamiltonians and ansatz angles of one class, block by block."""

    hamiltonians: list[Hamiltonian]
    parameters: list[np.ndarray]  # angles of the ansatz: shared ones, or where each sample starts


@dataclass(frozen=True)
class Encoder:
    """A fitted encoder.

    ``settings``: Its options.
    ``minimum, span`` (n_features,): Range of each feature on the training rows.
    ``blocks``: Features that share a register.
    ``classes``: A :class:`ClassEncoder` for each class that rows are evolved towards or compared
        with.
    ``traces``: Energy traces of the training rows of each class, summed over blocks, where evolved.
    ``seed``: Seed of the optimiser's own draws.
    """

    settings: EncoderSettings
    minimum: np.ndarray
    span: np.ndarray
    blocks: list[np.ndarray]
    seed: int
    classes: dict[Any, ClassEncoder] = field(default_factory=dict)
    traces: dict[Any, np.ndarray] = field(default_factory=dict)

    def scale(self, X: Any) -> np.ndarray:
        """Scale dense or sparse rows to [0, 1], clipped; a constant feature becomes 1/2."""
        dense = X.toarray() if is_sparse(X) else np.asarray(X)
        scaled = (dense - self.minimum) / np.where(self.span > 0, self.span, 1.0)
        np.clip(scaled, 0, 1, out=scaled)
        scaled[:, self.span <= 0] = 0.5
        return scaled

    def encoded(self, scaled: np.ndarray, points: np.ndarray, unencoded: float = 0.0) -> Encoded:
        """Rows as the neighbour search takes them (isometry identity)."""
        angles = to_angles(scaled, self.settings.angle)
        return Encoded(points, angles, self.blocks, SLOPES[self.settings.angle], unencoded)

    def energies(self, scaled: np.ndarray, label: Any) -> np.ndarray:
        """Energy of each encoded row under the Hamiltonians of a class, summed over blocks.

        The Hamiltonian is learned from encoded rows, before the entanglers, and measured there; in
        single precision, which is enough here.
        """
        scaled = scaled.astype(np.float32, copy=False)
        energy = np.zeros(len(scaled))
        for block, hamiltonian in zip(self.blocks, self.classes[label].hamiltonians, strict=True):
            for rows in _chunks(len(scaled), len(block)):
                angles = to_angles(scaled[rows][:, block], self.settings.angle)
                energy[rows] += _product_energies(hamiltonian, angles)
        return energy

    def columns(self, scaled: np.ndarray, label: Any = None) -> np.ndarray:
        """Read-outs of the rows, evolved towards one class where that is wanted."""
        return np.hstack([self._block_columns(scaled, b, label) for b in range(len(self.blocks))])

    def all_columns(self, scaled: np.ndarray) -> np.ndarray:
        """Read-outs of the rows: of every class's encoder, side by side, where states evolve."""
        if self.settings.evolution is None:
            return self.columns(scaled)
        return np.hstack([self.columns(scaled, label) for label in self.classes])

    def column_names(self, features: list[str]) -> list[str]:
        """Name the columns of :meth:`all_columns`."""
        names = [
            name
            for b, block in enumerate(self.blocks)
            for name in _readout_names(self.settings.readout, b, [features[i] for i in block])
        ]
        if self.settings.evolution is None:
            return names
        return [f"{name}@{label}" for label in self.classes for name in names]

    @property
    def n_columns(self) -> int:
        """Number of columns of :meth:`all_columns`."""
        widths = [_width(self.settings.readout, len(block)) for block in self.blocks]
        return sum(widths) * (1 if self.settings.evolution is None else len(self.classes))

    def _block_columns(self, scaled: np.ndarray, b: int, label: Any) -> np.ndarray:
        """Read-outs of one block."""
        block, settings = self.blocks[b], self.settings
        columns = np.empty((len(scaled), _width(settings.readout, len(block))))
        for rows in _chunks(len(scaled), len(block)):
            state = _entangled(settings, scaled[rows][:, block])
            if settings.evolution is not None:
                state = self._evolve(state, b, label)
            columns[rows] = _read(settings.readout, state)
        return columns

    def _evolve(self, state: np.ndarray, b: int, label: Any) -> np.ndarray:
        """Lower the energy of states under the Hamiltonian of a class."""
        towards = self.classes[label]
        ansatz = _ansatz(self.settings, len(self.blocks[b]))
        if self.settings.evolution == "shared":
            return np.asarray(simulate(ansatz, towards.parameters[b], initial_state=state))
        return minimize_energy(
            towards.hamiltonians[b],
            state,
            ansatz=ansatz,
            optimizer=self.settings.optimizer,
            max_iterations=self.settings.max_iterations,
            initial=towards.parameters[b],
            random_state=self.seed,
        ).states


def fit_encoder(X: Any, settings: EncoderSettings, seed: int) -> Encoder:
    """Learn ranges and blocks from all training rows, labels unseen."""
    if is_sparse(X):
        minimum, maximum = (f(axis=0).toarray().ravel() for f in (X.min, X.max))
    else:
        minimum, maximum = _extremes(X)
    minimum = minimum.astype(np.float64)
    with np.errstate(over="ignore"):
        span = maximum - minimum
    if not np.isfinite(span).all():
        column = int(np.argmax(~np.isfinite(span)))
        raise InputError(
            f"The values of feature {column} (counted from 0) are too far apart for "
            f"floating-point numbers, from {minimum[column]:g} to {maximum[column]:g}; divide "
            "them by a constant first."
        )
    sample = X[:: max(1, X.shape[0] // GROUPING_ROWS)]
    encoder = Encoder(settings, minimum, span, [], seed)
    blocks = group_features(encoder.scale(sample), settings.max_qubits)
    return Encoder(settings, minimum, span, blocks, seed)


def add_class(encoder: Encoder, label: Any, scaled: np.ndarray) -> np.ndarray | None:
    """Learn the Hamiltonians of a class from its rows and, where wanted, evolve these rows."""
    settings = encoder.settings
    hamiltonians = [_learn_hamiltonian(settings, scaled[:, block]) for block in encoder.blocks]
    if settings.evolution is None:
        encoder.classes[label] = ClassEncoder(hamiltonians, [])
        return None
    rng = np.random.default_rng(encoder.seed)
    # All samples start from the same angles (not from 0, where many states sit on a saddle).
    starts = [
        rng.standard_normal(_ansatz(settings, len(block)).n_weights) for block in encoder.blocks
    ]
    towards = encoder.classes[label] = ClassEncoder(hamiltonians, starts)
    columns, trace = [], np.zeros(1)
    settled_early, gradient_norm = np.zeros(len(scaled), dtype=bool), np.zeros(len(scaled))
    for b, block in enumerate(encoder.blocks):
        found = minimize_energy(
            hamiltonians[b],
            _entangled(settings, scaled[:, block]),
            ansatz=_ansatz(settings, len(block)),
            optimizer=settings.optimizer,
            max_iterations=settings.max_iterations,
            initial=starts[b],
            shared=settings.evolution == "shared",
            random_state=encoder.seed,
        )
        if settings.evolution == "shared":
            towards.parameters[b] = found.parameters[0]
        trace = trace + found.trace
        settled_early |= found.plateau
        gradient_norm = np.hypot(gradient_norm, found.gradient_norm)
        columns.append(_read(settings.readout, found.states))
    encoder.traces[label] = trace
    warn_of_plateau(
        label, settled_early, gradient_norm, settings.optimizer, settings.max_iterations
    )
    return np.hstack(columns)


def group_features(scaled: np.ndarray, max_qubits: int) -> list[np.ndarray]:
    """Split features into registers of nearly equal size, correlated features together."""
    n_features = scaled.shape[1]
    n_blocks = -(-n_features // max_qubits)
    order = np.arange(n_features)
    if n_blocks > 1:
        centred = scaled - scaled.mean(axis=0)
        length = np.sqrt((centred**2).sum(axis=0))
        unit = centred / np.where(length > 0, length, 1.0)
        apart = np.maximum(1 - np.abs(unit.T @ unit), 0)
        order[:] = leaves_list(linkage(apart[np.triu_indices(n_features, 1)], "average"))
    blocks = [np.sort(block) for block in np.array_split(order, n_blocks)]
    return sorted(blocks, key=lambda block: int(block[0]))


def resolve_readout(
    readout: str, evolution: str | None, *, kept: bool, n_features: int, max_qubits: int
) -> Readout:
    """Resolve ``readout="auto"``: the state where it is cheap, Z and ZZ elsewhere."""
    if readout != "auto":
        return cast("Readout", readout)
    n_blocks = -(-n_features // max_qubits)
    small = -(-n_features // n_blocks) <= LARGEST_STATE
    # Shared circuits need no state vector to compare states: the isometry identity does.
    free = not kept and evolution != "per_sample"
    return "state" if small or free else "zz"


def _extremes(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest value of each column."""
    if X.flags.c_contiguous and len(X) >= 2 * TOGETHER:
        # Several rows side by side: long rows reduce many times faster than short ones.
        whole = len(X) // TOGETHER * TOGETHER
        wide = X[:whole].reshape(-1, TOGETHER * X.shape[1])
        parts = [
            np.vstack([extreme(wide, axis=0).reshape(TOGETHER, -1), X[whole:]])
            for extreme in (np.min, np.max)
        ]
        return parts[0].min(axis=0), parts[1].max(axis=0)
    return X.min(axis=0), X.max(axis=0)


def _entangled(settings: EncoderSettings, scaled: np.ndarray) -> np.ndarray:
    """Encoded and entangled states of one block."""
    n_wires = scaled.shape[1]
    circuit: Circuit = angle_encoding(n_wires) + entangling_layers(
        n_wires, settings.entanglers, settings.wiring
    )
    return np.asarray(simulate(circuit, inputs=to_angles(scaled, settings.angle)))


def _ansatz(settings: EncoderSettings, n_wires: int) -> Circuit:
    """Layers of RY and linear CZ."""
    return rotation_layers(n_wires, settings.n_layers)


def _learn_hamiltonian(settings: EncoderSettings, scaled: np.ndarray) -> Hamiltonian:
    """Hamiltonian of one block under which the given rows lie low."""
    angles = to_angles(scaled, settings.angle)
    if settings.hamiltonian == "ising":
        return IsingHamiltonian.from_expectations(-np.sin(angles))
    mean = np.zeros(2 ** scaled.shape[1])
    circuit = angle_encoding(scaled.shape[1])
    for rows in _chunks(len(angles), scaled.shape[1]):
        mean += simulate(circuit, inputs=angles[rows]).sum(axis=0)
    return OuterHamiltonian(mean)


def _product_energies(hamiltonian: Hamiltonian, angles: np.ndarray) -> np.ndarray:
    """Energies of encoded states; of product states, <Z_i Z_j> = <Z_i> <Z_j>."""
    if isinstance(hamiltonian, IsingHamiltonian):
        z = -np.sin(angles)  # <Z> after H and RY(phi)
        couplings = np.triu(hamiltonian.couplings, 1).astype(z.dtype)
        fields = hamiltonian.fields.astype(z.dtype)
        # z.W.z + b.z, one product and one sum
        return np.asarray(np.einsum("ni,ni->n", z @ couplings + fields, z))
    states = simulate(angle_encoding(angles.shape[1]), inputs=angles)
    return np.asarray(expectation(hamiltonian, states))


def _chunks(n_rows: int, n_wires: int) -> Iterator[slice]:
    """Slices of rows whose states fit into a moderate piece of memory."""
    height = max(AMPLITUDES >> n_wires, 1)
    return (slice(start, start + height) for start in range(0, n_rows, height))


def _read(readout: Readout, states: np.ndarray) -> np.ndarray:
    """Read-outs of the states of a block, (n_rows, width)."""
    if readout == "state":
        return states
    return np.asarray(z_expectations(states, pairs=readout == "zz"))


def _width(readout: str, n_wires: int) -> int:
    """Number of columns of a block."""
    return {"state": 2**n_wires, "z": n_wires, "zz": n_wires * (n_wires + 1) // 2}[readout]


def _readout_names(readout: str, b: int, features: list[str]) -> list[str]:
    """Names of the columns of a block."""
    if readout == "state":
        return [f"state{b}_{index:0{len(features)}b}" for index in range(2 ** len(features))]
    pairs = combinations(features, 2) if readout == "zz" else ()
    return [f"z_{name}" for name in features] + [f"zz_{one}_{other}" for one, other in pairs]
