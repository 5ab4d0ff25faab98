"""Batched state-vector simulation, written once against the array API standard.

States are arrays of shape ``(batch, 2**n_wires)``. NumPy arrays need nothing else; torch tensors
bring autograd and the GPU. A circuit of real gates stays in real arithmetic.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

from rarebit.exceptions import InputError
from rarebit.quantum.circuit import Circuit
from rarebit.quantum.program import (
    Block,
    Column,
    Dense,
    Layer,
    Monomial,
    Program,
    Step,
    compile_circuit,
    place,
)

Values = dict[str, Any]


def simulate(
    circuit: Circuit,
    weights: Any = None,
    inputs: Any = None,
    *,
    initial_state: Any = None,
) -> Any:
    """Run a circuit and return its state.

    Parameters
    ----------
    circuit : Circuit
        What to run.
    weights : array of shape (n_weights,) or (batch, n_weights), default=None
        Trainable parameters: the same for the whole batch, or each row's own.
    inputs : array of shape (n_inputs,) or (batch, n_inputs), default=None
        The data: angles that the circuit's ``Input`` parameters refer to.
    initial_state : array of shape (2**n_wires,) or (batch, 2**n_wires), default=None
        Real or complex; None is the basis state |0...0>.

    Returns
    -------
    array of shape (2**n_wires,) or (batch, 2**n_wires)
        The state; with a batch axis where any argument has one. It is real where all gates and the
        initial state are, complex otherwise. Library, device and precision are those of the
        arguments (float64 NumPy without any); torch tensors carry gradients to all three.

    Raises
    ------
    InputError
        If an argument is missing, or shapes do not fit the circuit or each other.

    Examples
    --------
    >>> from rarebit.quantum import Operation
    >>> bell = Circuit(2, [Operation("H", (0,)), Operation("CNOT", (0, 1))])
    >>> simulate(bell).round(3)
    array([0.707, 0.   , 0.   , 0.707])
    """
    program, values, initial, batched = prepare(circuit, weights, inputs, initial_state)
    state = run(program, values, initial)
    return state if batched else state[0, :]


def prepare(
    circuit: Circuit, weights: Any, inputs: Any, initial_state: Any
) -> tuple[Program, Values, Any, bool]:
    """Check the arguments and put everything into one library, dtype and batch size."""
    arrays = [array for array in (weights, inputs, initial_state) if array is not None]
    # Only the library, the device and the precision of this array matter where none is given.
    xp = array_namespace(*(arrays or [np.zeros(1)]))
    arrays = arrays or [xp.zeros(1)]
    _check_width("weights", weights, circuit.n_weights)
    _check_width("inputs", inputs, circuit.n_inputs)
    if initial_state is not None:
        _check_width("initial_state", initial_state, 2**circuit.n_wires)

    sizes = {array.shape[0] for array in arrays if array.ndim == 2}
    if len(sizes) > 1:
        raise InputError(f"Arguments of different batch sizes {sorted(sizes)}; give equal ones.")
    batch = sizes.pop() if sizes else 1

    is_single = all(array.dtype in (xp.float32, xp.complex64) for array in arrays)
    real = xp.float32 if is_single else xp.float64
    is_real = circuit.is_real and (
        initial_state is None or xp.isdtype(initial_state.dtype, "real floating")
    )
    dtype = real if is_real else xp.complex64 if is_single else xp.complex128
    device = device_of(arrays[0])
    program = place(compile_circuit(circuit), xp, dtype, device)

    values: Values = {"xp": xp, "dtype": dtype, "device": device, "batch": batch}
    for name, array in (("weights", weights), ("inputs", inputs)):
        values[name] = None if array is None else xp.astype(array, real, copy=False)
    initial = None if initial_state is None else xp.astype(initial_state, dtype, copy=False)
    if initial is not None:
        initial = xp.broadcast_to(initial, (batch, 2**circuit.n_wires))
    return program, values, initial, bool(any(array.ndim == 2 for array in arrays if arrays))


def _check_width(name: str, array: Any, width: int) -> None:
    """Refuse an argument whose last axis does not fit the circuit."""
    if array is None:
        if width:
            raise InputError(f"The circuit takes {width} {name}; none were given.")
        return
    if array.ndim not in (1, 2) or array.shape[-1] < width:
        raise InputError(
            f"{name} have shape {tuple(array.shape)}; the circuit takes ({width},) or "
            f"(batch, {width})."
        )


def run(program: Program, values: Values, initial: Any) -> Any:
    """Apply all steps to the initial state; None stands for |0...0>."""
    state, steps = start(program, values, initial)
    for step in steps:
        state = apply_step(step, state, values)
    return state


def start(program: Program, values: Values, initial: Any) -> tuple[Any, tuple[Step, ...]]:
    """Return the first state and the steps that are left.

    A layer of one-qubit gates on |0...0> gives a product state, which costs one pass.
    """
    if initial is not None:
        return initial, program.steps
    xp, shape = values["xp"], (values["batch"], 2**program.n_wires)
    if program.steps and isinstance(program.steps[0], Layer):
        state = _product_state(program.steps[0], values)
        return xp.broadcast_to(state, shape), program.steps[1:]
    position = xp.arange(shape[1], device=values["device"])
    return xp.broadcast_to(xp.astype(position == 0, values["dtype"]), shape), program.steps


def apply_step(step: Step, state: Any, values: Values) -> Any:
    """Apply one step to states of shape (batch, 2**n_wires)."""
    if isinstance(step, Monomial):
        return apply_monomial(step, state, values)
    if isinstance(step, Dense):
        matrix = wire_matrices(step.column, values)[..., 0, :, :]
        return apply_dense(matrix, step.wires, state, values)
    for block in step.blocks:
        if block.columns:
            state = apply_block(block_matrix(block, values), block.wires, state, values)
    return state


def apply_monomial(step: Monomial, state: Any, values: Values) -> Any:
    """Permute amplitudes and multiply them with constants."""
    if step.index is not None:
        state = values["xp"].take(state, step.index, axis=-1)
    return state if step.factor is None else state * step.factor


def wire_matrices(column: Column, values: Values) -> Any:
    """Evaluate A + cos(f t) B + sin(f t) C for all gates of a column: (..., gates, size, size)."""
    if column.angles is None:
        return column.constant
    xp = values["xp"]
    angles = xp.take(_source(column, values), column.angles, axis=-1) * column.frequency
    angles = angles[..., None, None]
    rotation = xp.cos(angles) * column.cosine + xp.sin(angles) * column.sine
    return rotation if column.is_pauli else rotation + column.constant


def _source(column: Column, values: Values) -> Any:
    """Return the array that a column's angles point into."""
    if column.source == "numbers":
        return column.numbers
    if column.source != "mixed":
        return values[column.source]
    xp = values["xp"]
    parts = [values["weights"], values["inputs"], column.numbers]
    parts = [part for part in parts if part is not None]
    if any(part.ndim == 2 for part in parts):
        parts = [xp.broadcast_to(part, (values["batch"], part.shape[-1])) for part in parts]
    return xp.concat(parts, axis=-1)


