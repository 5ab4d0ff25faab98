import pytest

from rarebit.exceptions import InputError
from rarebit.quantum import Circuit, Input, Operation, Weight, rot


def test_counts_and_extents():
    circuit = Circuit(
        3,
        [
            Operation("RY", (0,), (Weight(4),)),
            Operation("RX", (1,), (Input(1),)),
            Operation("RX", (2,), (0.5,)),
            Operation("CNOT", (0, 2)),
        ],
    )
    assert circuit.n_weights == 5
    assert circuit.n_inputs == 2
    assert circuit.gate_counts == {"CNOT": 1, "RX": 2, "RY": 1}
    assert circuit.depth == 2
    assert not circuit.is_real


def test_circuits_are_values():
    first = Circuit(2, [Operation("H", (0,))])
    same = Circuit(2, (Operation("Hadamard", (0,)),))
    assert first == same
    assert hash(first) == hash(same)
    assert first != Circuit(3, first.operations)
    assert (first + same).operations == first.operations * 2


def test_rot_acts_in_the_order_of_its_angles():
    assert [operation.parameters for operation in rot(1, 0.1, Weight(0), Input(2))] == [
        (0.1,),
        (Weight(0),),
        (Input(2),),
    ]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Operation("CNOT", (0,)), "2 different wires"),
        (lambda: Operation("CNOT", (1, 1)), "2 different wires"),
        (lambda: Operation("RY", (0,)), "takes 1 parameters"),
        (lambda: Circuit(2, [Operation("X", (2,))]), "does not fit a circuit of 2 wires"),
        (lambda: Circuit(0), "n_wires is 0: give an integer of at least 1"),
        (lambda: Circuit(1) + Circuit(2), "cannot follow"),
    ],
)
def test_wrong_circuits_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()
