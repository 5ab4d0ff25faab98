"""From features to class scores: the quantum head, its controls, and their classical rivals."""

from rarebit.imaging.heads._base import Head
from rarebit.imaging.heads.build import HEADS, build_head
from rarebit.imaging.heads.circuits import CircuitReadout, Hardware
from rarebit.imaging.heads.classical import ClassicalHead, DirectHead, LinearHead
from rarebit.imaging.heads.quantum import LQERHead, QuantumHead

__all__ = [
    "HEADS",
    "CircuitReadout",
    "ClassicalHead",
    "DirectHead",
    "Hardware",
    "Head",
    "LQERHead",
    "LinearHead",
    "QuantumHead",
    "build_head",
]
