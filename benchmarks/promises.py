"""What the studies of promises share: tables, splits, command line and the facts of a run."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from rarebit._common.threads import one_thread
from rarebit.running.provenance import versions

ARMS = ("rows apart", "out-of-fold")
MODELS = ("logistic_regression", "hist_gradient_boosting")
N_ROWS, N_FRESH = 1500, 100_000
RARE = {"clouds": 0.10, "interactions": 0.15}
TABLES = (
    "abalone", "breast_cancer_rare", "digits_8", "ecoli", "heart_failure", "isolet_1560",
    "optical_digits", "pen_digits", "satimage_binary", "support2_hospdead",
)  # fmt: skip
MOST_ROWS = 1500


def clouds(n_rows: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two overlapping Gaussian clouds in five columns."""
    y = (rng.uniform(size=n_rows) < RARE["clouds"]).astype(np.int64)
    return rng.normal(size=(n_rows, 5)) + 0.7 * y[:, None], y


def interactions(n_rows: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A risk that depends on products of columns, with heavy tails."""
    X = rng.standard_t(4, size=(n_rows, 5))
    risk = 1 / (1 + np.exp(-(X[:, 0] + X[:, 1] * X[:, 2] - 3.0)))
    return X, (rng.uniform(size=n_rows) < risk).astype(np.int64)


def public_split(y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw at most MOST_ROWS rows, two thirds of them to train on, one third to test on."""
    chosen = np.arange(len(y))
    if len(y) > MOST_ROWS:
        chosen, _ = train_test_split(chosen, train_size=MOST_ROWS, stratify=y, random_state=seed)
    train, test = train_test_split(chosen, test_size=1 / 3, stratify=y[chosen], random_state=seed)
    return train, test


def how_it_ran(script: str, seconds: float) -> str:
    """Command, time and versions, as a line of the page."""
    command = shlex.join(["python", f"benchmarks/{Path(script).name}", *sys.argv[1:]])
    facts = ", ".join(f"{name} {number}" for name, number in versions().items())
    return f"`{command}`, {seconds / 60:.0f} minutes on one core; {facts}."


def run_study(
    purpose: str,
    generated: Callable[[int], pd.DataFrame],
    public: Callable[[int], pd.DataFrame],
    page: Callable[[pd.DataFrame, pd.DataFrame, float], str],
    *,
    tables: int,
    splits: int,
) -> None:
    """Run both parts as the command line asks, and write the page."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--out", type=Path, required=True, help="page to write")
    parser.add_argument("--tables", type=int, default=tables, help="generated tables of each kind")
    parser.add_argument("--splits", type=int, default=splits, help="splits of each public table")
    options = parser.parse_args()
    started = time.perf_counter()
    with one_thread():
        found = generated(options.tables), public(options.splits)
    options.out.write_text(page(*found, time.perf_counter() - started))
