"""How the energies fall: the mean trace of the samples of a class, by optimiser."""

from __future__ import annotations

import io
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.impute import SimpleImputer

from rarebit.exceptions import RarebitWarning
from rarebit.over_sampling import QISMOTE
from rarebit.persistence import atomic_write_text
from rarebit.quantum import IsingHamiltonian
from rarebit.quantum.vqe import Optimizer

OPTIMISERS: tuple[Optimizer, ...] = ("cobyla", "spsa", "adam", "bfgs")
SEED = 0
WIDTH, HEIGHT = 4.0, 2.8  # of a panel, in inches


def energy_traces(data: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> pd.DataFrame:
    """Evolve every rare row of some data sets with every optimiser.

    Parameters
    ----------
    data : mapping of str to (ndarray, ndarray)
        Features and labels, 1 the rare class.

    Returns
    -------
    DataFrame
        ``dataset, optimiser, iteration`` and ``energy``, the mean over samples of the lowest so
        far; ``way_to_ground``, 0 at the start and 1 at the ground state.
    """
    parts = []
    for dataset, (X, y) in data.items():
        rows = SimpleImputer(strategy="median").fit_transform(X)
        for optimiser in OPTIMISERS:
            sampler = QISMOTE(evolution="per_sample", optimizer=optimiser, random_state=SEED)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RarebitWarning)
                sampler.fit_resample(rows, y)
            energy = sampler.energy_trace_[1].mean(axis=0)
            part = {"dataset": dataset, "optimiser": optimiser, "iteration": range(len(energy)),
                    "energy": energy}  # fmt: skip
            way = (energy[0] - energy) / (energy[0] - ground_energy(sampler))
            parts.append(pd.DataFrame(part).assign(way_to_ground=way))
    return pd.concat(parts, ignore_index=True)


def ground_energy(sampler: QISMOTE) -> float:
    """Lowest energy that there is for the rare class, summed over registers."""
    hamiltonians = sampler.provenance_[0].encoder.classes[1].hamiltonians
    return float(
        sum(h.eigenvalues.min() if isinstance(h, IsingHamiltonian) else -1.0 for h in hamiltonians)
    )


def draw_traces(traces: pd.DataFrame, path: Path) -> None:
    """Draw the traces of :func:`energy_traces`, a panel a data set, as SVG."""
    import matplotlib.pyplot as plt

    names = list(dict.fromkeys(traces["dataset"]))
    figure, panels = plt.subplots(
        1, len(names), figsize=(WIDTH * len(names), HEIGHT), sharey=True, squeeze=False,
        layout="constrained",
    )  # fmt: skip
    for panel, name in zip(panels[0], names, strict=True):
        for optimiser, trace in traces[traces["dataset"] == name].groupby("optimiser", sort=False):
            panel.plot(trace["iteration"], trace["way_to_ground"], label=str(optimiser), lw=1.8)
        panel.set_title(name, loc="left", fontsize=10)
        panel.set_xlabel("iteration")
        panel.spines[["top", "right"]].set_visible(False)
    panels[0, 0].set_ylabel("way to the ground state")
    panels[0, 0].legend(frameon=False, fontsize=9)
    text = io.StringIO()
    with plt.rc_context({"svg.hashsalt": "rarebit"}):
        figure.savefig(text, format="svg", metadata={"Date": None})
    plt.close(figure)
    atomic_write_text(path, text.getvalue())
