"""The heads' circuits as layers: exact in closed form, on PennyLane, under noise, or from shots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn

from rarebit._common.parameters import Bounds, Kind, Rule, check_parameters, check_value
from rarebit._common.random_state import RandomState, as_generator, check_random_state
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
Backend = Literal["closed_form", "state", "pennylane"]

_RULES: dict[str, Rule] = {
    "noise": (None, Kind(NoiseModel, "a NoiseModel")),
    # NumPy draws 32-bit integers on some systems.
    "shots": (None, Bounds(int, 1, 2**31 - 1)),
}


@dataclass(frozen=True)
class Hardware:
    """What the circuit runs on in prediction: noise, and a finite number of shots.

    Attributes
    ----------
    noise : NoiseModel or None
        Errors after every gate and at read-out; None for none.
    shots : int or None
        Measurements of each observable; None is exact.
    random_state : int, Generator, RandomState or None
        Source of the shots.
    """

    noise: NoiseModel | None = None
    shots: int | None = None
    random_state: RandomState = None

    def __post_init__(self) -> None:
        check_parameters(self, _RULES)
        check_random_state(self.random_state)


def ring_circuit(n_wires: int, n_gate_wires: int, n_layers: int, *, entangle: bool) -> Circuit:
    """Layers of RY on each of the first ``n_gate_wires`` wires and a ring of CNOTs around them.

    The CNOTs go from q to q + 1 and from the last one to wire 0, q ascending. Weight
    ``layer * n_gate_wires + wire`` is the angle of an RY.
    """
    entangler: Literal["CNOT"] | None = "CNOT" if entangle else None
    layers = rotation_layers(n_gate_wires, n_layers, entangler=entangler, wiring="circular")
    return Circuit(n_wires, layers.operations)


class Readout(nn.Module):
    """A circuit as a layer; ``hardware``, if set, adds noise and shots outside training."""

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
        """Map features to <Z>: exact in training, else as on the hardware."""
        # A circuit's values lie close together: bfloat16's eight bits are too few for them.
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
    """Amplitude encoding, layers of RY and CNOT rings, and Z on the wires with gates.

    Features ``(n, 2**n_wires)`` to ``(n, n_gate_wires)``. A row of zeros stands for the state
    ``|0...0>`` and has no gradient.

    Parameters
    ----------
    n_wires, n_gate_wires, n_layers : int
        Wires of the circuit, the first wires with gates on them, and layers.
    entangle : bool, default=True
        Whether there are CNOTs.
    backend : {"closed_form", "state", "pennylane"}, default=None
        ``"closed_form"`` uses that ``<Z_q> = h^T O_q h / h^T h`` with
        ``O_q = U^T Z_q U (x) 1``: only the small matrix U of the gate wires is simulated.
        ``"state"`` simulates every row's state, ``"pennylane"`` uses PennyLane. All agree; None
        picks the fastest.

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
        self.backend: Backend = check_value("backend", backend, *get_args(Backend))
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
        """The angles of the RY gates."""
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
        """Compute the gates' matrix, transposed, then twice its derivative by each angle.

        The derivative of RY(t) is RY(t + pi) / 2, and every angle turns one gate: one run of all
        shifted circuits gives the whole derivative.
        """
        angles = self.weights.detach().cpu().double().numpy()
        size = 2**self.gates.n_wires
        with_grad = torch.is_grad_enabled() and self.weights.requires_grad
        n_rows = len(self._basis) if with_grad else size
        turned = angles + self._shifts[:n_rows]
        # Row i of a run is U |i>: a row of amplitudes times the matrix is U |state>.
        rows = simulate(self.gates, turned, initial_state=self._basis[:n_rows])
        return torch.from_numpy(rows).view(-1, size, size).to(features)

    def noisy(self, features: np.ndarray, noise: NoiseModel) -> np.ndarray:
        """Compute <Z> of each wire with gates under noise.

        No gate acts on the other wires, so the state is a mixture over their basis states: the
        noisy circuit runs on each unnormalised term, and the values add up.
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

    The value does not depend on a row's length. Each row is scaled by its largest entry first, as
    the squares of tiny and huge rows would under- or overflow.
    """

    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weights: Tensor, matrices: Tensor, signs: Tensor
    ) -> Tensor:
        n, size = len(features), matrices.shape[-1]
        largest = features.abs().amax(dim=1, keepdim=True)
        # Below this the gradient, of the order of 1 / h, overflows as well.
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
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        rows, image, matrices, signs, total, values, scale = ctx.saved_tensors
        n, size = len(values), matrices.shape[-1]
        grad_probability = grad @ signs.T - (grad * values).sum(dim=1, keepdim=True)
        grad_image = (image.view(n, -1, size) * (2 * grad_probability / total)[:, None]).view(
            -1, size
        )
        grad_rows = (grad_image @ matrices[0].T).view(n, -1, size).transpose(1, 2).reshape(n, -1)
        grad_angles = matrices[1:].flatten(1) @ (rows.T @ grad_image).flatten() / 2
        return grad_rows * scale, grad_angles if len(grad_angles) else None, None, None


class AngleReadout(Readout):
    """Encode angles (n, n_wires) again before each layer of RY and a CNOT ring; measure Z."""

    def __init__(self, n_wires: int, n_layers: int) -> None:
        super().__init__()
        every = ring_circuit(n_wires, n_wires, n_layers, entangle=True).operations
        size = len(every) // n_layers
        layers = [Circuit(n_wires, every[i : i + size]) for i in range(0, len(every), size)]
        self.layer = QuantumLayer(reuploading(n_wires, layers))

    def noisy(self, features: np.ndarray, noise: NoiseModel) -> np.ndarray:
        """Compute <Z> of each wire under noise."""
        layer = self.layer
        weights = layer.weights.detach().cpu().double().numpy()
        return noisy_expectations(layer.circuit, layer.observables, noise, weights, features).values