def block_matrix(block: Block, values: Values) -> Any:
    """Multiply the columns of each wire, then join the wires: (..., 2**wires, 2**wires)."""
    xp = values["xp"]
    matrices = [wire_matrices(column, values) for column in block.columns]
    each_wire = reduce(lambda before, after: xp.matmul(after, before), matrices)
    joined = each_wire[..., 0, :, :]
    for position in range(1, len(block.wires)):
        joined = _kron(xp, joined, each_wire[..., position, :, :])
    return joined


def _kron(xp: Any, left: Any, right: Any) -> Any:
    """Kronecker product of the last two axes."""
    product = left[..., :, None, :, None] * right[..., None, :, None, :]
    rows = left.shape[-2] * right.shape[-2]
    columns = left.shape[-1] * right.shape[-1]
    return xp.reshape(product, (*product.shape[:-4], rows, columns))


def _product_state(layer: Layer, values: Values) -> Any:
    """Apply a layer to |0...0>."""
    xp = values["xp"]
    state = None
    for block in layer.blocks:
        if block.columns:
            vectors = wire_matrices(block.columns[0], values)[..., :, 0]
            for column in block.columns[1:]:
                matrices = wire_matrices(column, values)
                vectors = xp.matmul(matrices, vectors[..., None])[..., 0]
        else:
            vectors = xp.asarray([[1.0, 0.0]], dtype=values["dtype"], device=values["device"])
            vectors = xp.broadcast_to(vectors, (len(block.wires), 2))
        for position in range(len(block.wires)):
            vector = vectors[..., position, :]
            if state is None:
                state = vector
                continue
            product = state[..., :, None] * vector[..., None, :]
            state = xp.reshape(product, (*product.shape[:-2], -1))
    return state


