"""Batched state-vector simulation, written once against the array API standard.

States are arrays of shape ``(batch, 2**n_wires)``. NumPy arrays need nothing else; torch tensors
bring autograd and the GPU. A circuit of real gates stays in real arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
from array_api_compat import array_namespace

from rarebit.exceptions import InputError
from rarebit.quantum.arguments import Arguments, prepare
from rarebit.quantum.circuit import Circuit
from rarebit.quantum.program import Block, Column, Dense, Layer, Monomial, Step

if TYPE_CHECKING:
    from jaxtyping import Inexact, Num, Real


def simulate(
    circuit: Circuit,
    weights: Real[Any, "*_ weights"] | None = None,
    inputs: Real[Any, "*_ inputs"] | None = None,
    *,
    initial_state: Num[Any, "*_ amplitudes"] | None = None,
) -> Inexact[Any, "*batch amplitudes"]:
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

    Examples
    --------
    >>> from rarebit.quantum import Operation
    >>> bell = Circuit(2, [Operation("H", (0,)), Operation("CNOT", (0, 1))])
    >>> simulate(bell).round(3)
    array([0.707, 0.   , 0.   , 0.707])
    """
    arguments = prepare(circuit, weights, inputs, initial_state)
    state = run(arguments, evaluate(arguments))
    return state if arguments.batched else state[0, :]


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


def evaluate(arguments: Arguments) -> Matrices:
    """Compute all matrices of a program: a list with one entry a step.

    A layer gives one :class:`BlockMatrices` (or None) a block, a dense step its matrix, a monomial
    None.
    """
    matrices: Matrices = []
    for position, step in enumerate(arguments.program.steps):
        if isinstance(step, Layer):
            is_start = arguments.from_zero and position == 0
            matrices.append([_evaluate_block(block, arguments, is_start) for block in step.blocks])
        elif isinstance(step, Dense):
            matrices.append(_column_matrices(step.column, arguments)[..., 0, :, :])
        else:
            matrices.append(None)
    return matrices


def _evaluate_block(block: Block, arguments: Arguments, is_start: bool) -> BlockMatrices | None:
    """Multiply the columns of each wire, then join the wires unless they act on |0...0>."""
    if not block.columns:
        return None
    columns = tuple(_column_matrices(column, arguments) for column in block.columns)
    wires = reduce(lambda before, after: multiply_pairs(after, before), columns)
    joined = None if is_start else _join(arguments.xp, wires, 0, len(block.wires))
    return BlockMatrices(columns, wires, joined)


def multiply_pairs(
    left: Inexact[Any, "*_ 2 2"], right: Inexact[Any, "*_ 2 2"]
) -> Inexact[Any, "*_ 2 2"]:
    """Multiply many 2 by 2 matrices, of shape (..., 2, 2): in one pass, not one call for each."""
    return left[..., :, :1] * right[..., :1, :] + left[..., :, 1:] * right[..., 1:, :]


def _column_matrices(column: Column, arguments: Arguments) -> Any:
    """Evaluate A + cos(f t) B + sin(f t) C for all gates of a column: (..., gates, size, size)."""
    if column.angles is None:
        return column.constant
    xp = arguments.xp
    source = arguments.source(column.source, column.numbers)
    angles = xp.take(source, column.angles, axis=-1) * column.frequency
    angles = angles[..., None, None]
    rotation = xp.cos(angles) * column.cosine + xp.sin(angles) * column.sine
    return rotation if column.is_pauli else rotation + column.constant


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


def run(arguments: Arguments, matrices: Matrices) -> Any:
    """Apply all steps of a program to its initial state."""
    xp, steps = arguments.xp, arguments.program.steps
    shape = (arguments.batch, 2**arguments.program.n_wires)
    n_done = 0
    if not arguments.from_zero:
        state = arguments.initial_state
    elif steps and isinstance(steps[0], Layer):
        # One-qubit gates on |0...0> give a product state, which costs one pass.
        state = xp.broadcast_to(_product_state(steps[0], matrices[0], arguments), shape)
        n_done = 1
    else:
        is_first = xp.arange(shape[1], device=arguments.device) == 0
        state = xp.broadcast_to(xp.astype(is_first, arguments.dtype), shape)
    for step, matrix in zip(steps[n_done:], matrices[n_done:], strict=True):
        state = _apply_step(step, matrix, state, xp)
    return state


def _product_state(layer: Layer, blocks: list[BlockMatrices | None], arguments: Arguments) -> Any:
    """Apply a layer to |0...0>."""
    xp = arguments.xp
    vectors = []
    for block, matrices in zip(layer.blocks, blocks, strict=True):
        if matrices is None:
            zero = xp.asarray([1.0, 0.0], dtype=arguments.dtype, device=arguments.device)
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


def _apply_step(step: Step, matrices: Any, state: Any, xp: Any) -> Any:
    """Apply one step to states of shape (batch, 2**n_wires)."""
    if isinstance(step, Monomial):
        if step.index is not None:
            state = xp.take(state, step.index, axis=-1)
        return state if step.factor is None else state * step.factor
    if isinstance(step, Dense):
        return apply_dense(matrices, step.wires, state, xp)
    for block, found in zip(step.blocks, matrices, strict=True):
        if found is not None:
            state = apply_block(found.joined, block.wires, state, xp)
    return state


def apply_block(
    matrix: Inexact[Any, "*_ size size"],
    wires: tuple[int, ...],
    state: Inexact[Any, "batch amplitudes"],
    xp: Any,
) -> Inexact[Any, "batch amplitudes"]:
    """Multiply a matrix onto neighbouring wires of states of shape (batch, 2**n_wires).

    The matrix is one for all states, (size, size), or one for each, (batch, size, size).
    """
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


def apply_dense(
    matrix: Inexact[Any, "*_ size size"],
    wires: tuple[int, ...],
    state: Inexact[Any, "batch amplitudes"],
    xp: Any,
) -> Inexact[Any, "batch amplitudes"]:
    """Multiply a matrix onto any wires, in their order, of states of shape (batch, 2**n_wires)."""
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
    """Return the number of wires of a state; raise InputError for any other array."""
    size = int(state.shape[-1]) if getattr(state, "shape", ()) else 0
    if size < 2 or size & (size - 1):
        raise InputError(f"A state has 2**n amplitudes; the last axis holds {size}.")
    return size.bit_length() - 1


def probabilities(state: Num[Any, "*batch amplitudes"]) -> Real[Any, "*batch amplitudes"]:
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
