"""Time and peak memory of the default ``QISMOTE().fit_resample`` beside imbalanced-learn's SMOTE.

Each process makes its rows (30 features, 5 % in the minority) and calls one method on them a few
times; processes of the two methods take turns, with the same number of threads. Afterwards the
neighbours that QI-SMOTE drew are checked against the formula of the joint metric. For figures to be
committed the machine should have nothing else to do; all sizes take about three minutes.

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

KINDS = ("normal", "half_binary", "uniform")
METHODS = ("smote", "qi_smote")
N_FEATURES = 30
MINORITY = 0.05
LIMITS = {"seconds": 2.0, "peak_mib": 1.5}  # times SMOTE's
CALLS = {10_000: 30, 100_000: 8, 1_000_000: 2}  # in each process, by the number of rows
PROCESSES = {10_000: 2, 100_000: 2, 1_000_000: 1}  # of each method
N_CHECKED = 50  # parents whose neighbours are checked
LIBRARIES = ("rarebit", "numpy", "scipy", "scikit-learn", "imbalanced-learn")


def make_data(kind: str, n_rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows and their classes."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, N_FEATURES)) if kind != "uniform" else rng.random((n_rows, 30))
    if kind == "half_binary":
        X[:, ::2] = X[:, ::2] > 0
    y = np.zeros(n_rows, dtype=np.int64)
    y[rng.choice(n_rows, int(MINORITY * n_rows), replace=False)] = 1
    return X, y


def measure(method: str, kind: str, n_rows: int, seed: int) -> dict[str, float]:
    """Call fit_resample in this process: the best time of a few calls, and the peak memory."""
    from imblearn.over_sampling import SMOTE

    from rarebit.over_sampling import QISMOTE

    warnings.simplefilter("ignore")
    X, y = make_data(kind, n_rows, seed)
    make = SMOTE if method == "smote" else QISMOTE
    make(random_state=0).fit_resample(*make_data("normal", 500, 0))  # imports that load when used
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, cpu_seconds = [], []
    for _ in range(CALLS.get(n_rows, 1)):
        sampler = make(random_state=0)
        wall, cpu = time.perf_counter(), time.process_time()
        sampler.fit_resample(X, y)
        seconds.append(time.perf_counter() - wall)
        cpu_seconds.append(time.process_time() - cpu)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures = {
        "seconds": min(seconds),
        "cpu_seconds": min(cpu_seconds),
        "peak_mib": peak / 1024,
        "added_mib": (peak - before) / 1024,
    }
    return figures | ({"exact": share_exact(sampler, X, y)} if method == "qi_smote" else {})


def share_exact(sampler, X: np.ndarray, y: np.ndarray) -> float:
    """Share of sampled parents all of whose neighbours drawn are among the k nearest."""
    made = sampler.provenance_[0]
    parents, neighbors = made.rows[made.mixture.parents], made.rows[made.mixture.neighbors]
    rows = np.flatnonzero(y == 1)
    own = (X[rows] - X.min(axis=0)) / np.ptp(X, axis=0)
    right = []
    for parent in np.random.default_rng(0).choice(len(rows), N_CHECKED, replace=False):
        apart = own - own[parent]
        squared = (apart**2).sum(axis=1)
        for block in sampler.blocks_:
            squared += 2 * (1 - np.cos(np.pi * apart[:, block] / 2).prod(axis=1))
        squared[parent] = np.inf
        limit = np.partition(squared, sampler.k_neighbors - 1)[sampler.k_neighbors - 1]
        drawn = np.searchsorted(rows, neighbors[parents == rows[parent]])
        right.append(len(drawn) > 0 and (squared[drawn] <= limit + 1e-12).all())
    return float(np.mean(right))


def in_new_process(*arguments: object) -> dict[str, float]:
    """Run this script for one measurement."""
    command = [sys.executable, __file__, "--one", *map(str, arguments)]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


def compare(sizes: list[int], kinds: list[str], seed: int) -> pd.DataFrame:
    """Measure everything, the methods by turns."""
    rows = []
    for n_rows in sizes:
        for kind in kinds:
            for turn in range(PROCESSES.get(n_rows, 1)):
                for method in METHODS if turn % 2 == 0 else METHODS[::-1]:
                    figures = in_new_process(method, kind, n_rows, seed)
                    rows.append({"rows": n_rows, "kind": kind, "method": method, "turn": turn})
                    rows[-1] |= figures
                    print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def summarise(runs: pd.DataFrame) -> pd.DataFrame:
    """Best time and highest peak of each method, and their ratios."""
    keys = ["rows", "kind"]
    best = runs.groupby([*keys, "method"], sort=False).agg(
        {"seconds": "min", "cpu_seconds": "min", "peak_mib": "max", "added_mib": "max"}
    )
    wide = best.unstack("method")
    summary = pd.DataFrame(
        {f"{method}_{name}": wide[name][method] for name in best.columns for method in METHODS}
    )
    for name in ("seconds", "cpu_seconds", "peak_mib"):
        summary[f"{name}_ratio"] = summary[f"qi_smote_{name}"] / summary[f"smote_{name}"]
    summary["exact"] = runs.groupby(keys, sort=False)["exact"].min()
    summary["within_limits"] = (summary["exact"] == 1) & np.all(
        [summary[f"{name}_ratio"] <= limit for name, limit in LIMITS.items()], axis=0
    )
    return summary.reset_index()


def page(summary: pd.DataFrame, seed: int, load: tuple[float, float]) -> str:
    """The table as a page, with the command, versions and machine."""
    command = " ".join(["python", Path(sys.argv[0]).as_posix(), *sys.argv[1:]])
    versions = ", ".join(f"{library} {version(library)}" for library in LIBRARIES)
    threads = os.environ.get("OMP_NUM_THREADS", "as many as cores")
    lines = [
        "# QISMOTE compared with imbalanced-learn's SMOTE, default settings",
        "",
        f"- {N_FEATURES} features, {MINORITY:.0%} minority. Seconds: the fastest call of each "
        "method; the two methods ran alternately.",
        f"- Neighbours exact: share of {N_CHECKED} sampled parents whose drawn neighbours are all "
        "among the nearest by the formula.",
        f"- Command: `{command}` (seed {seed})",
        f"- Versions: Python {platform.python_version()}, {versions}",
        f"- Machine: {processor()}, {os.cpu_count()} cores; threads on both sides: {threads}; "
        f"load average {load[0]:.1f} before, {load[1]:.1f} after",
        "",
        "| rows | data | SMOTE s | QI-SMOTE s | time ratio | CPU time ratio | peak memory ratio "
        "| neighbours exact |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.rows:,} | {row.kind.replace('_', '-')} | {row.smote_seconds:.3g} "
        f"| {row.qi_smote_seconds:.3g} | {row.seconds_ratio:.2f} | {row.cpu_seconds_ratio:.2f} "
        f"| {row.peak_mib_ratio:.2f} | {row.exact:.0%} |"
        for row in summary.itertuples()
    ]
    return "\n".join([*lines, ""])


def processor() -> str:
    """Name the processor."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--one", nargs=4, metavar=("METHOD", "KIND", "ROWS", "SEED"))
    parser.add_argument("--sizes", nargs="+", type=int, default=list(CALLS))
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.one:
        method, kind, n_rows, seed = options.one
        print(json.dumps(measure(method, kind, int(n_rows), int(seed))))
        return
    load = os.getloadavg()[0]
    runs = compare(options.sizes, options.kinds, options.seed)
    summary = summarise(runs)
    text = page(summary, options.seed, (load, os.getloadavg()[0]))
    print(text)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        runs.to_csv(options.out / "runs.csv", index=False, float_format="%.5g")
        summary.to_csv(options.out / "summary.csv", index=False, float_format="%.5g")
        (options.out / "smote.md").write_text(text)


if __name__ == "__main__":
    main()
