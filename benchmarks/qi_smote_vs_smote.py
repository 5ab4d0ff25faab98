"""Time and peak memory of the default ``QISMOTE().fit_resample`` beside imbalanced-learn's SMOTE.

Every measurement runs in a process of its own, the two methods by turns; both see the same rows.
The neighbours of a sample of rows are checked against the formula of the joint metric.

    python benchmarks/qi_smote_vs_smote.py --out results/benchmarks/qi_smote
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

SIZES = (10_000, 100_000, 1_000_000)
KINDS = ("normal", "uniform", "half_binary")
METHODS = ("smote", "qi_smote")
N_FEATURES = 30
MINORITY = 0.05
LIMITS = {"seconds": 2.0, "peak_mib": 1.5}
CALLS = {10_000: 20, 100_000: 5, 1_000_000: 1}


def make_data(kind: str, n_rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows of 30 features, 5 % of them in the minority."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(size=(n_rows, N_FEATURES)) if kind == "uniform" else None
    if X is None:
        X = rng.normal(size=(n_rows, N_FEATURES))
    if kind == "half_binary":
        X[:, ::2] = X[:, ::2] > 0
    y = np.zeros(n_rows, dtype=np.int64)
    y[rng.choice(n_rows, int(MINORITY * n_rows), replace=False)] = 1
    return X, y


def measure(method: str, kind: str, n_rows: int, seed: int) -> dict[str, float]:
    """Call fit_resample in this process; the best time of a few calls, and the peak memory."""
    from imblearn.over_sampling import SMOTE

    from rarebit.over_sampling import QISMOTE

    warnings.simplefilter("ignore")
    X, y = make_data(kind, n_rows, seed)
    make = SMOTE if method == "smote" else QISMOTE
    make(random_state=0).fit_resample(*make_data("normal", 500, 0))  # imports that load when used
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, cpu_seconds = [], []
    for _ in range(CALLS.get(n_rows, 1)):
        wall, cpu = time.perf_counter(), time.process_time()
        make(random_state=0).fit_resample(X, y)
        seconds.append(time.perf_counter() - wall)
        cpu_seconds.append(time.process_time() - cpu)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "seconds": min(seconds),
        "cpu_seconds": min(cpu_seconds),
        "peak_mib": peak / 1024,
        "added_mib": (peak - before) / 1024,
    }


def check_neighbors(kind: str, n_rows: int, seed: int, n_checked: int = 50) -> float:
    """Share of sampled minority rows whose neighbours are exactly those of the formula."""
    from rarebit.over_sampling._distances import Encoded
    from rarebit.over_sampling._encoder import group_features
    from rarebit.over_sampling._neighbors import nearest

    X, y = make_data(kind, n_rows, seed)
    X = (X - X.min(axis=0)) / np.ptp(X, axis=0)
    blocks = group_features(X[:10_000], 10)
    own = X[y == 1]
    found = nearest(Encoded(own, np.pi * (own - 0.5), blocks, np.pi), 5, "joint")
    right = []
    for i in np.random.default_rng(seed).choice(len(own), n_checked, replace=False):
        apart = own - own[i]
        squared = (apart**2).sum(axis=1)
        for block in blocks:
            squared += 2 * (1 - np.cos(np.pi * apart[:, block] / 2).prod(axis=1))
        squared[i] = np.inf
        right.append(np.allclose(squared[found[i]], np.sort(squared)[:5], rtol=0, atol=1e-12))
    return float(np.mean(right))


def in_new_process(*arguments: object) -> dict[str, float]:
    """Run this script for one measurement."""
    command = [sys.executable, __file__, "--one", *map(str, arguments)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


def compare(sizes: list[int], kinds: list[str], rounds: int, seed: int) -> pd.DataFrame:
    """Measure everything, the methods by turns."""
    rows = []
    for n_rows in sizes:
        for kind in kinds:
            for turn in range(rounds):
                for method in METHODS if turn % 2 == 0 else METHODS[::-1]:
                    figures = in_new_process(method, kind, n_rows, seed)
                    rows.append({"rows": n_rows, "kind": kind, "method": method, "turn": turn})
                    rows[-1] |= figures
                    print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def summarise(runs: pd.DataFrame, exact: dict[tuple[int, str], float]) -> pd.DataFrame:
    """Medians over turns and their ratios; turn by turn for the time, which drifts with load."""
    wide = runs.set_index(["rows", "kind", "turn", "method"]).unstack("method")
    keys = ["rows", "kind"]
    summary = pd.DataFrame()
    for name in ("seconds", "cpu_seconds", "peak_mib", "added_mib"):
        for method in METHODS:
            summary[f"{method}_{name}"] = wide[name][method].groupby(keys, sort=False).median()
    for name in ("seconds", "cpu_seconds", "peak_mib"):
        ratio = wide[name]["qi_smote"] / wide[name]["smote"]
        summary[f"{name}_ratio"] = ratio.groupby(keys, sort=False).median()
    summary["exact_neighbours"] = pd.Series(exact)
    summary["within_limits"] = (summary["seconds_ratio"] <= LIMITS["seconds"]) & (
        summary["peak_mib_ratio"] <= LIMITS["peak_mib"]
    )
    return summary.reset_index()


def environment(seed: int) -> dict[str, object]:
    """What it takes to run this again."""
    packages = ("rarebit", "numpy", "scipy", "scikit-learn", "imbalanced-learn")
    return {
        "command": " ".join([Path(sys.executable).name, *sys.argv]),
        "seed": seed,
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", nargs=4, metavar=("METHOD", "KIND", "ROWS", "SEED"))
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.one:
        method, kind, n_rows, seed = options.one
        print(json.dumps(measure(method, kind, int(n_rows), int(seed))))
        return
    runs = compare(options.sizes, options.kinds, options.rounds, options.seed)
    cells = runs[["rows", "kind"]].drop_duplicates().itertuples(index=False)
    exact = {(n, kind): check_neighbors(kind, n, options.seed) for n, kind in cells}
    summary = summarise(runs, exact)
    print(summary.round(3).to_string(index=False))
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        runs.to_csv(options.out / "runs.csv", index=False, float_format="%.5g")
        summary.to_csv(options.out / "summary.csv", index=False, float_format="%.5g")
        setting = pd.Series(environment(options.seed), name="value")
        setting.to_csv(options.out / "environment.csv", index_label="setting")


if __name__ == "__main__":
    main()
