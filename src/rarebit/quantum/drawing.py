"""Draw circuits, as text and with matplotlib.

Circuits draw themselves with this module, so it takes them as they are and does not import theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_text(circuit: Any) -> str:
    """Draw a circuit as text, one line a wire; ``│`` is a line that crosses a wire."""
    prefix = len(str(circuit.n_wires - 1))
    lines = [f"{wire:>{prefix}}: ──" for wire in range(circuit.n_wires)]
    for moment in _moments(circuit):
        labels = [""] * circuit.n_wires
        for operation in moment:
            for wire in range(min(operation.wires), max(operation.wires) + 1):
                labels[wire] = "│"
            for wire, label in zip(operation.wires, _labels(operation), strict=True):
                labels[wire] = label
        width = max(map(len, labels))
        lines = [
            line + label.ljust(width, "─") + "──" for line, label in zip(lines, labels, strict=True)
        ]
    return "\n".join(lines)


def draw_circuit(circuit: Any, ax: Axes | None = None) -> Axes:
    """Draw a circuit with matplotlib.

    Parameters
    ----------
    circuit : Circuit
        What to draw.
    ax : matplotlib Axes, default=None
        Where to draw; None makes a figure of a fitting size.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> from rarebit.quantum import Circuit, Operation
    >>> axes = draw_circuit(Circuit(2, [Operation("H", (0,)), Operation("CNOT", (0, 1))]))
    >>> [text.get_text() for text in axes.texts]
    ['H', '⊕']
    """
    moments = _moments(circuit)
    if ax is None:
        from matplotlib.figure import Figure

        size = (1.2 + 0.75 * len(moments), 0.4 + 0.6 * circuit.n_wires)
        ax = Figure(figsize=size, layout="constrained").add_subplot()
    for wire in range(circuit.n_wires):
        ax.axhline(wire, color="0.6", linewidth=1, zorder=0)
    for column, moment in enumerate(moments):
        for operation in moment:
            _draw_operation(ax, column, operation)
    ax.set(
        xlim=(-0.7, len(moments) - 0.3),
        ylim=(circuit.n_wires - 0.4, -0.6),
        xticks=[],
        yticks=range(circuit.n_wires),
        ylabel="wire",
    )
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    return ax


def _draw_operation(ax: Axes, column: int, operation: Any) -> None:
    """Draw one gate: dots for controls, boxes for the rest, a line between them."""
    wires = operation.wires
    if len(wires) > 1:
        ax.plot([column, column], [min(wires), max(wires)], color="0.2", linewidth=1, zorder=1)
    for wire, label in zip(wires, _labels(operation), strict=True):
        if label == "●":
            ax.plot(column, wire, "o", color="0.2", markersize=6, zorder=2)
            continue
        framed = label not in "⊕x"
        box = {"boxstyle": "round,pad=0.25" if framed else "circle,pad=0.05"}
        box |= {"facecolor": "white", "edgecolor": "0.2" if framed else "white"}
        size = 8 if framed else 15
        ax.text(column, wire, label, ha="center", va="center", fontsize=size, bbox=box, zorder=3)


def _moments(circuit: Any) -> list[list[Any]]:
    """Sort operations into columns whose gates (and the lines between them) do not overlap."""
    moments: list[list[Any]] = []
    free_from = [0] * circuit.n_wires
    for operation in circuit.operations:
        span = range(min(operation.wires), max(operation.wires) + 1)
        column = max(free_from[wire] for wire in span)
        if column == len(moments):
            moments.append([])
        moments[column].append(operation)
        for wire in span:
            free_from[wire] = column + 1
    return moments


def _labels(operation: Any) -> list[str]:
    """Label each wire of an operation; parameters stand behind the target's symbol."""
    symbols = list(operation.gate.symbols)
    if operation.parameters:
        symbols[-1] += "(" + ", ".join(map(_label, operation.parameters)) + ")"
    return symbols


def _label(parameter: Any) -> str:
    """Write a number with two digits; weights and inputs write themselves."""
    return f"{parameter:.2f}" if isinstance(parameter, int | float) else str(parameter)
