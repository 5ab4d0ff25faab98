"""Batched state-vector simulation, written once against the array API standard.

States are arrays of shape ``(batch, 2**n_wires)``. NumPy arrays need nothing else; torch tensors
bring autograd and the GPU. A circuit of real gates stays in real arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from array_api_compat import array_namespace
from array_api_compat import device as device_of

from rarebit.exceptions import InputError
from rarebit.quantum.circuit import Circuit, Input, Parameter, Weight
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
    matrices = evaluate(program, values, from_zero=initial is None)
    state = run(program, matrices, values, initial)
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
    each_state = weights is not None and weights.ndim == 2
    program = place(compile_circuit(circuit, each_state=each_state), xp, dtype, device)

    values: Values = {"xp": xp, "dtype": dtype, "device": device, "batch": batch}
    values |= {"n_weights": circuit.n_weights, "n_inputs": circuit.n_inputs}
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


@dataclass(frozen=True, eq=False)
class BlockMatrices:
    """The matrices of a block at given angles, of shapes (..., wires, 2, 2) and (..., size, size).

    ``columns`` are the gates of each column, ``wires`` their products, and ``joined`` the Kronecker
    product over the wires (None where it is not needed).
    """

    columns: tuple[Any, ...]
    wires: Any
    joined: Any


Matrices = list[Any]


def evaluate(program: Program, values: Values, *, from_zero: bool) -> Matrices:
    """Compute all matrices of a program: a list with one entry a step.

    A layer gives one :class:`BlockMatrices` (or None) a block, a dense step its matrix, a monomial
    None. ``from_zero`` says that the program starts in |0...0>.
    """
    matrices: Matrices = []
    for position, step in enumerate(program.steps):
        if isinstance(step, Layer):
            is_start = from_zero and position == 0
            matrices.append([_evaluate_block(block, values, is_start) for block in step.blocks])
        elif isinstance(step, Dense):
            matrices.append(_column_matrices(step.column, values)[..., 0, :, :])
        else:
            matrices.append(None)
    return matrices


def _evaluate_block(block: Block, values: Values, is_start: bool) -> BlockMatrices | None:
    """Multiply the columns of each wire, then join the wires unless they act on |0...0>."""
    if not block.columns:
        return None
    xp = values["xp"]
    columns = tuple(_column_matrices(column, values) for column in block.columns)
    wires = reduce(lambda before, after: xp.matmul(after, before), columns)
    joined = None if is_start else _join(xp, wires, 0, len(block.wires))
    return BlockMatrices(columns, wires, joined)


def _column_matrices(column: Column, values: Values) -> Any:
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
    # Arrays may hold more columns than the circuit refers to.
    widths = [values["n_weights"], values["n_inputs"], column.numbers.shape[-1]]
    parts = [part[..., :n] for part, n in zip(parts, widths, strict=True) if part is not None]
    if any(part.ndim == 2 for part in parts):
        parts = [xp.broadcast_to(part, (values["batch"], part.shape[-1])) for part in parts]
    return xp.concat(parts, axis=-1)


def _join(xp: Any, matrices: Any, first: int, end: int) -> Any:
    """Kronecker product of the wires ``first`` to ``end``, halves first: long inner loops."""
    if end - first == 1:
        return matrices[..., first, :, :]
    middle = (first + end) // 2
    left = _join(xp, matrices, first, middle)
    right = _join(xp, matrices, middle, end)
    product = left[..., :, None, :, None] * right[..., None, :, None, :]
    size = left.shape[-1] * right.shape[-1]
    return xp.reshape(product, (*product.shape[:-4], size, size))


def parameter_values(parameter: Parameter, values: Values) -> Any:
    """Look one parameter up: a number, or an array of shape () or (batch,)."""
    if isinstance(parameter, Weight):
        return values["weights"][..., parameter.index]
    if isinstance(parameter, Input):
        return values["inputs"][..., parameter.index]
    return parameter


def run(program: Program, matrices: Matrices, values: Values, initial: Any) -> Any:
    """Apply all steps to the initial state; None stands for |0...0>."""
    xp, shape = values["xp"], (values["batch"], 2**program.n_wires)
    first = program.steps[0] if program.steps else None
    n_done = 0
    if initial is not None:
        state = initial
    elif isinstance(first, Layer):
        # One-qubit gates on |0...0> give a product state, which costs one pass.
        state, n_done = xp.broadcast_to(_product_state(first, matrices[0], values), shape), 1
    else:
        is_first = xp.arange(shape[1], device=values["device"]) == 0
        state = xp.broadcast_to(xp.astype(is_first, values["dtype"]), shape)
    for step, matrix in zip(program.steps[n_done:], matrices[n_done:], strict=True):
        state = _apply_step(step, matrix, state, values)
    return state


def _product_state(layer: Layer, blocks: list[BlockMatrices | None], values: Values) -> Any:
    """Apply a layer to |0...0>."""
    xp = values["xp"]
    vectors = []
    for block, matrices in zip(layer.blocks, blocks, strict=True):
        if matrices is None:
            zero = xp.asarray([1.0, 0.0], dtype=values["dtype"], device=values["device"])
            vectors += [zero] * len(block.wires)
        else:
            vectors += [matrices.wires[..., wire, :, 0] for wire in range(len(block.wires))]

    def join(left: Any, right: Any) -> Any:
        product = left[..., :, None] * right[..., None, :]
        return xp.reshape(product, (*product.shape[:-2], left.shape[-1] * right.shape[-1]))

    while len(vectors) > 1:
        pairs = [join(*vectors[i : i + 2]) for i in range(len(vectors) % 2, len(vectors), 2)]
        vectors = vectors[: len(vectors) % 2] + pairs
    return vectors[0]


def _apply_step(step: Step, matrices: Any, state: Any, values: Values) -> Any:
    """Apply one step to states of shape (batch, 2**n_wires)."""
    if isinstance(step, Monomial):
        if step.index is not None:
            state = values["xp"].take(state, step.index, axis=-1)
        return state if step.factor is None else state * step.factor
    if isinstance(step, Dense):
        return apply_dense(matrices, step.wires, state, values)
    for block, found in zip(step.blocks, matrices, strict=True):
        if found is not None:
            state = apply_block(found.joined, block.wires, state, values)
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
