from rarebit.quantum import (
    Circuit,
    Operation,
    Weight,
    angle_encoding,
    draw_circuit,
    entangling_layers,
)
from rarebit.quantum.drawing import draw_text


def test_text_shows_crossings_parameters_and_time():
    circuit = Circuit(
        3,
        [
            Operation("RY", (0,), (Weight(0),)),
            Operation("CZ", (0, 2)),
            Operation("RX", (1,), (0.25,)),
            Operation("Toffoli", (2, 1, 0)),
        ],
    )
    assert draw_text(circuit).splitlines() == [
        "0: ──RY(w0)──●────────────⊕──",
        "1: ──────────│──RX(0.25)──●──",
        "2: ──────────●────────────●──",
    ]


def test_lines_are_equally_long_past_ten_wires():
    lines = draw_text(angle_encoding(11) + entangling_layers(11)).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert lines[0].startswith(" 0: ")


def test_matplotlib_draws_a_box_or_a_dot_for_every_wire_of_every_gate():
    circuit = angle_encoding(3) + entangling_layers(3)
    axes = draw_circuit(circuit)
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert len(axes.texts) + len(dots) == sum(len(op.wires) for op in circuit.operations)
    assert axes.get_ylim() == (2.6, -0.6)  # wire 0 on top
