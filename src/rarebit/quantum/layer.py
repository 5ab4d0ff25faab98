"""Circuits as torch modules (extra ``torch``)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
import torch
from torch import Tensor, nn

from rarebit._common.parameters import check_value
from rarebit.exceptions import InputError
from rarebit.quantum.arguments import prepare
from rarebit.quantum.circuit import Circuit
from rarebit.quantum.differentiation import observable_cotangent, pull_back
from rarebit.quantum.encodings import Angle, amplitudes, to_angles
from rarebit.quantum.execution import Backend
from rarebit.quantum.observables import Observable, check_observables, measure, z
from rarebit.quantum.statevector import evaluate, run, simulate

Encoding = Angle | Literal["amplitude"]


class QuantumLayer(nn.Module):
    """A circuit as a layer: features ``(..., n_features)`` to ``(..., n_observables)``.

    There are as many features as the circuit has inputs, for ``"amplitude"`` at most
    ``2**n_wires``. On the CPU, forward and backward are one autograd node (adjoint differentiation
    in NumPy), several times faster than a graph of small operations; it can be differentiated once.
    Elsewhere torch's own autograd does it.

    Parameters
    ----------
    circuit : Circuit
        Its weights become the layer's parameter, its inputs are the features.
    observables : sequence of Observable, default=None
        What comes out; None is Z on every wire.
    encoding : {"x", "centered", "pi_x", "arcsin", "amplitude"}, default="x"
        How features become the circuit's inputs: as angles (see
        :func:`rarebit.quantum.to_angles`; ``"x"`` takes them as they are), or as the amplitudes of
        the state that the circuit starts from (see :func:`rarebit.quantum.amplitude_state`).
    backend, pennylane_device : {"rarebit", "pennylane"}, str or pennylane device
        As for :func:`rarebit.quantum.expectations`; its device is ``"default.qubit"`` by default.

    Attributes
    ----------
    weights : torch.nn.Parameter of shape (n_weights,)
        The angles, drawn uniformly from [0, 2 pi). The state dict holds nothing else.

    Examples
    --------
    >>> from rarebit.quantum import angle_encoding, rotation_layers
    >>> layer = QuantumLayer(angle_encoding(4) + rotation_layers(4, 2, entangler="CNOT"))
    >>> layer(torch.zeros(8, 4)).shape
    torch.Size([8, 4])
    >>> list(layer.state_dict())
    ['weights']
    """

    def __init__(
        self,
        circuit: Circuit,
        observables: Sequence[Observable] | None = None,
        *,
        encoding: Encoding = "x",
        backend: Backend = "rarebit",
        pennylane_device: Any = "default.qubit",
    ) -> None:
        super().__init__()
        if not isinstance(circuit, Circuit):
            raise InputError(f"circuit is {circuit!r}: give a Circuit.")
        check_value("encoding", encoding, *get_args(Angle), "amplitude")
        check_value("backend", backend, *get_args(Backend))
        if encoding == "amplitude" and circuit.n_inputs:
            raise InputError("With encoding='amplitude' the circuit itself must take no inputs.")
        wires = range(circuit.n_wires)
        self.circuit = circuit
        self.observables = tuple(z(w) for w in wires)
        if observables is not None:
            self.observables = check_observables(observables)
        self.encoding = encoding
        self.weights = nn.Parameter(2 * math.pi * torch.rand(circuit.n_weights))
        self._qnode: Any = None
        if backend == "pennylane":
            from rarebit.quantum.pennylane_backend import to_qnode

            self._qnode = to_qnode(
                circuit, self.observables, device=pennylane_device, interface="torch"
            )

    def forward(self, features: Tensor) -> Tensor:
        """Map features (..., n_features) to expectation values (..., n_observables)."""
        self._check(features)
        rows = features.reshape(-1, features.shape[-1])
        inputs: Tensor | None = None
        initial: Tensor | None = None
        if self.encoding == "amplitude":
            initial = amplitudes(rows, self.circuit.n_wires)[0]
        else:
            inputs = to_angles(rows, self.encoding)
        weights = self.weights.to(rows.dtype)
        if self._qnode is not None:
            found = torch.stack(list(self._qnode(weights, inputs, initial)), dim=-1)
        elif rows.device.type == "cpu":
            found = _Expectations.apply(self, weights, inputs, initial)  # type: ignore[no-untyped-call]
        else:
            state = simulate(self.circuit, weights, inputs, initial_state=initial)
            found = measure(self.observables, state)
        # A circuit without inputs gives one row for all.
        found = found.to(rows.dtype).expand(len(rows), -1)
        return found.reshape(*features.shape[:-1], len(self.observables))

    def _check(self, features: Tensor) -> None:
        """Check type and shape, not the values: this is called at every training step."""
        if not isinstance(features, Tensor) or not features.is_floating_point():
            found = getattr(features, "dtype", type(features).__name__)
            raise InputError(f"features is of type {found}: give a floating-point tensor.")
        width, shape = self.circuit.n_inputs, tuple(features.shape)
        if not shape or 0 in shape[-1:] or (width and shape[-1] != width):
            takes = f"(..., {width})" if width else "(..., n_features), with at least one feature"
            raise InputError(f"features has shape {shape}; the circuit takes {takes}.")

    def extra_repr(self) -> str:
        """Describe the layer in the printout of a module."""
        return (
            f"n_wires={self.circuit.n_wires}, n_weights={self.circuit.n_weights}, "
            f"n_observables={len(self.observables)}, encoding={self.encoding!r}"
        )


class _Expectations(torch.autograd.Function):
    """Expectation values of a circuit on the CPU, and their gradients, as one autograd node."""

    @staticmethod
    def forward(
        ctx: Any,
        layer: QuantumLayer,
        weights: Tensor,
        inputs: Tensor | None,
        initial: Tensor | None,
    ) -> Tensor:
        arrays = [None if t is None else t.detach().numpy() for t in (weights, inputs, initial)]
        arguments = prepare(layer.circuit, *arrays)
        matrices = evaluate(arguments)
        state = run(arguments, matrices)
        ctx.observables = layer.observables
        ctx.walk = arguments, matrices, state
        return torch.from_numpy(measure(layer.observables, state))

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, cotangent: Tensor) -> tuple[Tensor | None, ...]:
        arguments, matrices, state = ctx.walk
        names = ("weights", "inputs", "initial_state")
        wants = [n for n, need in zip(names, ctx.needs_input_grad[1:], strict=True) if need]
        outer = observable_cotangent(ctx.observables, state, cotangent.numpy())
        found = pull_back(arguments, matrices, state, outer, wants)
        gradients = [found.get(name) for name in names]
        return (None, *(None if g is None else torch.from_numpy(_real(g)) for g in gradients))


def _real(array: np.ndarray) -> np.ndarray:
    """Real part, contiguous: the layer's parameters and features are real."""
    return np.ascontiguousarray(array.real)
