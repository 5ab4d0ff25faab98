"""Per-sample VQE with QI-SMOTE's circuit, against PennyLane's lightning.qubit with COBYLA.

Both sides start each row from the same angles. Ours must reach at least the other side's mean
energy, and the row's own energy on 80 % of the rows, over several classes. Run with one thread:

    OMP_NUM_THREADS=1 python benchmarks/quantum_vqe.py
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from quantum_report import write_report
from rarebit.quantum import (
    IsingHamiltonian,
    angle_encoding,
    entangling_layers,
    minimize_energy,
    rotation_layers,
    simulate,
    to_angles,
    z_expectations,
)
from rarebit.quantum.pennylane_backend import to_qnode

EVALUATIONS = 100  # of the energy, by COBYLA
ITERATIONS = 32  # of BFGS, each one energy with its gradient

BACKENDS = ("numpy", "numba")

# The first is the QNode as one writes it; the second is told that no gradients are wanted.
PEERS = {
    "PennyLane lightning.qubit, COBYLA": {},
    "PennyLane lightning.qubit, diff_method=None, COBYLA": {"diff_method": None},
}


def make_rows(rng: np.random.Generator, n_rows: int, n_features: int) -> np.ndarray:
    """Draw correlated rows and scale them to [0, 1], as a minority class is."""
    mixing = rng.normal(size=(n_features, n_features)) + 1.5 * rng.normal(size=n_features)
    rows = rng.normal(size=(n_rows, n_features)) @ mixing
    return (rows - rows.min(axis=0)) / np.ptp(rows, axis=0)


def timed(function: Callable[[], object]) -> tuple[object, float, float]:
    """Run once; return the result, CPU seconds and wall seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = function()
    return result, time.process_time() - cpu, time.perf_counter() - wall


def measure_class(
    n_wires: int, n_rows: int, n_peer: int, rng: np.random.Generator
) -> dict[str, tuple[list[list[float]], list[float]]]:
    """Seconds a row, and energies of the first rows, of every method on one class."""
    angles = to_angles(make_rows(rng, n_rows, n_wires))
    encoding = angle_encoding(n_wires)
    start = encoding + entangling_layers(n_wires)
    hamiltonian = IsingHamiltonian.from_expectations(
        z_expectations(simulate(encoding, inputs=angles))
    )
    ansatz = rotation_layers(n_wires, 2)
    theta_0 = rng.normal(size=ansatz.n_weights)
    whole = start + ansatz
    qnodes = {name: to_qnode(whole, [hamiltonian], **options) for name, options in PEERS.items()}

    def peer(name: str, row: int) -> float:
        found = minimize(
            lambda theta: float(qnodes[name](theta, angles[row])[0]),
            theta_0,
            method="COBYLA",
            options={"maxiter": EVALUATIONS},
        )
        return float(found.fun)

    def ours(backend: str) -> np.ndarray:
        states = simulate(start, inputs=angles)
        return minimize_energy(
            hamiltonian, states, initial=theta_0, max_iterations=ITERATIONS, backend=backend
        ).energies

    measured = {name: ([], []) for name in PEERS}
    measured |= {backend: ([], ours(backend)[:n_peer].tolist()) for backend in BACKENDS}  # compiles
    for row in range(n_peer):
        for name in PEERS:
            energy, *seconds = timed(lambda name=name, row=row: peer(name, row))
            measured[name][0].append(seconds)
            measured[name][1].append(energy)
        for backend in BACKENDS:
            _, *seconds = timed(lambda backend=backend: ours(backend))
            measured[backend][0].append([value / n_rows for value in seconds])
    return measured


def compare(
    n_wires: int, n_classes: int, n_rows: int, n_peer: int, rng: np.random.Generator
) -> list[dict]:
    """Measure one number of qubits; both sides take turns."""
    classes = [measure_class(n_wires, n_rows, n_peer, rng) for _ in range(n_classes)]
    names = (*PEERS, *BACKENDS)
    times = {name: [line for found in classes for line in found[name][0]] for name in names}
    energies = {name: np.concatenate([found[name][1] for found in classes]) for name in names}
    costs = {name: 1e3 * np.median(values, axis=0) for name, values in times.items()}
    first = names[0]
    lines = []
    for name, (cpu, wall) in costs.items():
        is_peer = name in PEERS
        own = energies[name]
        ratios = costs[first] / (cpu, wall)
        lines.append(
            {
                "qubits": n_wires,
                "method": name if is_peer else f"rarebit {name}, BFGS, {ITERATIONS} iterations",
                "classes": n_classes,
                "rows": n_peer if is_peer else n_rows,
                "cpu_ms_per_row": round(cpu, 4),
                "wall_ms_per_row": round(wall, 4),
                "cpu_ratio": round(ratios[0], 1 if is_peer else None),
                "wall_ratio": round(ratios[1], 1 if is_peer else None),
                "mean_energy": round(own.mean(), 4),
                "rows_as_low": round(float((own <= energies[first] + 1e-9).mean()), 3),
            }
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--qubits", type=int, nargs="+", default=[3, 6, 9])
    parser.add_argument(
        "--classes", type=int, default=8, help="classes: each has rows, energy and start of its own"
    )
    parser.add_argument("--rows", type=int, default=200, help="rows of a class that ours optimises")
    parser.add_argument("--peer-rows", type=int, default=5, help="the first, for PennyLane")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/quantum"))
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    lines = [
        line
        for n_wires in options.qubits
        for line in compare(n_wires, options.classes, options.rows, options.peer_rows, rng)
    ]
    remarks = [
        "Two layers of RY and CZ after the encoded and entangled row; Ising energy; float64. "
        f"COBYLA evaluates the energy {EVALUATIONS} times. Ratios are relative to the first row.",
        "Times are medians; runs of Rarebit and PennyLane alternate. On a shared machine, use the "
        "CPU ratio. The time to compile the numba kernel (once, then cached on disk) is excluded.",
        "Each class has its own rows, energy and initial angles, because most rows of a class end "
        "in the same minimum. rows_as_low: share of the rows optimised by PennyLane (all classes) "
        "for which the energy is at least as low. Mean energies are over the same rows.",
    ]
    write_report(options.out, "vqe", "Per-sample VQE", pd.DataFrame(lines), options.seed, remarks)


if __name__ == "__main__":
    main()