def apply_block(matrix: Any, wires: tuple[int, ...], state: Any, values: Values) -> Any:
    """Multiply a matrix onto neighbouring wires of states of shape (batch, 2**n_wires).

    The matrix is one for all states, (size, size), or one for each, (batch, size, size).
    """
    xp = values["xp"]
    batch, total = state.shape
    size = matrix.shape[-1]
    left = 2 ** wires[0]
    right = total // (left * size)
    each_state = matrix.ndim == 3
    if right == 1:
        transposed = xp.matrix_transpose(matrix)
        shape = (batch, left, size) if each_state else (batch * left, size)
        product = xp.matmul(xp.reshape(state, shape), transposed)
    elif left == 1 or not each_state:
        product = xp.matmul(matrix, xp.reshape(state, (batch * left, size, right)))
    else:
        product = xp.matmul(matrix[:, None, :, :], xp.reshape(state, (batch, left, size, right)))
    return xp.reshape(product, (batch, total))


def apply_dense(matrix: Any, wires: tuple[int, ...], state: Any, values: Values) -> Any:
    """Multiply a matrix onto any wires, in their order, of states of shape (batch, 2**n_wires)."""
    xp = values["xp"]
    batch, total = state.shape
    n_wires = total.bit_length() - 1
    others = [wire for wire in range(n_wires) if wire not in wires]
    order = (0, *(1 + wire for wire in wires), *(1 + wire for wire in others))
    back = tuple(int(axis) for axis in np.argsort(order))
    split = xp.permute_dims(xp.reshape(state, (batch, *[2] * n_wires)), order)
    product = xp.matmul(matrix, xp.reshape(split, (batch, 2 ** len(wires), -1)))
    restored = xp.permute_dims(xp.reshape(product, (batch, *[2] * n_wires)), back)
    return xp.reshape(restored, (batch, total))


def n_wires_of(state: Any) -> int:
    """Return the number of wires of a state, or refuse an array that is none."""
    size = int(state.shape[-1])
    if size < 2 or size & (size - 1):
        raise InputError(f"A state has 2**n amplitudes; the last axis holds {size}.")
    return size.bit_length() - 1


def probabilities(state: Any) -> Any:
    """Return the probability of each basis state.

    Parameters
    ----------
    state : array of shape (..., 2**n_wires)
        Real or complex state.

    Returns
    -------
    array of shape (..., 2**n_wires)
        Squared moduli, real.

    Examples
    --------
    >>> probabilities(np.array([0.6, 0.8j])).round(2)
    array([0.36, 0.64])
    """
    xp = array_namespace(state)
    if xp.isdtype(state.dtype, "complex floating"):
        return xp.real(state) ** 2 + xp.imag(state) ** 2
    return state * state
