"""From features to class scores: the quantum head, its controls, and their classical rivals.

Every head maps ``(n, n_features)`` to logits ``(n, n_classes)``. The names of :data:`HEADS` are
those of the command line and of ``SDAQECClassifier(head=...)``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import get_args

import torch
from torch import Tensor, nn

from rarebit.exceptions import InputError
from rarebit.imaging._checks import is_integer, require
from rarebit.imaging.circuits import Backend, CircuitReadout, Reading, angle_readout

# Features after the reduction: what 8 wires hold as amplitudes.
REDUCED = 256
# Layers of the circuit beyond which a single batch takes minutes.
MOST_LAYERS = 100


class Head(nn.Module):
    """A head and its parts.

    Attributes
    ----------
    interface : tuple of str
        Names of the parts that the paper counts (circuit and last layer); the others are what it
        leaves out.
    """

    interface: tuple[str, ...] = ("classify",)


class QuantumHead(Head):
    """Linear and ReLU, amplitude encoding, a circuit of RY and CNOT rings, Z, and Linear.

    The paper (SDA-QEC, arXiv:2601.18556) counts 4 qubits, 8 circuit parameters and 10 of the last
    layer, yet encodes 256 features, which takes 8 qubits. Its counts fit the reading
    ``"embedded"``; the others are offered beside it.

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
        False leaves the CNOTs out: the control that says whether entanglement does anything.
    backend : {"closed_form", "state", "pennylane"}, default=None
        How the circuit is computed, see :class:`rarebit.imaging.circuits.CircuitReadout`.

    Raises
    ------
    InputError
        If the reading, the backend or the number of layers is none of these.

    Examples
    --------
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
        if reading not in get_args(Reading):
            raise InputError(
                f"There is no reading {reading!r}; use one of: {', '.join(get_args(Reading))}."
            )
        n_wires = 4 if reading == "compact" else 8
        n_gate_wires = 8 if reading == "full" else 4
        self.reduce = nn.Sequential(nn.Linear(n_features, 2**n_wires), nn.ReLU())
        self.circuit = CircuitReadout(
            n_wires, n_gate_wires, n_layers, entangle=entangle, backend=backend
        )
        self.classify = nn.Linear(n_gate_wires, n_classes)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (n, n_features) to logits (n, n_classes)."""
        logits: Tensor = self.classify(self.circuit(self.reduce(features)))
        return logits


class LQERHead(Head):
    """Angle encoding with re-uploading, and a residual around the circuit.

    The reading of the authors' sister model LQER: Linear to one angle a wire, ``pi/2 tanh``, the
    angles encoded anew before each of ``n_layers`` layers, and ``<Z>`` added to the angles' own
    values before the last layer.

    Parameters
    ----------
    n_features, n_classes : int
        Width of the input and of the output.
    n_layers : int, default=2
        Encodings, each followed by a layer.
    n_wires : int, default=4
        Qubits.

    Examples
    --------
    >>> LQERHead(n_features=512, n_classes=2)(torch.rand(3, 512)).shape
    torch.Size([3, 2])
    """

    interface = ("circuit", "classify")

    def __init__(
        self, n_features: int, n_classes: int, n_layers: int = 2, n_wires: int = 4
    ) -> None:
        super().__init__()
        self.reduce = nn.Sequential(nn.Linear(n_features, n_wires), nn.Tanh())
        self.circuit = angle_readout(n_wires, n_layers)
        self.classify = nn.Linear(n_wires, n_classes)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (n, n_features) to logits (n, n_classes)."""
        reduced = self.reduce(features)
        # After the Hadamard gates <Z> is -sin(angle), one value for each angle up to pi/2.
        logits: Tensor = self.classify(reduced + self.circuit(reduced * (math.pi / 2)))
        return logits


