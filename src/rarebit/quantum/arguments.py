"""The arguments of one run: checked, in one array library, dtype and batch size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

from rarebit._common.memory import refuse_beyond_memory
from rarebit.exceptions import InputError
from rarebit.quantum.circuit import Circuit
from rarebit.quantum.program import Program, compile_circuit, place

# Batches of fewer amplitudes are not checked against the free memory.
FEW_AMPLITUDES = 2**24
# The remedy where a state does not fit into memory.
FEWER_WIRES = "take fewer wires, or fewer rows at a time"


@dataclass(frozen=True, eq=False)
class Arguments:
    """The arrays that a program runs on.

    ``weights`` and ``inputs`` are real and have a batch axis or none; ``initial_state`` is None or
    of shape (batch, 2**n_wires). ``batched`` says whether the user gave a batch axis at all.
    """

    program: Program
    xp: Any
    dtype: Any
    device: Any
    batch: int
    batched: bool
    weights: Any
    inputs: Any
    initial_state: Any

    @property
    def from_zero(self) -> bool:
        """Whether the run starts in |0...0>."""
        return self.initial_state is None

    def source(self, name: str, numbers: Any) -> Any:
        """Return the array that a column's angles index: weights, inputs, numbers, or all."""
        arrays = {"weights": self.weights, "inputs": self.inputs, "numbers": numbers}
        if name in arrays:
            return arrays[name]
        # Arrays may hold more columns than the circuit refers to.
        widths = (self.program.n_weights, self.program.n_inputs, numbers.shape[-1])
        of_widths = zip(arrays.values(), widths, strict=True)
        parts = [array[..., :width] for array, width in of_widths if array is not None]
        if any(part.ndim == 2 for part in parts):
            parts = [self.xp.broadcast_to(p, (self.batch, p.shape[-1])) for p in parts]
        return self.xp.concat(parts, axis=-1)


def prepare(circuit: Circuit, weights: Any, inputs: Any, initial_state: Any) -> Arguments:
    """Check the arguments of a run and bring them together."""
    if not isinstance(circuit, Circuit):
        raise InputError(f"circuit is {circuit!r}: give a Circuit.")
    given = {"weights": weights, "inputs": inputs, "initial_state": initial_state}
    arrays = [array for array in given.values() if array is not None]
    # Without any argument, NumPy and float64.
    arrays = arrays or [np.zeros(1)]
    try:
        xp = array_namespace(*arrays)
        sizes = {array.shape[0] for array in arrays if array.ndim == 2}
    except (TypeError, AttributeError):
        raise _no_arrays(given) from None
    _check_width("weights", weights, circuit.n_weights)
    _check_width("inputs", inputs, circuit.n_inputs)
    size = 2**circuit.n_wires
    if initial_state is not None:
        _check_initial_state(initial_state, circuit.n_wires)
    if len(sizes) > 1:
        raise InputError(f"Arguments have different batch sizes {sorted(sizes)}: give equal ones.")
    batch = sizes.pop() if sizes else 1

    is_single = all(array.dtype in (xp.float32, xp.complex64) for array in arrays)
    real = xp.float32 if is_single else xp.float64
    is_real = circuit.is_real and (
        initial_state is None or xp.isdtype(initial_state.dtype, "real floating")
    )
    dtype = real if is_real else xp.complex64 if is_single else xp.complex128
    device = device_of(arrays[0])
    if batch * size > FEW_AMPLITUDES and str(device).startswith("cpu"):
        # A step makes a new state of the old one.
        n_bytes = 2 * batch * size * (8 if is_single else 16) // (2 if is_real else 1)
        what = "a state" if batch == 1 else f"{batch:,} states"
        refuse_beyond_memory(n_bytes, f"Simulating {what} of {circuit.n_wires} wires", FEWER_WIRES)
    each_state = weights is not None and weights.ndim == 2
    if initial_state is not None:
        initial_state = xp.astype(initial_state, dtype, copy=False)
        initial_state = xp.broadcast_to(initial_state, (batch, size))
    return Arguments(
        program=place(compile_circuit(circuit, each_state=each_state), xp, dtype, device),
        xp=xp,
        dtype=dtype,
        device=device,
        batch=batch,
        batched=any(array.ndim == 2 for array in arrays),
        weights=None if weights is None else xp.astype(weights, real, copy=False),
        inputs=None if inputs is None else xp.astype(inputs, real, copy=False),
        initial_state=initial_state,
    )


def _no_arrays(given: dict[str, Any]) -> InputError:
    """Name the arguments that are not arrays, or not of one library."""
    kinds = ", ".join(
        f"{name} is a {type(value).__module__.partition('.')[0]} {type(value).__name__}"
        for name, value in given.items()
        if value is not None
    )
    return InputError(f"{kinds}: give only NumPy arrays, or only torch tensors.")


def _check_initial_state(state: Any, n_wires: int) -> None:
    """Raise InputError for a state of another number of wires or dimensions."""
    size = 2**n_wires
    if state.ndim not in (1, 2):
        raise InputError(
            f"initial_state has shape {tuple(state.shape)}; a circuit of {n_wires} wires takes "
            f"({size},) or (batch, {size})."
        )
    if state.shape[-1] != size:
        raise InputError(
            f"initial_state has {state.shape[-1]} amplitudes; a circuit of {n_wires} wires takes "
            f"{size}."
        )


def _check_width(name: str, array: Any, width: int) -> None:
    """Raise InputError for an argument whose last axis does not fit the circuit."""
    if array is None:
        if width:
            raise InputError(f"The circuit takes {width} {name}; none were given.")
        return
    if isinstance(array, np.ndarray) and array.dtype.kind not in "fiub":
        raise InputError(f"{name} hold {array.dtype}: give real numbers.")
    if array.ndim not in (1, 2) or array.shape[-1] < width:
        raise InputError(
            f"{name} have shape {tuple(array.shape)}; the circuit takes ({width},) or "
            f"(batch, {width})."
        )
