"""What hardware noise does to energies: the source's first open question.

The energies of real rare rows and of candidates for new ones are computed exactly and on noisy
hardware, at three depths: encoded (what the energy filter looks at), entangled, and evolved with
angles of its own for each row. What counts is the ranking, since the filter and the comparison of
samples use nothing else.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler

from rarebit.exceptions import RarebitWarning
from rarebit.over_sampling import filter_by_energy
from rarebit.quantum import (
    Circuit,
    IsingHamiltonian,
    NoiseModel,
    angle_encoding,
    entangling_layers,
    expectation,
    expectations,
    minimize_energy,
    noisy_expectations,
    rotation_layers,
    simulate,
    to_angles,
)
from rarebit_papers.cells import Cell, Line, run_cells
from rarebit_papers.qi_smote.arms import qi_smote
from rarebit_papers.qi_smote.data import DEMO, HEART, StudySet
from rarebit_papers.request import Outcome, Request
from rarebit_papers.writing import write_outcome

N_CANDIDATES = 40
SEEDS = 5
DIGITS = 5
# Six features at most: density matrices of six qubits for every row, gate by gate.
SETS = {
    study_set.name: study_set
    for study_set in (
        StudySet("heart failure 10:1", "heart_failure", HEART, imbalance=10),
        StudySet("MIMIC-III demo", "mimic3_demo_mortality", DEMO[:6]),
        StudySet("ecoli", "ecoli", ("mcg", "gvh", "aac", "alm1", "alm2")),
        StudySet("balance", "balance_scale", rare=("B",)),
    )
}
NOISE: dict[str, NoiseModel | int] = {
    **{f"depolarizing {p:g}": NoiseModel(depolarizing=p) for p in (0.001, 0.01, 0.05)},
    **{f"amplitude damping {p:g}": NoiseModel(amplitude_damping=p) for p in (0.01, 0.05)},
    **{f"bit flip {p:g}": NoiseModel(bit_flip=p) for p in (0.01, 0.05)},
    **{f"phase flip {p:g}": NoiseModel(phase_flip=p) for p in (0.01, 0.05)},
    **{f"read-out error {p:g}": NoiseModel(readout_error=p) for p in (0.02, 0.1)},
    **{f"{shots} shots": shots for shots in (100, 1000, 10_000)},
}
DEPTHS = ("encoded", "entangled", "evolved")


@dataclass(frozen=True)
class Problem:
    """Rows of a class as a circuit takes them.

    Attributes
    ----------
    circuit : Circuit
        Ends in the states whose energies are measured.
    inputs : ndarray of shape (n_rows, n_wires)
        Angles of the features: real rows first, then candidates.
    weights : ndarray of shape (n_rows, n_weights) or None
        Angles of each row's own, where evolved.
    hamiltonian : IsingHamiltonian
        Learned from the real rows.
    n_real : int
        Number of real rows.
    """

    circuit: Circuit
    inputs: np.ndarray
    weights: np.ndarray | None
    hamiltonian: IsingHamiltonian
    n_real: int

    def exact(self) -> np.ndarray:
        """Energy of each row."""
        states = simulate(self.circuit, self.weights, self.inputs)
        return np.asarray(expectation(self.hamiltonian, states))

    def noisy(self, noise: NoiseModel | int, seed: int) -> np.ndarray:
        """Energy of each row under noise, or from a number of shots."""
        arguments = (self.circuit, [self.hamiltonian])
        if isinstance(noise, int):
            found = expectations(
                *arguments, weights=self.weights, inputs=self.inputs, shots=noise,
                random_state=seed,
            )  # fmt: skip
            return np.asarray(found)[:, 0]
        values = noisy_expectations(
            *arguments, noise, self.weights, self.inputs, method="density"
        ).values
        return np.asarray(values)[:, 0]


def make_problem(X: np.ndarray, y: np.ndarray, depth: str, seed: int) -> Problem:
    """Encode the rare rows and candidates between them.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        Features; missing ones are filled with medians.
    y : ndarray of shape (n_rows,)
        Labels, 1 the rare class.
    depth : {"encoded", "entangled", "evolved"}
        How far the circuit goes.
    seed : int
        Of the candidates and the angles' start.

    Returns
    -------
    Problem
    """
    rows = SimpleImputer(strategy="median").fit_transform(X)
    n_rare = int(y.sum())
    sampler = qi_smote(seed, metric="euclidean", sampling_strategy={1: n_rare + N_CANDIDATES})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RarebitWarning)
        made = sampler.fit_resample(rows, y)[0][len(y) :]
    scaled = MinMaxScaler().fit(rows).transform(np.vstack([rows[y == 1], made]))
    angles = to_angles(scaled)
    n_wires = scaled.shape[1]
    hamiltonian = IsingHamiltonian.from_expectations(-np.sin(angles[:n_rare]))
    circuit = angle_encoding(n_wires)
    weights = None
    if depth != "encoded":
        circuit = circuit + entangling_layers(n_wires)
    if depth == "evolved":
        found = minimize_energy(
            hamiltonian, np.asarray(simulate(circuit, inputs=angles)), optimizer="adam",
            random_state=seed,
        )  # fmt: skip
        weights = found.parameters
        circuit = circuit + rotation_layers(n_wires, 2)
    return Problem(circuit, angles, weights, hamiltonian, n_rare)


def look(X: np.ndarray, y: np.ndarray, depth: str, seed: int) -> list[Line]:
    """Compare noisy energies with exact ones, one line a kind of noise.

    Returns
    -------
    list of dict
        ``rank_correlation`` (Spearman's) over all rows; ``slope`` of the noisy energies on the
        exact ones; ``error``, the root mean square of what a straight line leaves, as a share of
        the exact energies' deviation; ``same_kept``, the share of the candidates which the filter
        keeps, half of all, that it keeps under noise too.
    """
    problem = make_problem(X, y, depth, seed)
    exact = problem.exact()
    kept = _kept(exact, problem.n_real)
    lines = []
    for name, noise in NOISE.items():
        noisy = problem.noisy(noise, seed)
        fit = stats.linregress(exact, noisy)
        left = noisy - fit.intercept - fit.slope * exact
        same = np.intersect1d(kept, _kept(noisy, problem.n_real)).size / kept.size
        lines.append(
            {
                "noise": name,
                "rank_correlation": round(float(stats.spearmanr(exact, noisy).statistic), DIGITS),
                "slope": round(float(fit.slope), DIGITS),
                "error": round(float(np.sqrt((left**2).mean()) / exact.std()), DIGITS),
                "same_kept": round(float(same), DIGITS),
            }
        )
    return lines


def _kept(energies: np.ndarray, n_real: int) -> np.ndarray:
    """Candidates that the filter keeps."""
    return filter_by_energy(energies[n_real:], energies[:n_real], N_CANDIDATES // 2)


def reproduce_noise(request: Request) -> Outcome:
    """Measure what noise does to the ranking of energies.

    Parameters
    ----------
    request : Request
        ``seeds`` is the number of draws of candidates and angles.

    Returns
    -------
    Outcome
        Written into the folder ``noise`` of ``request.out``.
    """
    folder = request.out / "noise"
    names = request.chosen(SETS)
    n_seeds = request.seeds or SEEDS
    cells = run_cells(
        folder / "cells.csv", request.track(list(_cells(names, request, n_seeds)), "Measuring")
    )
    outcome = summarise(cells[cells["dataset"].isin(names)])
    return write_outcome(folder, "Energies on noisy hardware", outcome, settings={"seeds": n_seeds})


def _cells(names: Iterable[str], request: Request, n_seeds: int) -> Iterator[Cell]:
    for name in names:
        X, y = SETS[name].load(request.data_dir)
        for seed in range(n_seeds):
            for depth in DEPTHS:
                key: dict[str, str | int] = {"dataset": name, "depth": depth, "seed": seed}
                yield Cell(key, partial(look, X, y, depth, seed))


def summarise(cells: pd.DataFrame) -> Outcome:
    """Draw conclusions from finished cells."""
    figures = ["rank_correlation", "slope", "error", "same_kept"]
    means = cells.groupby(["depth", "noise"], sort=False)[figures].mean()
    lowest = cells.groupby(["depth", "noise"], sort=False)["rank_correlation"].min()
    means.insert(1, "lowest_rank_correlation", lowest)

    def of(depth: str, noise: str) -> Any:
        return means.loc[(depth, noise)]

    findings = [
        f"{depth}: with 1 % depolarizing noise after every gate the energies shrink to "
        f"{of(depth, 'depolarizing 0.01')['slope']:.0%}, their rank correlation with the exact "
        f"ones is {of(depth, 'depolarizing 0.01')['rank_correlation']:.3f}; with 5 %, "
        f"{of(depth, 'depolarizing 0.05')['slope']:.0%} and "
        f"{of(depth, 'depolarizing 0.05')['rank_correlation']:.3f}. With 100 shots and no noise it "
        f"is {of(depth, '100 shots')['rank_correlation']:.3f}."
        for depth in dict.fromkeys(cells["depth"])
    ]
    by_kind = cells.groupby("noise", sort=False)["rank_correlation"].mean()
    findings.append(
        f"Of all kinds of noise looked at, {by_kind.idxmin()} disturbs the ranking most "
        f"(rank correlation {by_kind.min():.3f} over depths and data sets)."
    )
    return Outcome(findings, {"Noisy energies beside exact ones": means})