class LinearHead(Head):
    """The paper's classical head: Linear to 256 and ReLU as the quantum one, then Linear.

    Parameters
    ----------
    n_features, n_classes : int
        Width of the input and of the output.

    Examples
    --------
    >>> head = LinearHead(n_features=1280, n_classes=2)
    >>> sum(p.numel() for p in head.classify.parameters())
    514
    """

    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.reduce = nn.Sequential(nn.Linear(n_features, REDUCED), nn.ReLU())
        self.classify = nn.Linear(REDUCED, n_classes)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (n, n_features) to logits (n, n_classes)."""
        logits: Tensor = self.classify(self.reduce(features))
        return logits


class PooledReadout(nn.Module):
    """Four numbers from 256 with eight parameters, as the circuit has, without a circuit.

    The squares of the normalised features, which are the circuit's probabilities, are summed over
    four quarters; each sum is scaled, shifted and squashed to [-1, 1], the range of Z.

    Notes
    -----
    **Shape.** ``(n, 256)`` to ``(n, 4)``.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(4))
        self.shift = nn.Parameter(torch.zeros(4))

    def forward(self, features: Tensor) -> Tensor:
        """Pool, scale and shift."""
        squares = features.square()
        quarters = squares.reshape(len(squares), 4, -1).sum(dim=2)
        shares = quarters / squares.sum(dim=1, keepdim=True).clamp_min(torch.finfo().tiny)
        # Shares lie around a quarter: brought to the spread that Z has.
        return torch.tanh(self.scale * (4 * shares - 1) + self.shift)


class ClassicalHead(Head):
    """The control of equal size: the quantum head with :class:`PooledReadout` for its circuit.

    Parameters
    ----------
    n_features, n_classes : int
        Width of the input and of the output.

    Examples
    --------
    >>> head = ClassicalHead(n_features=1280, n_classes=2)
    >>> {name: sum(p.numel() for p in part.parameters()) for name, part in head.named_children()}
    {'reduce': 327936, 'pool': 8, 'classify': 10}
    """

    interface = ("pool", "classify")

    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.reduce = nn.Sequential(nn.Linear(n_features, REDUCED), nn.ReLU())
        self.pool = PooledReadout()
        self.classify = nn.Linear(4, n_classes)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (n, n_features) to logits (n, n_classes)."""
        logits: Tensor = self.classify(self.pool(self.reduce(features)))
        return logits


class DirectHead(Head):
    """One linear layer on the backbone's features, as the backbones are usually fine-tuned.

    Parameters
    ----------
    n_features, n_classes : int
        Width of the input and of the output.

    Examples
    --------
    >>> DirectHead(n_features=512, n_classes=2)(torch.rand(3, 512)).shape
    torch.Size([3, 2])
    """

    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.classify = nn.Linear(n_features, n_classes)

    def forward(self, features: Tensor) -> Tensor:
        """Map features (n, n_features) to logits (n, n_classes)."""
        logits: Tensor = self.classify(features)
        return logits


HEADS: dict[str, Callable[[int, int, int], Head]] = {
    "quantum": lambda d, c, layers: QuantumHead(d, c, n_layers=layers),
    "quantum_full": lambda d, c, layers: QuantumHead(d, c, "full", layers),
    "quantum_compact": lambda d, c, layers: QuantumHead(d, c, "compact", layers),
    "quantum_unentangled": lambda d, c, layers: QuantumHead(d, c, n_layers=layers, entangle=False),
    "lqer": lambda d, c, layers: LQERHead(d, c, layers),
    "linear": lambda d, c, layers: LinearHead(d, c),
    "classical": lambda d, c, layers: ClassicalHead(d, c),
    "direct": lambda d, c, layers: DirectHead(d, c),
}


def build_head(name: str, n_features: int, n_classes: int, n_layers: int = 2) -> Head:
    """Build a head by its name.

    Parameters
    ----------
    name : str
        A key of :data:`HEADS`.
    n_features, n_classes : int
        Width of the input and of the output.
    n_layers : int, default=2
        Layers of the circuit, where there is one.

    Returns
    -------
    Head
        With weights drawn from torch's generator.

    Raises
    ------
    InputError
        If there is no such head.

    Examples
    --------
    >>> type(build_head("linear", 1280, 2)).__name__
    'LinearHead'
    """
    if not isinstance(name, str) or name not in HEADS:
        raise InputError(f"There is no head {name!r}; use one of: {', '.join(HEADS)}.")
    fits = is_integer(n_layers, 1, MOST_LAYERS)
    require(fits, "n_layers", n_layers, f"an integer from 1 to {MOST_LAYERS}")
    return HEADS[name](n_features, n_classes, int(n_layers))
