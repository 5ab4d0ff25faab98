"""Exact gradients of expectation values without autograd: adjoint differentiation on NumPy.

Jones and Gacon, "Efficient calculation of gradients in classical simulations of variational quantum
algorithms" (arXiv:2009.02823): keep the final state and its cotangent, undo one step at a time on
both, and read each parameter's gradient from their overlap. Memory is two states, whatever the
depth. Here a whole layer of one-qubit gates is undone at once: the overlaps of a block of wires
form one small matrix, whose partial traces give every wire's gradient.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from array_api_compat import is_numpy_namespace

from rarebit.exceptions import InputError
from rarebit.quantum.arguments import Arguments, prepare
from rarebit.quantum.circuit import Circuit
from rarebit.quantum.observables import Observable, check_observables, diagonal_table, measure
from rarebit.quantum.program import Block, Column, Dense, Layer, Monomial, Step
from rarebit.quantum.statevector import (
    BlockMatrices,
    Matrices,
    apply_block,
    apply_dense,
    evaluate,
    multiply_pairs,
    run,
)

if TYPE_CHECKING:
    from jaxtyping import Float, Inexact

# Gradients by name: "weights", "inputs", "initial_state".
ByName = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Gradients:
    """Expectation values and their gradients.

    Attributes
    ----------
    values : ndarray of shape (n_observables,) or (batch, n_observables)
        The expectation values.
    weights : ndarray of the shape of the weights, or None
        Gradient of the weighted sum of all values; weights shared by a batch get the batch's sum.
    inputs : ndarray of the shape of the inputs, or None
        The same for the inputs.
    initial_state : ndarray of the shape of the initial state, or None
        The same for the initial state, where wanted; for a complex one the derivative by real and
        by imaginary part are its real and imaginary part, as in torch.
    """

    values: Float[np.ndarray, "*batch observables"]
    weights: Float[np.ndarray, "*_ weights"] | None
    inputs: Float[np.ndarray, "*_ inputs"] | None
    initial_state: Inexact[np.ndarray, "*_ amplitudes"] | None


def adjoint(
    circuit: Circuit,
    observables: Sequence[Observable],
    weights: np.ndarray | None = None,
    inputs: np.ndarray | None = None,
    *,
    initial_state: np.ndarray | None = None,
    cotangent: np.ndarray | None = None,
    wants_initial_state: bool = False,
) -> Gradients:
    """Run a circuit and differentiate its expectation values.

    Parameters
    ----------
    circuit, observables, weights, inputs, initial_state : Circuit, sequence of Observable, ndarray
        As for :func:`expectations`.
    cotangent : ndarray of shape (n_observables,) or (batch, n_observables), default=None
        Weight of each expectation value in the sum that is differentiated; None is 1 for each.
    wants_initial_state : bool, default=False
        Whether to differentiate by the initial state too.

    Returns
    -------
    Gradients
        Values and gradients, in the precision of the arguments.

    Examples
    --------
    >>> from rarebit.quantum import Operation, Weight, z
    >>> circuit = Circuit(1, [Operation("RY", (0,), (Weight(0),))])
    >>> found = adjoint(circuit, [z(0)], np.array([0.3]))
    >>> np.allclose([found.values[0], found.weights[0]], [np.cos(0.3), -np.sin(0.3)])
    True
    """
    arguments = prepare(circuit, weights, inputs, initial_state)
    if not is_numpy_namespace(arguments.xp):
        raise InputError("adjoint takes NumPy arrays: for tensors use simulate and autograd.")
    matrices = evaluate(arguments)
    state = run(arguments, matrices)
    observables = check_observables(observables)
    measured = measure(observables, state)
    if cotangent is None:
        cotangent = np.ones_like(measured)
    try:
        cotangent = np.broadcast_to(np.asarray(cotangent, dtype=measured.dtype), measured.shape)
    except ValueError:
        raise InputError(
            f"cotangent has shape {np.shape(cotangent)}; give numbers of shape {measured.shape}."
        ) from None
    outer = observable_cotangent(observables, state, cotangent)
    wants = {"weights", "inputs"}
    if wants_initial_state and initial_state is not None:
        wants.add("initial_state")
    gradients = pull_back(arguments, matrices, state, outer, wants)
    start = gradients.get("initial_state")
    if start is not None and initial_state is not None:
        start = start.real if np.isrealobj(initial_state) else start
        start = start.sum(axis=0) if initial_state.ndim == 1 else start
    return Gradients(
        values=measured if arguments.batched else measured[0],
        weights=gradients.get("weights"),
        inputs=gradients.get("inputs"),
        initial_state=start,
    )


def observable_cotangent(
    observables: Sequence[Observable],
    state: Inexact[np.ndarray, "batch amplitudes"],
    cotangent: Float[np.ndarray, "batch observables"],
) -> Inexact[np.ndarray, "batch amplitudes"]:
    """Pull a cotangent of the expectation values back to the state: 2 sum_k g_k O_k |state>."""
    table = diagonal_table(tuple(observables), state.shape[-1])
    if table is not None:
        return (2 * cotangent @ table.T.astype(cotangent.dtype, copy=False)) * state
    return sum(
        2 * weight[:, None] * observable.apply(state)
        for observable, weight in zip(observables, cotangent.T, strict=True)
    )


def pull_back(
    arguments: Arguments,
    matrices: Matrices,
    state: np.ndarray,
    cotangent: np.ndarray,
    wants: Collection[str],
) -> ByName:
    """Walk the steps backwards, from the final state and its cotangent to the gradients.

    ``wants`` names them: "weights", "inputs", "initial_state". The walk ends where the rest of the
    circuit holds nothing wanted. The gradient of the initial state has a batch axis.
    """
    sources = {"weights": arguments.weights, "inputs": arguments.inputs}
    gradients: ByName = {
        name: np.zeros_like(array)
        for name, array in sources.items()
        if name in wants and array is not None
    }
    steps = arguments.program.steps
    wants_start = "initial_state" in wants
    wanted = [i for i, step in enumerate(steps) if step.sources & gradients.keys()]
    end = 0 if wants_start else min(wanted, default=len(steps))
    for position in range(len(steps) - 1, end - 1, -1):
        step, found = steps[position], matrices[position]
        if isinstance(step, Layer):
            for block, block_matrices in zip(step.blocks, found, strict=True):
                _collect_block(block, block_matrices, state, cotangent, gradients)
        elif isinstance(step, Dense) and step.sources & gradients.keys():
            overlap = _dense_overlap(step, state, cotangent)[:, None]
            overlap = overlap if found.ndim == 3 else overlap.sum(axis=0)
            _collect(step.column, overlap, gradients)
        if wants_start or position > end:
            state = _undo(step, found, state, arguments.xp)
            cotangent = _undo(step, found, cotangent, arguments.xp)
    if wants_start:
        gradients["initial_state"] = cotangent
    return gradients


def _undo(step: Step, found: Any, state: np.ndarray, xp: Any) -> np.ndarray:
    """Apply the inverse of a step."""
    if isinstance(step, Monomial):
        if step.factor is not None:
            state = state * _conj(step.factor)
        return state if step.inverse is None else np.take(state, step.inverse, axis=1)
    if isinstance(step, Dense):
        undone: np.ndarray = apply_dense(_adjoint(found), step.wires, state, xp)
        return undone
    for block, matrices in zip(step.blocks, found, strict=True):
        if matrices is not None:
            state = apply_block(_adjoint(matrices.joined), block.wires, state, xp)
    return state


def _conj(array: np.ndarray) -> np.ndarray:
    """Complex conjugate, without a copy of what is real."""
    return np.conj(array) if np.iscomplexobj(array) else array


def _adjoint(matrix: np.ndarray) -> np.ndarray:
    """Conjugate transpose of the last two axes."""
    return _conj(np.swapaxes(matrix, -1, -2))


def _collect_block(
    block: Block,
    matrices: BlockMatrices | None,
    state: np.ndarray,
    cotangent: np.ndarray,
    gradients: ByName,
) -> None:
    """Collect the gradients of a block's gates, from the state and cotangent after it."""
    if matrices is None or not block.sources & gradients.keys():
        return
    overlap = _block_overlap(block, state, cotangent, each_state=matrices.wires.ndim == 4)
    overlap = overlap.reshape(*overlap.shape[:-2], -1).take(block.traces, axis=-1).sum(axis=-1)
    for column, gates in zip(reversed(block.columns), reversed(matrices.columns), strict=True):
        _collect(column, overlap, gradients)
        if column is not block.columns[0]:
            overlap = multiply_pairs(np.swapaxes(gates, -1, -2), overlap)
            overlap = multiply_pairs(overlap, _conj(gates))


