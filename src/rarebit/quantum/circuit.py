"""Circuits as data: a tuple of operations whose parameters are numbers, weights or inputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rarebit._common.parameters import check_count, is_integer, is_number
from rarebit.exceptions import InputError
from rarebit.quantum.drawing import draw_text
from rarebit.quantum.gates import Gate, get_gate


@dataclass(frozen=True)
class Weight:
    """A trainable parameter: position ``index`` of the weights given when the circuit runs."""

    index: int

    def __post_init__(self) -> None:
        check_count("the index of a Weight", self.index, low=0)

    def __str__(self) -> str:
        return f"w{self.index}"


@dataclass(frozen=True)
class Input:
    """A value of the data: column ``index`` of the inputs given when the circuit runs."""

    index: int

    def __post_init__(self) -> None:
        check_count("the index of an Input", self.index, low=0)

    def __str__(self) -> str:
        return f"x{self.index}"


Parameter = float | Weight | Input


def look_up(parameter: Parameter, weights: Any, inputs: Any) -> Any:
    """Return a parameter's value: a number, or an array of shape () or (batch,)."""
    if isinstance(parameter, Weight | Input):
        source = weights if isinstance(parameter, Weight) else inputs
        return source[..., parameter.index]
    return parameter


@dataclass(frozen=True)
class Operation:
    """One gate on some wires.

    Parameters
    ----------
    name : str
        A gate's name or short name (see :data:`rarebit.quantum.gates.GATES`).
    wires : tuple of int
        The wires it acts on, controls first.
    parameters : tuple of float, Weight or Input
        As many as the gate takes.

    Examples
    --------
    >>> Operation("RY", (0,), (Weight(2),)).gate.n_params
    1
    """

    name: str
    wires: tuple[int, ...]
    parameters: tuple[Parameter, ...] = ()

    def __post_init__(self) -> None:
        gate = get_gate(self.name)
        object.__setattr__(self, "name", gate.name)
        for name in ("wires", "parameters"):
            given = getattr(self, name)
            if not isinstance(given, tuple):
                if not isinstance(given, list):
                    raise InputError(f"{gate.name}: {name} is {given!r}: give a tuple.")
                object.__setattr__(self, name, tuple(given))
        if not all(map(is_integer, self.wires)):
            raise InputError(f"{gate.name}: wires is {self.wires}: give integers.")
        for parameter in self.parameters:
            if not is_number(parameter) and not isinstance(parameter, Weight | Input):
                raise InputError(
                    f"{gate.name}: a parameter is {parameter!r}: give a finite number, a Weight or "
                    "an Input."
                )
        if len(self.wires) != gate.n_wires or len(set(self.wires)) != gate.n_wires:
            raise InputError(
                f"{gate.name} acts on {gate.n_wires} different wires, not on {self.wires}."
            )
        if len(self.parameters) != gate.n_params:
            raise InputError(
                f"{gate.name} takes {gate.n_params} parameters, not {len(self.parameters)}."
            )

    @property
    def gate(self) -> Gate:
        """The gate's entry in the table."""
        return get_gate(self.name)


def rot(
    wire: int, phi: Parameter, theta: Parameter, omega: Parameter
) -> tuple[Operation, Operation, Operation]:
    """Spell the general one-qubit rotation as RZ(omega) RY(theta) RZ(phi).

    Parameters
    ----------
    wire : int
        The wire it acts on.
    phi, theta, omega : float, Weight or Input
        Its three angles, in the order in which they act.

    Returns
    -------
    tuple of three Operation
        RZ(phi), RY(theta), RZ(omega).

    Examples
    --------
    >>> [operation.name for operation in rot(0, 0.1, 0.2, 0.3)]
    ['RZ', 'RY', 'RZ']
    """
    return (
        Operation("RZ", (wire,), (phi,)),
        Operation("RY", (wire,), (theta,)),
        Operation("RZ", (wire,), (omega,)),
    )


@dataclass(frozen=True)
class Circuit:
    """A circuit: a number of wires, and operations on them in time order.

    Circuits are plain values: they compare, hash and add up (one after the other).

    Parameters
    ----------
    n_wires : int
        Number of wires; wire 0 is the most significant bit of a basis state's number.
    operations : iterable of Operation, default=()
        The gates in time order.

    Examples
    --------
    >>> bell = Circuit(2, [Operation("H", (0,)), Operation("CNOT", (0, 1))])
    >>> bell.gate_counts
    {'CNOT': 1, 'Hadamard': 1}
    >>> print(bell.draw())
    0: ──H──●──
    1: ─────⊕──
    """

    n_wires: int
    operations: tuple[Operation, ...] = ()

    def __init__(self, n_wires: int, operations: Iterable[Operation] = ()) -> None:
        object.__setattr__(self, "n_wires", check_count("n_wires", n_wires))
        if not isinstance(operations, Iterable):
            raise InputError(f"operations is {operations!r}: give a list of Operation.")
        object.__setattr__(self, "operations", tuple(operations))
        for operation in self.operations:
            if not isinstance(operation, Operation):
                raise InputError(f"operations holds {operation!r}: give a list of Operation.")
            if not all(0 <= wire < n_wires for wire in operation.wires):
                raise InputError(
                    f"{operation.name} on wires {operation.wires} does not fit a circuit of "
                    f"{n_wires} wires; wires count from 0."
                )

    def __add__(self, other: Circuit) -> Circuit:
        """Put another circuit after this one; weights and inputs keep their positions."""
        if not isinstance(other, Circuit):
            return NotImplemented
        if self.n_wires != other.n_wires:
            raise InputError(
                f"Circuits of {self.n_wires} and {other.n_wires} wires cannot follow each other."
            )
        return Circuit(self.n_wires, self.operations + other.operations)

    @cached_property
    def compiled(self) -> dict[bool, Any]:
        """Cache of compiled programs: a dict by circuit would compare all operations."""
        return {}

    @cached_property
    def n_weights(self) -> int:
        """Number of weights: the highest position in use plus one."""
        return self._extent(Weight)

    @cached_property
    def n_inputs(self) -> int:
        """Number of input columns: the highest position in use plus one."""
        return self._extent(Input)

    @cached_property
    def is_real(self) -> bool:
        """Whether every gate is a real matrix, so that real states stay real."""
        return all(operation.gate.is_real for operation in self.operations)

    @property
    def gate_counts(self) -> dict[str, int]:
        """How often each gate occurs, by name."""
        return dict(sorted(Counter(operation.name for operation in self.operations).items()))

    @cached_property
    def depth(self) -> int:
        """The number of time steps, gates on different wires side by side."""
        busy_until = [0] * self.n_wires
        for operation in self.operations:
            end = 1 + max(busy_until[wire] for wire in operation.wires)
            for wire in operation.wires:
                busy_until[wire] = end
        return max(busy_until)

    def draw(self) -> str:
        """Draw the circuit as text, one line a wire; ``w`` marks weights, ``x`` inputs."""
        return draw_text(self)

    def _extent(self, kind: type[Weight | Input]) -> int:
        """Count the positions of one kind of parameter."""
        indices = [
            parameter.index
            for operation in self.operations
            for parameter in operation.parameters
            if isinstance(parameter, kind)
        ]
        return max(indices, default=-1) + 1
