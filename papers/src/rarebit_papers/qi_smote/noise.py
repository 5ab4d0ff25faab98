"""What hardware noise does to energies: the source's first open question.

The energies of real rare rows and of candidates for new ones are computed exactly and on noisy
hardware, at three depths: encoded (what the energy filter looks at), entangled, and evolved with
angles of its own for each row. What counts is the ranking: the filter and the comparison of samples
use nothing else.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import MinMaxScaler

from rarebit import quantum
from rarebit.exceptions import RarebitWarning
from rarebit.over_sampling import filter_by_energy
from rarebit.quantum import Circuit, IsingHamiltonian, NoiseModel
from rarebit.running import CellKey
from rarebit_papers.qi_smote.arms import qi_smote
from rarebit_papers.qi_smote.data import DEMO, HEART, StudySet
from rarebit_papers.request import Outcome, Request
from rarebit_papers.studies import Cell, Scores, Study, named

N_CANDIDATES = 40
SEEDS = 3
DIGITS = 5
# At most six features: density matrices of six qubits for every row, gate by gate.
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
    """Rows of a class as a circuit takes them."""

    circuit: Circuit  # ends in the states whose energies are measured
    inputs: np.ndarray  # (n_rows, n_wires), angles of the features: real rows, then candidates
    weights: np.ndarray | None  # (n_rows, n_weights), each row's own angles, where evolved
    hamiltonian: IsingHamiltonian  # learned from the real rows
    n_real: int

    def exact(self) -> np.ndarray:
        """Energy of each row."""
        states = quantum.simulate(self.circuit, self.weights, self.inputs)
        return np.asarray(quantum.expectation(self.hamiltonian, states))

    def noisy(self, noise: NoiseModel | int, seed: int) -> np.ndarray:
        """Energy of each row under noise, or from a number of shots."""
        circuit, energy, rows = self.circuit, [self.hamiltonian], (self.weights, self.inputs)
        if isinstance(noise, int):
            found = quantum.expectations(circuit, energy, *rows, shots=noise, random_state=seed)
            return np.asarray(found)[:, 0]
        noisy = quantum.noisy_expectations(circuit, energy, noise, *rows, method="density")
        return np.asarray(noisy.values)[:, 0]


def make_problem(X: np.ndarray, y: np.ndarray, depth: str, seed: int) -> Problem:
    """Encode the rare rows and candidates between them; missing features become medians."""
    rows = SimpleImputer(strategy="median").fit_transform(X)
    n_rare = int(y.sum())
    sampler = qi_smote(seed, metric="euclidean", sampling_strategy={1: n_rare + N_CANDIDATES})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RarebitWarning)
        made = sampler.fit_resample(rows, y)[0][len(y) :]
    scaled = MinMaxScaler().fit(rows).transform(np.vstack([rows[y == 1], made]))
    angles = quantum.to_angles(scaled)
    n_wires = scaled.shape[1]
    hamiltonian = IsingHamiltonian.from_expectations(-np.sin(angles[:n_rare]))
    circuit = quantum.angle_encoding(n_wires)
    weights = None
    if depth != "encoded":
        circuit = circuit + quantum.entangling_layers(n_wires)
    if depth == "evolved":
        states = np.asarray(quantum.simulate(circuit, inputs=angles))
        found = quantum.minimize_energy(hamiltonian, states, optimizer="adam", random_state=seed)
        weights = found.parameters
        circuit = circuit + quantum.rotation_layers(n_wires, 2)
    return Problem(circuit, angles, weights, hamiltonian, n_rare)


def measure(study_set: StudySet, data_dir: Path | None, depth: str, seed: int) -> Scores:
    """Compare noisy energies with exact ones, by kind of noise.

    ``rank_correlation`` (Spearman's) over all rows; ``slope`` of the noisy energies on the exact
    ones; ``error``, the root mean square of what a straight line leaves, as a share of the exact
    energies' deviation; ``same_kept``, the share of the candidates kept by the filter (half of all)
    that it keeps under noise too.
    """
    problem = make_problem(*study_set.load(data_dir), depth, seed)
    exact = problem.exact()
    kept = _kept(exact, problem.n_real)
    scores: Scores = {}
    for name, noise in NOISE.items():
        noisy = problem.noisy(noise, seed)
        fit = stats.linregress(exact, noisy)
        left = noisy - fit.intercept - fit.slope * exact
        found = {
            "rank_correlation": float(stats.spearmanr(exact, noisy).statistic),
            "slope": float(fit.slope),
            "error": float(np.sqrt((left**2).mean()) / exact.std()),
            "same_kept": np.intersect1d(kept, _kept(noisy, problem.n_real)).size / kept.size,
        }
        scores |= named({key: round(value, DIGITS) for key, value in found.items()}, name)
    return scores


def _kept(energies: np.ndarray, n_real: int) -> np.ndarray:
    """Candidates that the filter keeps."""
    return filter_by_energy(energies[n_real:], energies[:n_real], N_CANDIDATES // 2)


def plan(request: Request) -> list[Cell]:
    """Every depth on every set, from ``--seeds`` draws of candidates and angles."""
    folder = request.data_dir
    return [
        Cell(CellKey(name, depth, seed=seed), partial(measure, SETS[name], folder, depth, seed))
        for name in request.chosen(SETS)
        for seed in range(request.seeds or SEEDS)
        for depth in DEPTHS
    ]


def summarise(lines: pd.DataFrame, request: Request) -> Outcome:
    """Say what noise does to the energies and to their ranking."""
    cells = lines.rename(columns={"arm": "depth"})
    figures = ["rank_correlation", "slope", "error", "same_kept"]
    means = cells.groupby(["depth", "noise"], sort=False)[figures].mean()
    lowest = cells.groupby(["depth", "noise"], sort=False)["rank_correlation"].min()
    means.insert(1, "lowest_rank_correlation", lowest)

    slope, ranking = means["slope"], means["rank_correlation"]
    findings = [
        f"{d}: with 1 % depolarizing noise after every gate the energies shrink to "
        f"{slope[d, 'depolarizing 0.01']:.0%}, and their rank correlation with the exact ones is "
        f"{ranking[d, 'depolarizing 0.01']:.3f}; with 5 %, {slope[d, 'depolarizing 0.05']:.0%} and "
        f"{ranking[d, 'depolarizing 0.05']:.3f}. With 100 shots and no noise it is "
        f"{ranking[d, '100 shots']:.3f}."
        for d in dict.fromkeys(cells["depth"])
    ]
    by_kind = cells.groupby("noise", sort=False)["rank_correlation"].mean()
    findings.append(
        f"Of all kinds of noise, {by_kind.idxmin()} disturbs the ranking most (rank correlation "
        f"{by_kind.min():.3f} over depths and data sets)."
    )
    tables = {"Noisy and exact energies": means}
    return Outcome(findings, tables, settings={"seeds": request.seeds or SEEDS})


STUDY = Study("noise", "Energies on noisy hardware", plan, summarise, ("noise",))
reproduce = STUDY.reproduce
