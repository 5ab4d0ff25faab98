"""The circuits of the heads, as layers: exact and fast, on PennyLane, noisy, or from shots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn

from rarebit._common.random_state import as_generator
from rarebit.exceptions import InputError
from rarebit.imaging._checks import check_random_state, is_integer, require
from rarebit.quantum import (
    Circuit,
    QuantumLayer,
    amplitude_state,
    reuploading,
    rotation_layers,
    simulate,
    z,
)
from rarebit.quantum.noise import NoiseModel, noisy_expectations
from rarebit.quantum.observables import diagonal_table

Reading = Literal["embedded", "full", "compact"]
# More is more than any hardware gives, and than an integer of 32 bits holds on some systems.
MOST_SHOTS = 2**31 - 1
Backend = Literal["closed_form", "state", "pennylane"]


@dataclass(frozen=True)
class Hardware:
    """What the circuit runs on when predicting: noise, and a finite number of shots.

    Attributes
    ----------
    noise : NoiseModel or None
        What goes wrong after every gate and at read-out; None for nothing.
    shots : int or None
        Measurements of each observable; None is exact.
    random_state : int or None
        Seed of the shots.
    """

    noise: NoiseModel | None = None
    shots: int | None = None
    random_state: int | None = None

    def __post_init__(self) -> None:
        fits = self.shots is None or is_integer(self.shots, 1, MOST_SHOTS)
        what = f"an integer from 1 to {MOST_SHOTS}, or None for exact values"
        require(fits, "shots", self.shots, what)
        fits = isinstance(self.noise, NoiseModel | None)
        require(fits, "noise", self.noise, "a NoiseModel, or None for no noise")
        check_random_state(self.random_state)


def ring_circuit(n_wires: int, n_gate_wires: int, n_layers: int, *, entangle: bool) -> Circuit:
    """Layers of RY on each of the first wires and a ring of CNOTs around them.

    Parameters
    ----------
    n_wires : int
        Wires of the circuit.
    n_gate_wires : int
        Wires that gates act on: the first ones.
    n_layers : int
        Layers.
    entangle : bool
        Whether there are CNOTs: from q to q + 1, the last one to wire 0, q ascending.

    Returns
    -------
    Circuit
        Weight ``layer * n_gate_wires + wire`` is the angle of an RY.

    Examples
    --------
    >>> print(ring_circuit(4, 3, 1, entangle=True).draw())
    0: ──RY(w0)──●─────⊕──
    1: ──RY(w1)──⊕──●──│──
    2: ──RY(w2)─────⊕──●──
    3: ───────────────────
    """
    entangler: Literal["CNOT"] | None = "CNOT" if entangle else None
    layers = rotation_layers(n_gate_wires, n_layers, entangler=entangler, wiring="circular")
    return Circuit(n_wires, layers.operations)


class Readout(nn.Module):
    """A circuit as a layer that can also be run as on hardware.

    Attributes
    ----------
    hardware : Hardware or None
        What the circuit runs on outside training; None computes it exactly.
    """

    layer: QuantumLayer

    def __init__(self) -> None:
        super().__init__()
        self.hardware: Hardware | None = None

    def exact(self, features: Tensor) -> Tensor:
        """Compute <Z> of each measured wire."""
        found: Tensor = self.layer(features)
        return found

    def noisy(self, features: np.ndarray, noise: NoiseModel) -> np.ndarray:
        """Compute <Z> of each measured wire under noise."""
        raise NotImplementedError

    def forward(self, features: Tensor) -> Tensor:
        """Map features to <Z>, exactly while training, else as the hardware has it."""
        # Under mixed precision, too: a circuit's values lie close together, and eight bits of them
        # would be few.
        with torch.autocast(features.device.type, enabled=False):
            return self._run(features.float() if features.itemsize < 4 else features)

    def _run(self, features: Tensor) -> Tensor:
        hardware = self.hardware
        if self.training or hardware is None:
            return self.exact(features)
        rows = features.detach().cpu().double()
        if hardware.noise is None:
            values = self.exact(features).detach().cpu().double().numpy()
        else:
            values = self.noisy(rows.numpy(), hardware.noise)
        if hardware.shots is not None:
            rng = as_generator(hardware.random_state)
            up = rng.binomial(hardware.shots, np.clip((1 + values) / 2, 0, 1))
            values = 2 * up / hardware.shots - 1
        return torch.from_numpy(values).to(features)


class CircuitReadout(Readout):
    """Amplitude encoding, :func:`ring_circuit`, and Z on the wires with gates.

    Parameters
    ----------
    n_wires, n_gate_wires, n_layers : int
        As for :func:`ring_circuit`.
    entangle : bool, default=True
        Whether there are CNOTs.
    backend : {"closed_form", "state", "pennylane"}, default=None
        ``"closed_form"`` uses that ``<Z_q> = h^T O_q h / h^T h`` with
        ``O_q = U^T Z_q U (x) 1``: only the small matrix U of the gate wires is simulated.
        ``"state"`` simulates every row's state, ``"pennylane"`` lets PennyLane do it. All
        agree; None takes the fastest.

    Notes
    -----
    **Shape.** ``(n, 2**n_wires)`` to ``(n, n_gate_wires)``. A row of zeros stands for the state
    ``|0...0>`` and has no gradient.

    Examples
    --------
    >>> readout = CircuitReadout(8, 4, 2)
    >>> readout(torch.rand(5, 256)).shape, len(readout.weights)
    (torch.Size([5, 4]), 8)
    """

    def __init__(
        self,
        n_wires: int,
        n_gate_wires: int,
        n_layers: int,
        *,
        entangle: bool = True,
        backend: Backend | None = None,
    ) -> None:
        super().__init__()
        if backend is None:
            # With gates on every wire U is as large as a batch of states.
            backend = "closed_form" if n_gate_wires <= n_wires / 2 else "state"
        if backend not in get_args(Backend):
            raise InputError(
                f"There is no backend {backend!r}; use one of: {', '.join(get_args(Backend))}."
            )
        self.backend: Backend = backend
        self.n_wires = n_wires
        self.gates = ring_circuit(n_gate_wires, n_gate_wires, n_layers, entangle=entangle)
        self.layer = QuantumLayer(
            ring_circuit(n_wires, n_gate_wires, n_layers, entangle=entangle),
            [z(wire) for wire in range(n_gate_wires)],
            encoding="amplitude",
            backend="pennylane" if backend == "pennylane" else "rarebit",
        )
        signs = diagonal_table(self.layer.observables, 2**n_gate_wires)
        assert signs is not None
        n_angles = self.gates.n_weights
        shifts = np.pi * np.eye(1 + n_angles, n_angles, -1)
        self._shifts = np.repeat(shifts, 2**n_gate_wires, axis=0)
        self._basis = np.tile(np.eye(2**n_gate_wires), (1 + n_angles, 1))
        self.register_buffer("signs", torch.from_numpy(signs).float(), persistent=False)

    signs: Tensor

    @property
    def weights(self) -> Tensor:
        """The angles."""
        return self.layer.weights

    def exact(self, features: Tensor) -> Tensor:
        """Compute <Z> of each wire with gates."""
        if self.backend != "closed_form":
            return super().exact(features)
        signs = self.signs.to(features.dtype)
        weights = self.weights.to(features.dtype)
        found: Tensor = _QuadraticForm.apply(features, weights, self._matrices(features), signs)  # type: ignore[no-untyped-call]
        return found

    def _matrices(self, features: Tensor) -> Tensor:
        """Compute the gates' matrix, transposed, and after it twice its derivative to each angle.

        The derivative of RY(t) is half of RY(t + pi), and every angle turns one gate: the matrices
        of all shifted circuits, in one run, are the whole derivative.
        """
        angles = self.weights.detach().cpu().double().numpy()
        size = 2**self.gates.n_wires
        with_gradient = torch.is_grad_enabled() and self.weights.requires_grad
        n_rows = len(self._basis) if with_gradient else size
        turned = angles + self._shifts[:n_rows]
        # Row i of a run is U |i>, so amplitudes as a row, times the matrix, are U |state>.
        rows = simulate(self.gates, turned, initial_state=self._basis[:n_rows])
        return torch.from_numpy(rows).view(-1, size, size).to(features)

    def noisy(self, features: np.ndarray, noise: NoiseModel) -> np.ndarray:
        """Compute <Z> of each wire with gates under noise.

        No gate touches the other wires, so the state is a mixture over their basis states; the
        noisy circuit acts on each of its unnormalised parts, and the values add up.
        """
        states = np.asarray(amplitude_state(features, self.n_wires))
        n, n_gate_wires = len(states), self.gates.n_wires
        parts = states.reshape(n, 2**n_gate_wires, -1).transpose(0, 2, 1)
        found = noisy_expectations(
            self.gates,
            self.layer.observables,
            noise,
            self.weights.detach().cpu().double().numpy(),
            initial_state=parts.reshape(-1, 2**n_gate_wires),
            method="density",
        )
        return found.values.reshape(n, -1, n_gate_wires).sum(axis=1)


class _QuadraticForm(torch.autograd.Function):
    """``<Z_q> = h^T O_q h / h^T h`` and its gradients, as one autograd node.

    A row does not depend on its length, so it is scaled by its largest entry first: squares of tiny
    and huge rows would leave the range of the numbers.
    """

    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weights: Tensor, matrices: Tensor, signs: Tensor
    ) -> Tensor:
        n, size = len(features), matrices.shape[-1]
        largest = features.abs().amax(dim=1, keepdim=True)
        # Below this the gradient, of the order of 1 / h, leaves the range as well.
        is_zero = largest < 1024 * torch.finfo(features.dtype).tiny
        scale = torch.where(is_zero, 0, 1 / largest.masked_fill(is_zero, 1))
        scaled = features * scale
        scaled[:, :1] += is_zero  # the state |0...0>
        rows = scaled.view(n, size, -1).transpose(1, 2).reshape(-1, size)
        image = rows @ matrices[0]
        probability = image.square().view(n, -1, size).sum(dim=1)
        # The sum of the probabilities is h^T h: U is orthogonal.
        total = probability.sum(dim=1, keepdim=True)
        values = probability @ signs / total
        ctx.save_for_backward(rows, image, matrices, signs, total, values, scale)
        return values

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, cotangent: Tensor) -> tuple[Tensor | None, ...]:
        rows, image, matrices, signs, total, values, scale = ctx.saved_tensors
        n, size = len(values), matrices.shape[-1]
        slope = cotangent @ signs.T - (cotangent * values).sum(dim=1, keepdim=True)
        outer = (image.view(n, -1, size) * (2 * slope / total)[:, None]).view(-1, size)
        by_row = (outer @ matrices[0].T).view(n, -1, size).transpose(1, 2).reshape(n, -1)
        by_angle = matrices[1:].flatten(1) @ (rows.T @ outer).flatten() / 2
        return by_row * scale, by_angle if len(by_angle) else None, None, None


class AngleReadout(Readout):
    """A circuit of angles, measured in Z on every wire."""

    def __init__(self, circuit: Circuit) -> None:
        super().__init__()
        self.layer = QuantumLayer(circuit)

    def noisy(self, features: np.ndarray, noise: NoiseModel) -> np.ndarray:
        """Compute <Z> of each wire under noise."""
        weights = self.layer.weights.detach().cpu().double().numpy()
        layer = self.layer
        found = noisy_expectations(layer.circuit, layer.observables, noise, weights, features)
        return found.values


def angle_readout(n_wires: int, n_layers: int) -> AngleReadout:
    """Encode angles anew before each layer of RY and a CNOT ring.

    Parameters
    ----------
    n_wires : int
        Wires, one an angle.
    n_layers : int
        Encodings, each followed by a layer.

    Returns
    -------
    AngleReadout
        Maps angles ``(n, n_wires)`` to ``<Z>`` of the same shape.

    Examples
    --------
    >>> angle_readout(4, 2)(torch.zeros(3, 4)).shape
    torch.Size([3, 4])
    """
    every = ring_circuit(n_wires, n_wires, n_layers, entangle=True).operations
    size = len(every) // n_layers
    layers = [Circuit(n_wires, every[i : i + size]) for i in range(0, len(every), size)]
    return AngleReadout(reuploading(n_wires, layers))
