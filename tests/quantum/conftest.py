"""Random circuits, and PennyLane as the oracle."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rarebit.quantum import Circuit, Input, Operation, Weight
from rarebit.quantum.gates import GATES

RandomCircuit = Callable[..., Circuit]


@pytest.fixture(scope="session")
def random_circuit() -> RandomCircuit:
    """A function that draws a circuit of random gates with weights, inputs and numbers."""

    def draw(
        rng: np.random.Generator, n_wires: int, n_gates: int = 20, *, only_real: bool = False
    ) -> Circuit:
        gates = [g for g in GATES.values() if g.n_wires <= n_wires and (g.is_real or not only_real)]
        operations, n_weights = [], 0
        for _ in range(n_gates):
            gate = gates[rng.integers(len(gates))]
            wires = tuple(rng.permutation(n_wires)[: gate.n_wires].tolist())
            parameters: tuple[Any, ...] = ()
            if gate.n_params:
                kind = rng.integers(4)
                if kind < 2:
                    parameters, n_weights = (Weight(n_weights),), n_weights + 1
                else:
                    is_input = kind == 2
                    parameters = (Input(int(rng.integers(3))) if is_input else rng.normal(),)
            operations.append(Operation(gate.name, wires, parameters))
        return Circuit(n_wires, operations)

    return draw


@pytest.fixture(scope="session")
def pennylane_state() -> Callable[..., np.ndarray]:
    """A function that runs a circuit, gate by gate, on PennyLane's default.qubit."""
    qml = pytest.importorskip("pennylane")
    from rarebit.quantum.pennylane_backend import queue_operations

    def run(circuit: Circuit, weights: Any = None, inputs: Any = None, initial: Any = None) -> Any:
        with qml.queuing.AnnotatedQueue() as queue:
            if initial is not None:
                qml.StatePrep(initial, wires=range(circuit.n_wires))
            else:
                qml.BasisState(np.zeros(circuit.n_wires, dtype=int), wires=range(circuit.n_wires))
            queue_operations(circuit, weights, inputs)
            qml.state()
        tape = qml.tape.QuantumScript.from_queue(queue)
        return np.asarray(qml.device("default.qubit").execute(tape))

    return run
