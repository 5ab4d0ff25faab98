"""Over-sample one class: find neighbours, draw mixtures, filter them, record provenance."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from rarebit._common.checks import warn
from rarebit._common.memory import refuse_beyond_memory
from rarebit.over_sampling._diagnostics import (
    FEW,
    ROWS,
    plain,
    warn_of_edge,
    warn_of_implausible,
    warn_of_memory,
)
from rarebit.over_sampling._encoder import Encoder, add_class
from rarebit.over_sampling._search.neighbors import nearest
from rarebit.over_sampling._synthesis import (
    CHUNK,
    Mixture,
    draw_mixture,
    mix,
    most_frequent,
)
from rarebit.over_sampling._table import Table, is_sparse
from rarebit.over_sampling.energy_filter import filter_by_energy


@dataclass(frozen=True)
class NewRows:
    """New rows of one class: their categories, and the recipe of their numbers."""

    codes: np.ndarray
    provenance: Provenance


@dataclass(frozen=True)
class Provenance:
    """Where the new rows of a class come from.

    Energies cost as much as the rows themselves, so they are computed on demand.

    ``label``: The class.
    ``rows`` (n_rows,): Its rows in the input.
    ``scaled`` (n_rows, n_features): The same, scaled.
    ``mixture``: Parents, neighbours and weights.
    ``encoder``: Holds the Hamiltonian of the class.
    """

    label: Any
    rows: np.ndarray
    scaled: np.ndarray
    mixture: Mixture
    encoder: Encoder

    def energies(self) -> np.ndarray:
        """Energy of each new row, a piece at a time."""
        scaled = self.scaled.astype(np.float32)
        energies = np.empty(len(self.mixture.parents))
        for start in range(0, len(energies), CHUNK):
            piece = slice(start, start + CHUNK)
            new = mix(scaled, self.mixture.take(piece))
            energies[piece] = self.encoder.energies(new, self.label)
        return energies

    def frame(self) -> pd.DataFrame:
        """One row for each new row."""
        return pd.DataFrame(
            {
                "label": np.full(len(self.mixture.parents), self.label),
                "parent": self.rows[self.mixture.parents],
                "neighbor": self.rows[self.mixture.neighbors],
                "weight": self.mixture.weights,
                "energy": self.energies(),
            }
        )


def resample_class(
    table: Table,
    encoder: Encoder,
    label: Any,
    rows: np.ndarray,
    n_new: int,
    *,
    k_neighbors: int,
    metric: str,
    over_generation: float,
    rng: np.random.Generator,
) -> NewRows:
    """Make new rows of a class."""
    _warn_of_size(table, encoder, len(rows), n_new, over_generation)
    scaled, codes = encoder.scale(table.numeric[rows]), table.codes[rows]
    columns = add_class(encoder, label, scaled)

    k = _possible_neighbors(label, len(rows), k_neighbors)
    neighbors = _neighbors(encoder, scaled, codes, columns, k, metric)
    mixture = draw_mixture(neighbors, math.ceil(n_new * over_generation), rng)
    provenance = Provenance(label, rows, scaled, mixture, encoder)
    if over_generation > 1:
        real = encoder.energies(scaled, label)
        mixture = mixture.take(filter_by_energy(provenance.energies(), real, n_new))
        provenance = replace(provenance, mixture=mixture)
    _warn_of_signs(label, table, scaled, mixture)
    return NewRows(most_frequent(codes, neighbors, mixture, rng), provenance)


def refuse_size(table: Table, wanted: Mapping[Any, int], over_generation: float) -> None:
    """Raise InputError, before any work, if the new rows would not fit into memory."""
    n_new = sum(map(int, wanted.values()))
    n_features = 1 if is_sparse(table.numeric) else table.numeric.shape[1]
    refuse_beyond_memory(
        8 * n_new * max(n_features, math.ceil(2 * over_generation)),
        f"Making {n_new:,} new rows",
        "lower sampling_strategy or energy_filter",
    )


def join_provenance(parts: list[Provenance], n_rows: int) -> pd.DataFrame:
    """One table for all classes, with the position of each new row below ``n_rows`` others."""
    columns = ["row", "label", "parent", "neighbor", "weight", "energy"]
    if not parts:
        return pd.DataFrame(columns=columns)
    joined: pd.DataFrame = pd.concat([part.frame() for part in parts], ignore_index=True)
    joined["row"] = np.arange(n_rows, n_rows + len(joined))
    return joined[columns]


def _possible_neighbors(label: Any, n_rows: int, k_neighbors: int) -> int:
    """Number of neighbours that a class of this size has."""
    if n_rows == 1:
        warn("RB106", f"Class {plain(label)!r} has one row: its new rows are copies of it.")
    elif n_rows <= k_neighbors:
        warn(
            "RB106",
            f"Class {plain(label)!r} has {n_rows} rows: k_neighbors is {n_rows - 1} there instead "
            f"of {k_neighbors}.",
        )
    return min(k_neighbors, n_rows - 1)


def _neighbors(
    encoder: Encoder,
    scaled: np.ndarray,
    codes: np.ndarray,
    columns: np.ndarray | None,
    k: int,
    metric: str,
) -> np.ndarray:
    """Nearest k other rows of every row of the class."""
    if k == 0:
        return np.empty((len(scaled), 0), dtype=np.int64)
    settings = encoder.settings
    mismatch = _mismatch(scaled) if codes.shape[1] else 0.0
    points = np.hstack([scaled, *_dummies(codes, mismatch)])
    encoded = encoder.encoded(scaled, points, unencoded=codes.shape[1] * mismatch**2)
    has_closed_form = settings.readout == "state" and settings.evolution != "per_sample"
    if metric != "euclidean" and not has_closed_form:
        states = encoder.columns(scaled) if columns is None else columns
        encoded = replace(encoded, states=states)
    return nearest(encoded, k, metric)


def _mismatch(scaled: np.ndarray) -> float:
    """Distance of two categories: the median deviation of the numeric features, as in SMOTENC."""
    return float(np.median(scaled.std(axis=0)))


def _dummies(codes: np.ndarray, mismatch: float) -> list[np.ndarray]:
    """Indicator columns that put two different categories ``mismatch`` apart."""
    return [
        (column[:, None] == np.unique(column)) * (mismatch / math.sqrt(2)) for column in codes.T
    ]


def _warn_of_signs(label: Any, table: Table, scaled: np.ndarray, mixture: Mixture) -> None:
    """Check a sample of the new rows for the paper's failure signs."""
    if len(scaled) < FEW:
        return
    new = mix(scaled, mixture.take(slice(None, None, max(1, len(mixture.parents) // ROWS))))
    warn_of_edge(label, new, table.names)
    warn_of_implausible(label, new, scaled, table.names)


def _warn_of_size(
    table: Table, encoder: Encoder, n_rows: int, n_new: int, over_generation: float
) -> None:
    """Warn before memory runs out."""
    n_features = len(encoder.minimum)
    warn_of_memory(
        16.0 * n_new * over_generation * (n_features if not is_sparse(table.numeric) else 1),
        f"Making {n_new} new rows of {n_features} features",
        "lower sampling_strategy, or under-sample the largest class first",
    )
    if is_sparse(table.numeric):
        warn_of_memory(
            24.0 * n_rows * n_features,
            f"Comparing {n_rows} sparse rows of {n_features} features",
            "reduce the number of features first, for example with TruncatedSVD",
        )
    if encoder.settings.evolution is not None:
        width = sum(2 ** len(block) for block in encoder.blocks)
        warn_of_memory(
            24.0 * n_rows * width,
            f"Evolving the states of {n_rows} rows",
            "choose a smaller max_qubits, or evolution=None",
        )
