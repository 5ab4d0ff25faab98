"""Time and peak memory of `compare` as rows grow, with one and two jobs.

Beside it, in the same run, what the comparison consists of: the seconds spent inside its cells. The
ratio is what the comparison costs beyond its fits.

    python benchmarks/compare_scaling.py --out results/benchmarks/compare
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil

from rarebit.running.provenance import versions

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
N_FEATURES = 30
# Light ones, so that what the comparison itself costs shows.
MODELS = ("logistic_regression", "gaussian_nb")
TREATMENTS = ("untouched", "class_weights", "tuned_threshold", "smote")


def make_table(n_rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Rows of 30 features, 10 % of them rare and somewhat apart."""
    rng = np.random.default_rng(seed)
    y = (rng.uniform(size=n_rows) < 0.1).astype(np.int64)
    X = rng.normal(size=(n_rows, N_FEATURES)) + 0.5 * y[:, None] * (np.arange(N_FEATURES) < 5)
    return pd.DataFrame(X).add_prefix("x"), y


def measure(n_rows: int, jobs: int, seed: int) -> None:
    """Compare in this process and print the seconds; the parent watches the memory."""
    from rarebit.evaluation import Protocol, compare

    X, y = make_table(n_rows, seed)
    started = time.perf_counter()
    found = compare(
        X,
        y,
        models=list(MODELS),
        treatments=list(TREATMENTS),
        preset="quick",
        protocol=Protocol(n_folds=3, n_configs=1, max_rows=None, seed=seed),
        jobs=jobs,
        refit=False,
    )
    seconds = time.perf_counter() - started
    fits = float(found.cells["fit_seconds"].sum() + found.cells["predict_seconds"].sum())
    print(json.dumps({"seconds": seconds, "seconds_in_cells": fits, "cells": len(found.cells)}))


def watched(n_rows: int, jobs: int, seed: int) -> dict[str, float]:
    """Run :func:`measure` in a process of its own; add the peak memory of it and its workers."""
    command = [sys.executable, __file__, "--one", str(n_rows), str(jobs), "--seed", str(seed)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = 0

    def watch() -> None:
        nonlocal peak
        parent = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                tree = [parent, *parent.children(recursive=True)]
                peak = max(peak, sum(member.memory_info().rss for member in tree))
            except psutil.Error:
                pass
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate()
    watcher.join()
    return {**json.loads(output), "peak_mib": peak / 2**20}


def main() -> None:
    """Measure every size with one and two jobs by turns; print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--one", type=int, nargs=2, metavar=("ROWS", "JOBS"))
    arguments = parser.parse_args()
    if arguments.one:
        measure(*arguments.one, arguments.seed)
        return
    rows = []
    for n_rows in arguments.sizes:
        for jobs in (1, 2):
            found = watched(n_rows, jobs, arguments.seed)
            overhead = jobs * found["seconds"] / found["seconds_in_cells"]
            rows.append({"rows": n_rows, "jobs": jobs, **found, "overhead": overhead})
            print(json.dumps(rows[-1]), flush=True)
    table = pd.DataFrame(rows)
    print(table.round(2).to_string(index=False))
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        table.to_csv(arguments.out / "scaling.csv", index=False)
        stamp = {
            "command": f"python benchmarks/compare_scaling.py --seed {arguments.seed}",
            "seed": arguments.seed,
            "models": MODELS,
            "treatments": TREATMENTS,
            "versions": versions(),
            "load_average_at_the_end": psutil.getloadavg(),
        }
        (arguments.out / "scaling.json").write_text(json.dumps(stamp, indent=2) + "\n")


if __name__ == "__main__":
    main()
