"""Rules for the parameters of the sampler and the feature map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rarebit._common.parameters import (
    COUNT,
    TRUTH,
    Bounds,
    Kind,
    Rule,
    check_parameters,
    check_value,
    is_number,
)
from rarebit._common.random_state import check_random_state
from rarebit.exceptions import InputError
from rarebit.over_sampling._encoder import EncoderSettings, resolve_readout

MOST_QUBITS = 20
# Larger circuits would run for days.
MOST_LAYERS = 1000
MOST_ITERATIONS = 1_000_000

_ENCODER_RULES: dict[str, Rule] = {
    "angle": ("centered", "pi_x", "x", "arcsin"),
    "entanglers": (Kind((tuple, list), "a tuple of names such as ('CNOT', 'CZ')"),),
    "wiring": ("linear", "circular", "all"),
    "max_qubits": (Bounds(int, 1, MOST_QUBITS),),
    "evolution": (None, "shared", "per_sample"),
    "hamiltonian": ("ising", "outer"),
    "n_layers": (Bounds(int, 1, MOST_LAYERS),),
    "optimizer": ("cobyla", "spsa", "adam", "bfgs"),
    "max_iterations": (Bounds(int, 1, MOST_ITERATIONS),),
    "readout": ("auto", "state", "z", "zz"),
}
_SAMPLER_RULES: dict[str, Rule] = {
    "sampling_strategy": (
        "auto",
        "all",
        "not majority",
        "not minority",
        "minority",
        Bounds(float, 0, 1, open_low=True),
        Kind(Mapping, "a dict of class to number of rows"),
        Kind(Callable, "a function of y that returns such a dict"),  # type: ignore[arg-type]
    ),
    "k_neighbors": COUNT,
    "metric": ("joint", "state", "euclidean"),
    "columns": ("drop", "keep"),
    "reencode": TRUTH,
    "energy_filter": (*TRUTH, Bounds(float, 1, open_low=True)),
}


def check_sampler(sampler: Any) -> None:
    """Check the parameters of a QISMOTE."""
    check_parameters(sampler, _SAMPLER_RULES)
    # For its checks alone: neither the number of features nor kept matters here.
    encoder_settings(sampler, 1, kept=False)
    check_random_state(sampler.random_state)


def check_wanted_rows(strategy: Any, y: np.ndarray) -> None:
    """Raise InputError for ratios and numbers of rows that over-sampling cannot reach."""
    classes, counts = np.unique(y, return_counts=True)
    if is_number(strategy):
        _check_ratio(strategy, classes.tolist(), counts)
    wanted = strategy(y) if callable(strategy) else strategy
    if callable(strategy) and not isinstance(wanted, Mapping):
        raise InputError(
            f"sampling_strategy gives {wanted!r}; the function must give a dict of class to "
            "number of rows."
        )
    if not isinstance(wanted, Mapping):
        return
    present = dict(zip(classes.tolist(), counts.tolist(), strict=True))
    for label, number in wanted.items():
        if label not in present:
            raise InputError(
                f"sampling_strategy names class {label!r}, which y does not hold; its classes are "
                f"{', '.join(map(repr, present))}."
            )
        if not is_number(number) or number < present[label] or number != int(number):
            raise InputError(
                f"sampling_strategy wants {number!r} rows of class {label!r}; give an integer of "
                f"at least {present[label]}, the rows that it has."
            )


def _check_ratio(ratio: float, classes: list[Any], counts: np.ndarray) -> None:
    """Raise InputError for a ratio that does not fit the classes."""
    if len(classes) != 2:
        raise InputError(
            f"sampling_strategy is {ratio}, a ratio, which needs two classes; y has "
            f"{len(classes)}. Leave it out to balance all of them."
        )
    there = counts.min() / counts.max()
    if ratio < there:
        rare, common = classes[counts.argmin()], classes[counts.argmax()]
        raise InputError(
            f"sampling_strategy is {ratio}, and class {rare!r} already has {there:.3g} rows per "
            f"row of class {common!r}: give a larger number."
        )


def encoder_settings(estimator: Any, n_features: int, *, kept: bool) -> EncoderSettings:
    """Check the parameters of the encoder and resolve ``readout="auto"``."""
    check_parameters(estimator, _ENCODER_RULES)
    for entangler in estimator.entanglers:
        check_value("entanglers", entangler, "CNOT", "CZ", "Toffoli")
    readout = resolve_readout(
        estimator.readout,
        estimator.evolution,
        kept=kept,
        n_features=n_features,
        max_qubits=estimator.max_qubits,
    )
    options: dict[str, Any] = {name: getattr(estimator, name) for name in _ENCODER_RULES}
    options.update(entanglers=tuple(estimator.entanglers), readout=readout)
    return EncoderSettings(**options)
