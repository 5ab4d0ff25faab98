"""Checks of constructor parameters, shared by the sampler and the feature map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

import numpy as np

from rarebit._common.parameters import check_count
from rarebit._common.random_state import as_generator
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
STRATEGIES = ("auto", "all", "not majority", "not minority", "minority")
MOST_QUBITS = 20
# Beyond these no circuit ends on the day that it was started.
MOST_LAYERS = 1000
MOST_ITERATIONS = 1_000_000


def check_choice(name: str, value: Any, choices: Iterable[Any]) -> None:
    """Refuse a value that is none of the choices."""
    choices = tuple(choices)
    if not any(
        value is choice or (type(value) is type(choice) and value == choice) for choice in choices
    ):
        listed = ", ".join(map(repr, choices))
        raise InputError(f"{name}={value!r} is not understood; use one of: {listed}.")


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
    _check_strategy(sampler.sampling_strategy)
    check_count("k_neighbors", sampler.k_neighbors, 1)
    check_choice("metric", sampler.metric, ("joint", "state", "euclidean"))
    check_choice("columns", sampler.columns, ("drop", "keep"))
    check_choice("reencode", sampler.reencode, (False, True))
    factor = sampler.energy_filter
    if not (isinstance(factor, bool) or (isinstance(factor, int | float) and 1 < factor < np.inf)):
        raise InputError(
            f"energy_filter={factor!r} is not understood; give True, False or a number of "
            "candidates for each new row above 1."
        )
    # Only for their messages: neither the number of features nor the draws matter here.
    encoder_settings(sampler, 1, kept=False)
    if not isinstance(sampler.random_state, np.random.Generator | np.random.RandomState):
        as_generator(sampler.random_state, legacy=True)


def _check_strategy(strategy: Any) -> None:
    """Refuse a sampling strategy that is none, whatever the classes."""
    if isinstance(strategy, str):
        check_choice("sampling_strategy", strategy, STRATEGIES)
    elif isinstance(strategy, int | float | np.number) and not isinstance(strategy, bool):
        if not 0 < strategy <= 1:
            raise InputError(
                f"sampling_strategy={strategy!r} is not understood; give a ratio of rows to those "
                "of the largest class, above 0 and at most 1."
            )
    elif not isinstance(strategy, Mapping) and not callable(strategy):
        raise InputError(
            f"sampling_strategy={strategy!r} is not understood; give a ratio, a name such as "
            "'auto', a dict of class to number of rows, or a function."
        )


def check_wanted_rows(strategy: Any, y: np.ndarray) -> None:
    """Refuse numbers of rows that no over-sampling of these classes leads to.

    Parameters
    ----------
    strategy : object
        A ``sampling_strategy``; only a dict, or a function that gives one, is looked at.
    y : ndarray of shape (n_rows,)
        Class of each row.

    Raises
    ------
    InputError
        If a class is not there, or the number is no integer of at least its rows.
    """
    wanted = strategy(y) if callable(strategy) else strategy
    if callable(strategy) and not isinstance(wanted, Mapping):
        raise InputError(
            f"sampling_strategy gives {wanted!r}; the function must give a dict of class to "
            "number of rows."
        )
    if not isinstance(wanted, Mapping):
        return
    classes, counts = np.unique(y, return_counts=True)
    present = dict(zip(classes.tolist(), counts.tolist(), strict=True))
    for label, number in wanted.items():
        if label not in present:
            raise InputError(
                f"sampling_strategy names class {label!r}, which y does not hold; its classes are "
                f"{', '.join(map(repr, present))}."
            )
        is_number = isinstance(number, Real) and not isinstance(number, bool)
        if not is_number or not np.inf > number >= present[label] or number != int(number):
            raise InputError(
                f"sampling_strategy wants {number!r} rows of class {label!r}; give an integer of "
                f"at least {present[label]}, the rows that it has."
            )


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
    check_count("max_qubits", estimator.max_qubits, 1, MOST_QUBITS)
    check_count("n_layers", estimator.n_layers, 1, MOST_LAYERS)
    check_count("max_iterations", estimator.max_iterations, 1, MOST_ITERATIONS)
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
