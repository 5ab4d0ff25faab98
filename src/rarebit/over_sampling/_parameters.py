"""Checks of constructor parameters, shared by the sampler and the feature map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

import numpy as np

from rarebit._random import as_generator
from rarebit.exceptions import InputError
from rarebit.over_sampling._encoder import EncoderSettings, resolve_readout

ENCODER_CHOICES = {
    "angle": ("centered", "pi_x", "x", "arcsin"),
    "wiring": ("linear", "circular", "all"),
    "evolution": (None, "shared", "per_sample"),
    "hamiltonian": ("ising", "outer"),
    "optimizer": ("cobyla", "spsa", "adam", "bfgs"),
    "readout": ("auto", "state", "z", "zz"),
}
ENTANGLERS = ("CNOT", "CZ", "Toffoli")
MOST_QUBITS = 20


def check_choice(name: str, value: Any, choices: Iterable[Any]) -> None:
    """Refuse a value that is none of the choices."""
    choices = tuple(choices)
    if not any(
        value is choice or (type(value) is type(choice) and value == choice) for choice in choices
    ):
        listed = ", ".join(map(repr, choices))
        raise InputError(f"{name}={value!r} is not understood; use one of: {listed}.")


def check_integer(name: str, value: Any, low: int, high: int | None = None) -> None:
    """Refuse what is no integer between ``low`` and ``high``."""
    is_integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_integer or value < low or (high is not None and value > high):
        bounds = f"of at least {low}" if high is None else f"from {low} to {high}"
        raise InputError(f"{name}={value!r} is not understood; give an integer {bounds}.")


def check_sampler(sampler: Any) -> None:
    """Refuse parameters of a sampler that are not as documented.

    Parameters
    ----------
    sampler : QISMOTE
        Whose parameters.

    Raises
    ------
    InputError
        Naming the first wrong one.
    """
    strategy = sampler.sampling_strategy
    if not (isinstance(strategy, str | Real | Mapping) or callable(strategy)):
        raise InputError(
            f"sampling_strategy={strategy!r} is not understood; give a ratio, a name such as "
            "'auto', a dict of class to number of rows, or a function."
        )
    check_integer("k_neighbors", sampler.k_neighbors, 1)
    check_choice("metric", sampler.metric, ("joint", "state", "euclidean"))
    check_choice("columns", sampler.columns, ("drop", "keep"))
    check_choice("reencode", sampler.reencode, (False, True))
    factor = sampler.energy_filter
    if not (isinstance(factor, bool) or (isinstance(factor, int | float) and factor > 1)):
        raise InputError(
            f"energy_filter={factor!r} is not understood; give True, False or a number of "
            "candidates for each new row above 1."
        )
    # Only for their messages: neither the number of features nor the draws matter here.
    encoder_settings(sampler, 1, kept=False)
    if not isinstance(sampler.random_state, np.random.Generator | np.random.RandomState):
        as_generator(sampler.random_state, legacy=True)


def encoder_settings(estimator: Any, n_features: int, *, kept: bool) -> EncoderSettings:
    """Check the parameters of the encoder and resolve ``readout="auto"``.

    Parameters
    ----------
    estimator : QISMOTE or QuantumFeatureMap
        Whose parameters.
    n_features : int
        Number of features to encode.
    kept : bool
        Whether the read-outs are handed to the user.

    Returns
    -------
    EncoderSettings
        Checked.

    Raises
    ------
    InputError
        If a parameter is not as documented.
    """
    for name, choices in ENCODER_CHOICES.items():
        check_choice(name, getattr(estimator, name), choices)
    if isinstance(estimator.entanglers, str) or not isinstance(estimator.entanglers, Iterable):
        raise InputError(
            f"entanglers={estimator.entanglers!r} is not understood; give a tuple of names, "
            "for example ('CNOT', 'CZ')."
        )
    for entangler in estimator.entanglers:
        check_choice("entanglers", entangler, ENTANGLERS)
    check_integer("max_qubits", estimator.max_qubits, 1, MOST_QUBITS)
    check_integer("n_layers", estimator.n_layers, 1)
    check_integer("max_iterations", estimator.max_iterations, 1)
    readout = resolve_readout(
        estimator.readout,
        estimator.evolution,
        kept=kept,
        n_features=n_features,
        max_qubits=estimator.max_qubits,
    )
    return EncoderSettings(
        angle=estimator.angle,
        entanglers=tuple(estimator.entanglers),
        wiring=estimator.wiring,
        max_qubits=estimator.max_qubits,
        evolution=estimator.evolution,
        hamiltonian=estimator.hamiltonian,
        n_layers=estimator.n_layers,
        optimizer=estimator.optimizer,
        max_iterations=estimator.max_iterations,
        readout=readout,
    )
