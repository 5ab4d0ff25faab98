"""Compile a circuit into few array steps.

Three kinds of step exist. One-qubit gates that can act side by side are fused into one
:class:`Layer`; gates that only permute amplitudes and multiply them with constants are merged into
one :class:`Monomial`, an index and a factor; what is left (controlled rotations) is a
:class:`Dense` matrix on a few wires.
"""

from __future__ import annotations

from dataclasses import dataclass, is_dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from rarebit.quantum.circuit import Circuit, Input, Operation, Weight
from rarebit.quantum.gates import IDLE, Gate

# One 16 x 16 matrix product costs less than four passes over the state, one a wire. Measured:
# blocks of 3 or 5 are no faster for shared matrices, and slower where each state has its own.
BLOCK_WIRES = 4


def split_wires(n_wires: int, *, each_state: bool = False) -> list[tuple[int, ...]]:
    """Cut the wires into as few equal blocks of neighbours as the block size allows.

    Where every state has matrices of its own they cost as much to build as to apply: then two
    halves are cheaper than one block.
    """
    n_blocks = -(-n_wires // BLOCK_WIRES)
    if each_state and n_wires > 1:
        n_blocks = max(n_blocks, 2)
    return [tuple(part.tolist()) for part in np.array_split(np.arange(n_wires), n_blocks)]


@dataclass(frozen=True, eq=False)
class Column:
    """One gate (or none) on each wire of a block: stacked matrices of the gates' formula.

    ``angles`` says where each parameter comes from: its position in ``source``, which is
    "weights", "inputs" or "numbers" where all parameters come from there, and "mixed" for the
    concatenation of the three. It is None where no gate has a parameter. ``trainable`` gives, for
    "weights" and "inputs", positions in the column and the indices of their parameters.
    """

    constant: Any
    cosine: Any
    sine: Any
    frequency: Any
    generator: Any
    angles: Any
    numbers: Any
    source: str
    trainable: dict[str, tuple[list[int], list[int]]]
    is_pauli: bool


@dataclass(frozen=True, eq=False)
class Block:
    """Neighbouring wires whose one-qubit gates are multiplied into one matrix.

    ``traces`` are the flat positions, of shape (wires, 2, 2, rest), that add up to each wire's own
    2 x 2 part of a matrix on the block.
    """

    wires: tuple[int, ...]
    columns: tuple[Column, ...]
    traces: Any

    @cached_property
    def sources(self) -> frozenset[str]:
        """What its parameters come from: "weights", "inputs"."""
        return frozenset().union(*(column.trainable for column in self.columns))


@dataclass(frozen=True, eq=False)
class Layer:
    """One-qubit gates side by side."""

    blocks: tuple[Block, ...]

    @cached_property
    def sources(self) -> frozenset[str]:
        """What its parameters come from."""
        return frozenset().union(*(block.sources for block in self.blocks))


@dataclass(frozen=True, eq=False)
class Monomial:
    """``new[i] = factor[i] * old[index[i]]``; ``inverse`` undoes the index. None means identity."""

    index: Any
    inverse: Any
    factor: Any
    sources: frozenset[str] = frozenset()


@dataclass(frozen=True, eq=False)
class Dense:
    """A gate of several wires that is neither of the others."""

    wires: tuple[int, ...]
    column: Column

    @cached_property
    def sources(self) -> frozenset[str]:
        """What its parameter comes from."""
        return frozenset(self.column.trainable)


Step = Layer | Monomial | Dense


@dataclass(frozen=True, eq=False)
class Program:
    """A compiled circuit."""

    n_wires: int
    n_weights: int
    n_inputs: int
    is_real: bool
    steps: tuple[Step, ...]


def compile_circuit(circuit: Circuit, *, each_state: bool = False) -> Program:
    """Fuse the operations of a circuit into steps (NumPy constants, complex128).

    ``each_state`` says that every state of the batch has weights of its own.
    """
    if each_state not in circuit.compiled:
        blocks = split_wires(circuit.n_wires, each_state=each_state)
        steps = tuple(_build(kind, ops, circuit, blocks) for kind, ops in _group(circuit))
        circuit.compiled[each_state] = Program(
            circuit.n_wires, circuit.n_weights, circuit.n_inputs, circuit.is_real, steps
        )
    program: Program = circuit.compiled[each_state]
    return program


def _group(circuit: Circuit) -> list[tuple[str, list[Operation]]]:
    """Sort operations into the earliest step of their kind that respects the time order."""
    groups: list[tuple[str, list[Operation]]] = []
    last_touch = [0] * circuit.n_wires
    for operation in circuit.operations:
        kind = _kind(operation.gate)
        earliest = max(last_touch[wire] for wire in operation.wires)
        candidates = range(earliest, len(groups)) if kind != "dense" else range(0)
        position = next((i for i in candidates if groups[i][0] == kind), len(groups))
        if position == len(groups):
            groups.append((kind, []))
        groups[position][1].append(operation)
        for wire in operation.wires:
            last_touch[wire] = position
    return groups


def _kind(gate: Gate) -> str:
    """Name the kind of step a gate belongs to."""
    if gate.is_monomial:
        return "monomial"
    return "layer" if gate.n_wires == 1 else "dense"


def _build(
    kind: str, operations: list[Operation], circuit: Circuit, wire_blocks: list[tuple[int, ...]]
) -> Step:
    """Turn one group of operations into its step."""
    if kind == "monomial":
        return _build_monomial(operations, circuit.n_wires)
    if kind == "dense":
        (operation,) = operations
        return Dense(operation.wires, _build_column([operation], circuit))
    per_wire: list[list[Operation]] = [[] for _ in range(circuit.n_wires)]
    for operation in operations:
        per_wire[operation.wires[0]].append(operation)
    blocks = []
    for wires in wire_blocks:
        depth = max(len(per_wire[wire]) for wire in wires)
        columns = []
        for level in range(depth):
            gates = [per_wire[w][level] if level < len(per_wire[w]) else None for w in wires]
            columns.append(_build_column(gates, circuit))
        blocks.append(Block(wires, tuple(columns), _trace_positions(len(wires))))
    return Layer(tuple(blocks))


def _build_column(operations: list[Operation | None], circuit: Circuit) -> Column:
    """Stack the matrices of one gate a wire."""
    gates = [operation.gate if operation else IDLE for operation in operations]
    offset = {
        "weights": 0,
        "inputs": circuit.n_weights,
        "numbers": circuit.n_weights + circuit.n_inputs,
    }
    angles: list[int] = []
    numbers: list[float] = []
    trainable: dict[str, tuple[list[int], list[int]]] = {}
    sources = set()
    for position, operation in enumerate(operations):
        parameter = operation.parameters[0] if operation and operation.parameters else 0.0
        if isinstance(parameter, Weight | Input):
            source = "weights" if isinstance(parameter, Weight) else "inputs"
            index = parameter.index
            positions, indices = trainable.setdefault(source, ([], []))
            positions.append(position)
            indices.append(index)
        else:
            source, index = "numbers", len(numbers)
            numbers.append(float(parameter))
        angles.append(offset[source] + index)
        sources.add(source)
    source = sources.pop() if len(sources) == 1 else "mixed"
    angles = [angle - offset.get(source, 0) for angle in angles]
    parts = ("constant", "cosine", "sine", "frequency", "generator")
    return Column(
        **{part: np.stack([getattr(gate, part) for gate in gates]) for part in parts},
        angles=np.array(angles) if any(gate.n_params for gate in gates) else None,
        numbers=np.array(numbers),
        source=source,
        trainable=trainable,
        is_pauli=all(gate.name in ("RX", "RY", "RZ") for gate in gates),
    )


def _trace_positions(n_wires: int) -> np.ndarray:
    """Find the entries of a (2**n, 2**n) matrix that a partial trace adds up, for each wire."""
    size = 2**n_wires
    flat = np.arange(size * size).reshape(size, size)
    positions = np.empty((n_wires, 2, 2, size // 2), dtype=np.int64)
    for wire in range(n_wires):
        left, right = 2**wire, 2 ** (n_wires - wire - 1)
        cube = flat.reshape(left, 2, right, left, 2, right)
        positions[wire] = np.einsum("lawlbw->ablw", cube).reshape(2, 2, size // 2)
    return positions


def _build_monomial(operations: list[Operation], n_wires: int) -> Monomial:
    """Multiply permutations and constant diagonals into one index and one factor."""
    size = 2**n_wires
    index, factor = np.arange(size), np.ones(size, dtype=complex)
    for operation in operations:
        gate_index, gate_factor = monomial_action(operation.gate.constant, operation.wires, n_wires)
        index, factor = index[gate_index], gate_factor * factor[gate_index]
    moves = bool((index != np.arange(size)).any())
    return Monomial(
        index=index if moves else None,
        inverse=np.argsort(index) if moves else None,
        factor=factor if (factor != 1).any() else None,
    )


def monomial_action(
    matrix: np.ndarray, wires: tuple[int, ...], n_wires: int
) -> tuple[np.ndarray, np.ndarray]:
    """Lift a monomial matrix to all basis states: ``new[i] = factor[i] * old[index[i]]``."""
    states = np.arange(2**n_wires)
    shifts = n_wires - 1 - np.asarray(wires)
    place = 1 << np.arange(len(wires) - 1, -1, -1)
    row = (((states[:, None] >> shifts) & 1) * place).sum(axis=1)
    column_of_row = np.argmax(matrix != 0, axis=1)
    column = column_of_row[row]
    bits = ((column[:, None] & place) > 0).astype(np.int64)
    cleared = states & ~int((1 << shifts).sum())
    return cleared | (bits << shifts).sum(axis=1), matrix[row, column]


@lru_cache(maxsize=256)
def place(program: Program, xp: Any, dtype: Any, device: Any) -> Program:
    """Convert a program's constants to one array library, dtype and device."""
    is_complex = xp.isdtype(dtype, "complex floating")
    real = dtype
    if is_complex:
        real = xp.float32 if dtype == xp.complex64 else xp.float64

    kinds = {"frequency": real, "numbers": real, "angles": xp.int64, "traces": xp.int64,
             "index": xp.int64, "inverse": xp.int64}  # fmt: skip

    def placed(item: Any) -> Any:
        """Convert all arrays in a step, a block or a column; other values stay."""
        if isinstance(item, tuple):
            return tuple(placed(part) if is_dataclass(part) else part for part in item)
        found = {}
        for name, value in vars(item).items():
            if isinstance(value, np.ndarray):
                kind = kinds.get(name, dtype)
                array = value.real if kind is dtype and not is_complex else value
                found[name] = xp.asarray(np.ascontiguousarray(array), dtype=kind, device=device)
            elif isinstance(value, tuple | Column):
                found[name] = placed(value)
        return replace(item, **found)

    return replace(program, steps=placed(program.steps))
