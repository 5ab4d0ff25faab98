"""Entangling layers without parameters, and the RY + CZ ansatz."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import combinations
from typing import Literal, get_args

from rarebit._common.parameters import check_count, check_value
from rarebit.exceptions import InputError
from rarebit.quantum.circuit import Circuit, Operation, Weight

# Far more gates than can be simulated.
MOST_GROUPS = 1_000_000

Wiring = Literal["linear", "circular", "all"]
Entangler = Literal["CNOT", "CZ", "Toffoli"]


def wire_groups(n_wires: int, size: int, wiring: Wiring = "linear") -> list[tuple[int, ...]]:
    """List the groups of ``size`` neighbouring wires, or all groups, that an entangler acts on.

    ``"circular"`` adds those that wrap around the end (two wires keep their one pair: a second CZ
    would undo the first).
    """
    check_value("wiring", wiring, *get_args(Wiring))
    check_count("n_wires", n_wires)
    check_count("size", size)
    if wiring == "all" and (n_groups := math.comb(n_wires, size)) > MOST_GROUPS:
        raise InputError(
            f"{n_wires} wires have {n_groups:,} groups of {size}: take fewer wires, or another "
            "wiring."
        )
    if wiring == "all":
        return list(combinations(range(n_wires), size))
    n_linear = max(0, n_wires - size + 1)
    wraps = wiring == "circular" and n_wires >= max(3, size)
    starts = range(n_wires if wraps else n_linear)
    return [tuple((start + step) % n_wires for step in range(size)) for start in starts]


def entangling_layers(
    n_wires: int,
    entanglers: Iterable[Entangler] = ("CNOT", "CZ", "Toffoli"),
    wiring: Wiring = "linear",
) -> Circuit:
    """Entangle in layers: all CNOTs, then all CZs, then all Toffolis.

    Parameters
    ----------
    n_wires : int
        Number of wires. Toffoli needs 3 and is left out below that.
    entanglers : iterable of {"CNOT", "CZ", "Toffoli"}, default=("CNOT", "CZ", "Toffoli")
        Which layers, in the order in which they act. A CZ layer changes no read-out in Z and no
        Ising energy unless a rotation follows it (a Toffoli only permutes and keeps the CZ signs
        out of sight too).
    wiring : {"linear", "circular", "all"}, default="linear"
        Neighbouring wires, those and the last with the first, or all groups; the last wire of a
        group is the target.

    Returns
    -------
    Circuit

    Examples
    --------
    >>> print(entangling_layers(3, ["CNOT", "Toffoli"]).draw())
    0: ──●─────●──
    1: ──⊕──●──●──
    2: ─────⊕──⊕──
    """
    check_count("n_wires", n_wires)
    operations = []
    for name in entanglers:
        check_value("entangler", name, *get_args(Entangler))
        size = 3 if name == "Toffoli" else 2
        operations += [Operation(name, wires) for wires in wire_groups(n_wires, size, wiring)]
    return Circuit(n_wires, operations)


def rotation_layers(
    n_wires: int,
    n_layers: int,
    *,
    rotations: Iterable[str] = ("RY",),
    entangler: Entangler | None = "CZ",
    wiring: Wiring = "linear",
) -> Circuit:
    """Repeat trainable rotations on each wire, followed by an entangler.

    With the defaults and two layers it is the ansatz of QI-SMOTE (arXiv:2509.02863).

    Parameters
    ----------
    n_wires, n_layers : int
        Number of wires and of repetitions.
    rotations : iterable of str, default=("RY",)
        One-parameter gates applied to each wire in this order; ``("RZ", "RY", "RZ")`` is the
        general rotation.
    entangler : {"CNOT", "CZ", "Toffoli"} or None, default="CZ"
        The gate after the rotations; None leaves it out.
    wiring : {"linear", "circular", "all"}, default="linear"
        As for :func:`entangling_layers`.

    Returns
    -------
    Circuit
        Weight ``(layer * n_wires + wire) * len(rotations) + k`` is the angle of rotation k.

    Examples
    --------
    >>> ansatz = rotation_layers(3, 2)
    >>> ansatz.n_weights, ansatz.gate_counts
    (6, {'CZ': 4, 'RY': 6})
    """
    check_count("n_layers", n_layers, low=0)
    names = tuple(rotations)
    entangled = entangling_layers(n_wires, [entangler] if entangler else [], wiring)
    operations: list[Operation] = []
    for layer in range(n_layers):
        for wire in range(n_wires):
            first = (layer * n_wires + wire) * len(names)
            operations += [
                Operation(name, (wire,), (Weight(first + k),)) for k, name in enumerate(names)
            ]
        operations += entangled.operations
    return Circuit(n_wires, operations)
