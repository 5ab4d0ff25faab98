"""From features to class scores: the quantum head, its controls, and their classical rivals."""

from rarebit.imaging.heads.build import HEADS
from rarebit.imaging.heads.circuits import CircuitReadout, Hardware
from rarebit.imaging.heads.quantum import QuantumHead

__all__ = [
    "HEADS",
    "CircuitReadout",
    "Hardware",
    "QuantumHead",
]
