"""How energies fall by optimiser, and what cannot differ between arms of QI-SMOTE.

A circuit with the same angles for all rows is an isometry, so with states as read-out and dropped
columns no entangler, no wiring, no number of layers and no Hamiltonian changes a distance. CZ only
flips signs, and a Toffoli behind it only permutes basis states, so without a rotation after it CZ
changes no read-out in Z. Both are checked with explicit state vectors.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.spatial.distance import pdist
from sklearn.impute import SimpleImputer

from rarebit.exceptions import RarebitWarning
from rarebit.over_sampling import QISMOTE, QuantumFeatureMap
from rarebit.quantum import IsingHamiltonian
from rarebit.quantum.vqe import Optimizer
from rarebit.reporting.svg import styled
from rarebit_papers.qi_smote.data import StudySet
from rarebit_papers.studies import Scores, named

OPTIMISERS: tuple[Optimizer, ...] = ("cobyla", "spsa", "adam", "bfgs")
SEED = 0
TOLERANCE = 1e-9
PANEL = (4.0, 2.8)  # inches

# What -> options of the changed side; distances of its states are those of angle encoding alone.
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
# What -> options of two sides with the same read-outs.
READ_OUTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "CZ behind CNOT, read-outs in Z": ({"entanglers": ("CNOT",)}, {"entanglers": ("CNOT", "CZ")}),
    "CZ between CNOT and Toffoli, read-outs in Z": (
        {"entanglers": ("CNOT", "Toffoli")},
        {"entanglers": ("CNOT", "CZ", "Toffoli")},
    ),
}


def trace(study_set: StudySet, data_dir: Path | None, optimiser: Optimizer) -> Scores:
    """Evolve every rare row: its lowest energy so far, averaged over rows, by iteration.

    ``way_to_ground`` is 0 at the start and 1 at the ground state.
    """
    X, y = study_set.load(data_dir)
    sampler = QISMOTE(evolution="per_sample", optimizer=optimiser, random_state=SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RarebitWarning)
        sampler.fit_resample(SimpleImputer(strategy="median").fit_transform(X), y)
    energy = sampler.energy_trace_[1].mean(axis=0)
    way = (energy[0] - energy) / (energy[0] - ground_energy(sampler))
    scores: Scores = {}
    for i in range(len(energy)):
        scores |= named({"energy": energy[i], "way_to_ground": way[i]}, "trace", i)
    return scores


def ground_energy(sampler: QISMOTE) -> float:
    """Return the lowest possible energy of the rare class, summed over registers."""
    hamiltonians = sampler.provenance_[0].encoder.classes[1].hamiltonians
    return float(
        sum(h.eigenvalues.min() if isinstance(h, IsingHamiltonian) else -1.0 for h in hamiltonians)
    )


def check_identities(study_set: StudySet, data_dir: Path | None) -> Scores:
    """Compare distances of states, and read-outs, that must be the same: largest differences."""
    X, y = study_set.load(data_dir)
    rows = X[(y == 1) & ~np.isnan(X).any(axis=1)]
    plain, scores = pdist(_columns(rows, readout="state", entanglers=())), {}

    def compare(what: str, compared: str, one: np.ndarray, other: np.ndarray) -> None:
        difference = float(np.abs(one - other).max())
        scores.update(named({"largest_difference": difference}, what, compared))

    for what, options in DISTANCES.items():
        # Any optimiser will do here: Adam's gradients are fast.
        chosen = {"optimizer": "adam", "readout": "state", **options}
        compare(what, "distances of states", pdist(_columns(rows, **chosen)), plain)
    for what, sides in READ_OUTS.items():
        compare(what, "read-outs", *(_columns(rows, readout="zz", **options) for options in sides))
    return scores


def _columns(rows: np.ndarray, **options: Any) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RarebitWarning)  # plateaus do not matter here
        feature_map = QuantumFeatureMap(append=False, random_state=SEED, **options)
        return np.asarray(feature_map.fit_transform(rows))


def identity_table(lines: pd.DataFrame) -> pd.DataFrame:
    """One line for each identity: its largest difference over data sets, and whether it holds."""
    table = lines.rename(columns={"classifier": "what", "decision": "compared"})
    largest = table.groupby(["what", "compared"], sort=False)["largest_difference"].max()
    return largest.reset_index().assign(identical=lambda t: t["largest_difference"] < TOLERANCE)


def trace_table(lines: pd.DataFrame) -> pd.DataFrame:
    """One line for each iteration of an optimiser on a data set."""
    table = lines.rename(columns={"arm": "optimiser", "decision": "iteration"})
    return table[["dataset", "optimiser", "iteration", "energy", "way_to_ground"]]


@styled
def trace_chart(traces: pd.DataFrame) -> Figure:
    """Draw the traces, one panel per data set."""
    names = list(dict.fromkeys(traces["dataset"]))
    figure = Figure((PANEL[0] * len(names), PANEL[1]), layout="constrained")
    panels = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for panel, name in zip(panels, names, strict=True):
        for optimiser, rows in traces[traces["dataset"] == name].groupby("optimiser", sort=False):
            panel.plot(rows["iteration"].astype(int), rows["way_to_ground"], label=str(optimiser))
        panel.set(title=name, xlabel="iteration")
    panels[0].set_ylabel("way to the ground state")
    panels[0].legend()
    return figure
