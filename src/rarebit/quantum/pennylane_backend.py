"""The same circuits on any PennyLane device, and as OpenQASM (extra ``pennylane``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rarebit._common.optional import import_extra
from rarebit.exceptions import InputError
from rarebit.quantum.circuit import Circuit, look_up
from rarebit.quantum.hamiltonians import IsingHamiltonian, OuterHamiltonian
from rarebit.quantum.observables import Observable, PauliString


def queue_operations(circuit: Circuit, weights: Any = None, inputs: Any = None) -> None:
    """Apply a circuit's operations inside a PennyLane quantum function."""
    qml = import_extra("pennylane")
    for operation in circuit.operations:
        values = [look_up(parameter, weights, inputs) for parameter in operation.parameters]
        getattr(qml, operation.name)(*values, wires=list(operation.wires))


def to_pennylane_observable(observable: Observable, n_wires: int) -> Any:
    """Translate an observable."""
    qml = import_extra("pennylane")
    if isinstance(observable, PauliString):
        letters = zip(observable.letters, observable.wires, strict=True)
        return qml.prod(*(getattr(qml, letter)(wire) for letter, wire in letters))
    if isinstance(observable, IsingHamiltonian):
        pairs = zip(*np.triu_indices(n_wires, 1), strict=True)
        terms = [(observable.couplings[i, j], qml.Z(int(i)) @ qml.Z(int(j))) for i, j in pairs]
        terms += [(field, qml.Z(wire)) for wire, field in enumerate(observable.fields)]
        coefficients, operators = zip(*terms, strict=True)
        return qml.Hamiltonian([float(value) for value in coefficients], list(operators))
    if isinstance(observable, OuterHamiltonian):
        projector = -np.outer(observable.state, observable.state.conj())
        return qml.Hermitian(projector, wires=range(n_wires))
    raise InputError(f"{type(observable).__name__} has no counterpart in PennyLane.")


def to_qnode(
    circuit: Circuit,
    observables: Sequence[Observable],
    *,
    device: Any = "lightning.qubit",
    shots: int | None = None,
    **options: Any,
) -> Callable[..., Any]:
    """Make a PennyLane QNode of a circuit."""
    qml = import_extra("pennylane")
    if isinstance(device, str):
        device = qml.device(device, wires=circuit.n_wires)
    operators = [to_pennylane_observable(item, circuit.n_wires) for item in observables]

    def function(weights: Any = None, inputs: Any = None, initial_state: Any = None) -> Any:
        if initial_state is not None:
            qml.StatePrep(initial_state, wires=range(circuit.n_wires))
        queue_operations(circuit, weights, inputs)
        return [qml.expval(operator) for operator in operators]

    return qml.set_shots(qml.QNode(function, device, **options), shots)


def to_qasm(circuit: Circuit, weights: Any = None, inputs: Any = None) -> str:
    """Write a circuit as OpenQASM 2.0."""
    qml = import_extra("pennylane")
    with qml.queuing.AnnotatedQueue() as queue:
        queue_operations(circuit, weights, inputs)
    tape = qml.tape.QuantumScript.from_queue(queue)
    text: str = qml.to_openqasm(tape, wires=range(circuit.n_wires))
    return text
