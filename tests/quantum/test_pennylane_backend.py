import numpy as np
import pytest

from rarebit.exceptions import InputError
from rarebit.quantum import Circuit, Operation, Weight, angle_encoding, entangling_layers

pytest.importorskip("pennylane")
from rarebit.quantum.pennylane_backend import to_pennylane_observable, to_qasm


def test_qasm_lists_every_gate_with_its_numbers():
    circuit = Circuit(3, [Operation("RY", (1,), (Weight(0),)), Operation("Toffoli", (0, 1, 2))])
    lines = to_qasm(circuit, np.array([0.25])).splitlines()
    assert lines[0] == "OPENQASM 2.0;"
    assert "qreg q[3];" in lines
    assert "ry(0.25) q[1];" in lines
    assert "ccx q[0],q[1],q[2];" in lines


def test_qasm_covers_the_paper_circuit():
    text = to_qasm(angle_encoding(3) + entangling_layers(3), inputs=np.zeros(3))
    gates = [line.split(" ")[0] for line in text.splitlines()]
    assert [gates.count(gate) for gate in ("h", "cx", "cz", "ccx")] == [3, 2, 2, 1]


def test_own_observables_are_refused():
    class Mine:
        pass

    with pytest.raises(InputError, match="Mine has no counterpart"):
        to_pennylane_observable(Mine(), 1)
