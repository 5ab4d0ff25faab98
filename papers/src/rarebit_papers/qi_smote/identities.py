"""What cannot differ between arms of QI-SMOTE, checked with explicit state vectors.

A circuit with the same angles for all rows is an isometry, so with states as read-out and dropped
columns no entangler, no wiring, no number of layers and no Hamiltonian changes a distance. CZ only
flips signs, and a Toffoli behind it only permutes basis states, so without a rotation after it CZ
changes no read-out in Z.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist

from rarebit.exceptions import RarebitWarning
from rarebit.over_sampling import QuantumFeatureMap

TOLERANCE = 1e-9
SEED = 0

# What -> options of the plain side and of the changed one, and what is compared.
DISTANCES: dict[str, dict[str, Any]] = {
    "CNOT alone": {"entanglers": ("CNOT",)},
    "CNOT, CZ": {"entanglers": ("CNOT", "CZ")},
    "CNOT, CZ, Toffoli": {},
    "circular wiring": {"wiring": "circular"},
    "all-to-all wiring": {"wiring": "all"},
    "shared evolution, 1 layer": {"evolution": "shared", "n_layers": 1},
    "shared evolution, 2 layers": {"evolution": "shared"},
    "shared evolution, 3 layers": {"evolution": "shared", "n_layers": 3},
    "shared evolution, outer Hamiltonian": {"evolution": "shared", "hamiltonian": "outer"},
    "shared evolution, COBYLA": {"evolution": "shared", "optimizer": "cobyla"},
}
READ_OUTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "CZ behind CNOT, read-outs in Z": (
        {"entanglers": ("CNOT",)},
        {"entanglers": ("CNOT", "CZ")},
    ),
    "CZ between CNOT and Toffoli, read-outs in Z": (
        {"entanglers": ("CNOT", "Toffoli")},
        {"entanglers": ("CNOT", "CZ", "Toffoli")},
    ),
}


def verify_identities(data: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> pd.DataFrame:
    """Compare distances of states, and read-outs, that must be the same.

    Parameters
    ----------
    data : mapping of str to (ndarray, ndarray)
        Features and labels of some data sets; the rows of class 1 are encoded.

    Returns
    -------
    DataFrame
        One line for each identity: ``what``, ``compared``, ``largest_difference`` over all data
        sets, ``identical`` (up to rounding).

    Examples
    --------
    >>> rows = np.random.default_rng(0).uniform(size=(6, 3))
    >>> table = verify_identities({"made": (rows, np.ones(6, dtype=int))})
    >>> bool(table["identical"].all())
    True
    """
    lines: dict[str, dict[str, Any]] = {}
    for X, y in data.values():
        rows = X[(y == 1) & ~np.isnan(X).any(axis=1)]
        for what, compared, difference in _differences(rows):
            line = lines.setdefault(what, {"compared": compared, "largest_difference": 0.0})
            line["largest_difference"] = max(line["largest_difference"], difference)
    table = pd.DataFrame(lines).T.rename_axis("what").reset_index()
    table["largest_difference"] = table["largest_difference"].astype(float)
    return table.assign(identical=table["largest_difference"] < TOLERANCE)


def _differences(rows: np.ndarray) -> Iterator[tuple[str, str, float]]:
    plain = pdist(_columns(rows, readout="state", entanglers=()))
    for what, options in DISTANCES.items():
        # Adam's gradients are quick; which optimiser it is does not matter here, only that it is.
        chosen = {"optimizer": "adam", "readout": "state", **options}
        yield what, "distances of states", _largest(pdist(_columns(rows, **chosen)), plain)
    for what, (one, other) in READ_OUTS.items():
        first, second = (_columns(rows, readout="zz", **options) for options in (one, other))
        yield what, "read-outs", _largest(first, second)


def _columns(rows: np.ndarray, **options: Any) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RarebitWarning)  # plateaus do not matter here
        feature_map = QuantumFeatureMap(append=False, random_state=SEED, **options)
        return np.asarray(feature_map.fit_transform(rows))


def _largest(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first - second).max())
