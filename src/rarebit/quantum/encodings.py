"""From features to states: angle encoding, amplitude encoding, data re-uploading."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from array_api_compat import array_namespace

from rarebit._common.memory import refuse_beyond_memory
from rarebit._common.parameters import check_count, check_value, is_number
from rarebit.exceptions import InputError
from rarebit.quantum.arguments import FEWER_WIRES
from rarebit.quantum.circuit import Circuit, Input, Operation

if TYPE_CHECKING:
    from jaxtyping import Real

Angle = Literal["centered", "pi_x", "x", "arcsin"]


def to_angles(
    features: Real[Any, "*rows features"], angle: Angle = "centered"
) -> Real[Any, "*rows features"]:
    """Turn features in [0, 1] into rotation angles.

    After a Hadamard gate, RY(phi) gives <Z> = -sin(phi). So ``"centered"`` gives cos(pi x), one
    value for each x, while ``"pi_x"`` and ``"arcsin"`` fold: x and 1 - x become the same for every
    energy and read-out in Z.

    Parameters
    ----------
    features : array of shape (..., n_features)
        NumPy array or torch tensor, floating point; values in [0, 1] for ``"arcsin"``.
    angle : {"centered", "pi_x", "x", "arcsin"}, default="centered"
        ``pi (x - 1/2)``, ``pi x``, ``x`` or ``2 arcsin(sqrt x)``.

    Returns
    -------
    array of shape (..., n_features)
        Angles, of the library and dtype of ``features``.

    Examples
    --------
    >>> import numpy as np
    >>> to_angles(np.array([0.0, 0.5, 1.0])).round(3)
    array([-1.571,  0.   ,  1.571])
    """
    if not (hasattr(features, "dtype") or is_number(features)):
        raise InputError(f"features is {features!r}: give a NumPy array or a torch tensor.")
    check_value("angle", angle, *get_args(Angle))
    if angle == "centered":
        return math.pi * (features - 0.5)
    if angle == "pi_x":
        return math.pi * features
    if angle == "x":
        return features
    xp = array_namespace(features)
    return 2 * xp.asin(xp.sqrt(xp.clip(features, 0.0, 1.0)))


def angle_encoding(n_wires: int) -> Circuit:
    """Encode one angle a wire: a Hadamard gate, then RY(input).

    Parameters
    ----------
    n_wires : int
        Number of wires, which is the number of input columns.

    Returns
    -------
    Circuit
        Its inputs are the angles that :func:`to_angles` gives.

    Examples
    --------
    >>> print(angle_encoding(2).draw())
    0: ──H──RY(x0)──
    1: ──H──RY(x1)──
    """
    check_count("n_wires", n_wires)
    hadamards = [Operation("Hadamard", (wire,)) for wire in range(n_wires)]
    return Circuit(n_wires, [*hadamards, *_input_rotations(n_wires).operations])


def reuploading(n_wires: int, layers: list[Circuit]) -> Circuit:
    """Encode the same angles again before each layer (data re-uploading).

    The first encoding starts with Hadamard gates, as :func:`angle_encoding`; the later ones are
    RY(input) alone.

    Parameters
    ----------
    n_wires : int
        Number of wires, which is the number of input columns.
    layers : list of Circuit
        The trainable layers, their weights already numbered apart.

    Returns
    -------
    Circuit

    Examples
    --------
    >>> layer = Circuit(2, [Operation("CNOT", (0, 1))])
    >>> reuploading(2, [layer, layer]).gate_counts
    {'CNOT': 2, 'Hadamard': 2, 'RY': 4}
    """
    circuit = angle_encoding(n_wires)
    if not isinstance(layers, list | tuple) or not all(isinstance(x, Circuit) for x in layers):
        raise InputError(f"layers is {layers!r}: give a list of Circuit.")
    for position, layer in enumerate(layers):
        circuit = circuit + layer if position == 0 else circuit + _input_rotations(n_wires) + layer
    return circuit


def amplitude_state(
    features: Real[Any, "*rows features"], n_wires: int | None = None
) -> Real[Any, "*rows amplitudes"]:
    """Encode a row as the amplitudes of a state: padded with zeros, scaled to length 1.

    Parameters
    ----------
    features : array of shape (..., n_features)
        NumPy array or torch tensor. A row of zeros has no direction: it becomes the basis state
        |0...0>, and its gradient is zero, never NaN.
    n_wires : int, default=None
        Number of wires; None takes the smallest that holds all features.

    Returns
    -------
    array of shape (..., 2**n_wires)
        Real states, to be given as ``initial_state``.

    Examples
    --------
    >>> import numpy as np
    >>> amplitude_state(np.array([[3.0, 0.0, 4.0], [0.0, 0.0, 0.0]]))
    array([[0.6, 0. , 0.8, 0. ],
           [1. , 0. , 0. , 0. ]])
    """
    if not hasattr(features, "dtype") or features.ndim == 0:
        raise InputError(
            f"features is {features!r}: give a NumPy array or a torch tensor of shape "
            "(..., n_features)."
        )
    with np.errstate(invalid="ignore"):  # reported below
        states, largest = amplitudes(features, n_wires)
    xp = array_namespace(features)
    if not bool(xp.all(xp.isfinite(largest))):
        raise InputError("features hold NaN or infinity: fill or drop these rows first.")
    return states


def amplitudes(
    features: Real[Any, "*rows features"], n_wires: int | None = None
) -> tuple[Real[Any, "*rows amplitudes"], Real[Any, "*rows 1"]]:
    """Encode as :func:`amplitude_state`, unchecked; return the largest entry of each row, too."""
    xp = array_namespace(features)
    if features.shape[-1] == 0 or not xp.isdtype(features.dtype, ("real floating", "integral")):
        raise InputError(
            f"features have shape {tuple(features.shape)} and dtype {features.dtype}: give real "
            "numbers, at least one a row."
        )
    n_features = features.shape[-1]
    if n_wires is None:
        n_wires = max(1, (n_features - 1).bit_length())
    n_wires = check_count("n_wires", n_wires)
    n_rows = math.prod(features.shape[:-1])
    n_bytes = 2 * n_rows * 2**n_wires * features.dtype.itemsize
    refuse_beyond_memory(n_bytes, f"An amplitude encoding of {n_wires} wires", FEWER_WIRES)
    missing = 2**n_wires - n_features
    if missing < 0:
        raise InputError(
            f"{n_features} features do not fit into the {2**n_wires} amplitudes of {n_wires} wires."
        )
    padding = xp.zeros((*features.shape[:-1], missing), dtype=features.dtype)
    padding = xp.asarray(padding, device=features.device)
    padded = xp.concat([features, padding], axis=-1)
    # Scaling by the largest entry first keeps squares of tiny and huge rows inside the range.
    largest = xp.max(xp.abs(padded), axis=-1, keepdims=True)
    is_zero = largest == 0
    scaled = padded / xp.where(is_zero, xp.ones_like(largest), largest)
    first = xp.asarray(xp.arange(2**n_wires, device=features.device) == 0, dtype=features.dtype)
    safe = xp.where(is_zero, first, scaled)
    return safe / xp.sqrt(xp.sum(safe**2, axis=-1, keepdims=True)), largest


def _input_rotations(n_wires: int) -> Circuit:
    """RY(input) on every wire."""
    return Circuit(n_wires, [Operation("RY", (wire,), (Input(wire),)) for wire in range(n_wires)])