def _block_overlap(
    block: Block, state: np.ndarray, cotangent: np.ndarray, *, each_state: bool
) -> np.ndarray:
    """Overlap conj(cotangent) with the state over all other wires: (..., size, size)."""
    batch, total = state.shape
    left, size = 2 ** block.wires[0], 2 ** len(block.wires)
    right = total // (left * size)
    if right == 1 and not each_state:
        flat = (batch * left, size)
        return _conj(cotangent).reshape(flat).T @ state.reshape(flat)
    if right == 1:
        shape = (batch, left, size)
        overlap: np.ndarray = _conj(cotangent).reshape(shape).swapaxes(1, 2) @ state.reshape(shape)
        return overlap
    shape4 = (batch, left, size, right)
    products = _conj(cotangent).reshape(shape4) @ state.reshape(shape4).swapaxes(2, 3)
    return products.sum(axis=1) if each_state else products.sum(axis=(0, 1))


def _dense_overlap(step: Dense, state: np.ndarray, cotangent: np.ndarray) -> np.ndarray:
    """Overlap conj(cotangent) with the state over all wires but the step's: (batch, size, size)."""
    batch, total = state.shape
    n_wires = total.bit_length() - 1

    def split(array: np.ndarray) -> np.ndarray:
        cube = array.reshape(batch, *[2] * n_wires)
        moved = np.moveaxis(cube, [1 + w for w in step.wires], range(1, 1 + len(step.wires)))
        return moved.reshape(batch, 2 ** len(step.wires), -1)

    product: np.ndarray = _conj(split(cotangent)) @ split(state).swapaxes(1, 2)
    return product


def _collect(column: Column, overlap: np.ndarray, gradients: ByName) -> None:
    """Add Re <cotangent| K |state> of every trainable gate of a column to its parameter.

    ``overlap`` has shape (gates, size, size), summed over the batch, or (batch, gates, size, size).
    """
    if not column.trainable.keys() & gradients.keys():
        return
    found = (overlap * column.generator).sum(axis=(-1, -2)).real
    for source, (positions, indices) in column.trainable.items():
        if source in gradients:
            target, value = gradients[source], found[..., positions]
            value = value.sum(axis=0) if value.ndim > target.ndim else value
            # One parameter may sit in several gates, which += with an index would count once.
            np.add.at(target.T, np.asarray(indices), value.T)
