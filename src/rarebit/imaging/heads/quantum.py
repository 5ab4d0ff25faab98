"""Quantum heads: the readings of the paper's circuit, and LQER."""

from __future__ import annotations

import math
from typing import get_args

from torch import Tensor, nn

from rarebit._common.parameters import check_value
from rarebit.imaging.heads._base import Head, reduction
from rarebit.imaging.heads.circuits import AngleReadout, Backend, CircuitReadout, Reading


class QuantumHead(Head):
    """Linear and ReLU, amplitude encoding, a circuit of RY and CNOT rings, Z, and Linear.

    The paper (SDA-QEC, arXiv:2601.18556) counts 4 qubits, 8 circuit parameters and 10 of the last
    layer, yet encodes 256 features, which takes 8 qubits. Its counts fit the reading
    ``"embedded"``.

    Parameters
    ----------
    n_features, n_classes : int
        Width of the input and of the output.
    reading : {"embedded", "full", "compact"}, default="embedded"
        ``"embedded"``: 256 features on 8 wires, gates and Z on wires 0 to 3. ``"full"``: gates and
        Z on all 8. ``"compact"``: 16 features on 4 wires.
    n_layers : int, default=2
        Layers of RY on each wire and a ring of CNOTs.
    entangle : bool, default=True
        False leaves the CNOTs out: the control that shows whether entanglement matters.
    backend : {"closed_form", "state", "pennylane"}, default=None
        How the circuit is computed, see :class:`CircuitReadout`.

    Examples
    --------
    >>> import torch
    >>> head = QuantumHead(n_features=1280, n_classes=2)
    >>> head(torch.rand(3, 1280)).shape
    torch.Size([3, 2])
    >>> {name: sum(p.numel() for p in part.parameters()) for name, part in head.named_children()}
    {'reduce': 327936, 'circuit': 8, 'classify': 10}
    """

    interface = ("circuit", "classify")

    def __init__(
        self,
        n_features: int,
        n_classes: int,
        reading: Reading = "embedded",
        n_layers: int = 2,
        entangle: bool = True,
        backend: Backend | None = None,
    ) -> None:
        super().__init__()
        check_value("reading", reading, *get_args(Reading))
        n_wires = 4 if reading == "compact" else 8
        n_gate_wires = 8 if reading == "full" else 4
        self.reduce = reduction(n_features, 2**n_wires)
        self.circuit = CircuitReadout(
            n_wires, n_gate_wires, n_layers, entangle=entangle, backend=backend
        )
        self.classify = nn.Linear(n_gate_wires, n_classes)


class LQERHead(Head):
    """Angle encoding with re-uploading, and a residual connection around the circuit.

    As in the authors' sister model LQER: Linear to one angle a wire, ``pi/2 tanh``, the angles
    encoded again before each of ``n_layers`` layers, and ``<Z>`` added to the ``tanh`` values
    before the last layer.
    """

    interface = ("circuit", "classify")

    def __init__(
        self, n_features: int, n_classes: int, n_layers: int = 2, n_wires: int = 4
    ) -> None:
        super().__init__()
        self.reduce = nn.Sequential(nn.Linear(n_features, n_wires), nn.Tanh())
        self.circuit = AngleReadout(n_wires, n_layers)
        self.classify = nn.Linear(n_wires, n_classes)

    def forward(self, features: Tensor) -> Tensor:
        """Map features to logits."""
        reduced = self.reduce(features)
        # After the Hadamard gates <Z> is -sin(angle), which is one to one up to pi/2.
        logits: Tensor = self.classify(reduced + self.circuit(reduced * (math.pi / 2)))
        return logits
