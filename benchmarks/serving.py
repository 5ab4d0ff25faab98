"""Requests per second of `rarebit serve`, beside the bare call of the same model.

A load test, too: every answer must have the probabilities of the bare call.

    python benchmarks/serving.py --out results/benchmarks/serving
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd

from quantum_report import write_report
from rarebit import save
from rarebit.zoo import TreatedClassifier

N_NUMBERS, N_WORDS = 12, 2
# Rows of a request, and clients that send at the same time
LOADS = [(1, 1), (1, 8), (100, 1), (100, 8)]


def make_table(n_rows: int, seed: int) -> pd.DataFrame:
    """Numbers with five decimals, and words."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(n_rows, N_NUMBERS)).round(5)).add_prefix("x")
    for k in range(N_WORDS):
        table[f"word{k}"] = rng.choice(list("uvwxyz"), n_rows)
    return table


def durations(call: Callable[[], object], seconds: float) -> list[float]:
    """Call again and again; return how long each call took."""
    found, end = [], time.perf_counter() + seconds
    while (started := time.perf_counter()) < end:
        call()
        found.append(time.perf_counter() - started)
    return found


def load(address: str, rows: list[dict[str, Any]], n_clients: int, s: float) -> list[float]:
    """Send the same rows from several clients; return how long each request took."""

    def client() -> list[float]:
        with httpx.Client(base_url=address, timeout=60) as session:
            return durations(
                lambda: session.post("/predict", json=rows).raise_for_status().json(), s
            )

    with ThreadPoolExecutor(n_clients) as pool:
        clients = [pool.submit(client) for _ in range(n_clients)]
        return [duration for each in clients for duration in each.result()]


def measure(seconds: float, seed: int) -> list[dict[str, Any]]:
    """Serve a model, and load it in every way."""
    training = make_table(5_000, seed)
    rng = np.random.default_rng(seed)
    y = np.where(training["x0"] + rng.normal(size=len(training)) > 2, "ill", "well")
    model, found = TreatedClassifier("hist_gradient_boosting").fit(training, y), []
    with tempfile.TemporaryDirectory() as folder:
        save(model, Path(folder) / "model")
        command = [sys.executable, "-c", "from rarebit.cli import main; main()"]
        with subprocess.Popen(
            [*command, "serve", "model", "--port", "0"],
            cwd=folder, stderr=subprocess.PIPE, text=True,
        ) as server:  # fmt: skip
            try:
                address = server.stderr.readline().split(" on ")[1].split(";")[0]
                for n_rows, n_clients in LOADS:
                    frame = make_table(n_rows, seed + 1)
                    rows = frame.to_dict("records")
                    answer = httpx.post(f"{address}/predict", json=rows, timeout=60).json()
                    proba = [[*row["probabilities"].values()] for row in answer["rows"]]
                    np.testing.assert_allclose(proba, model.predict_proba(frame), atol=1e-12)
                    bare = durations(lambda: model.decide(frame), seconds)  # noqa: B023 - at once
                    asked = load(address, rows, n_clients, seconds)
                    per_s = n_clients / np.mean(asked)
                    found.append(
                        {
                            "rows": n_rows, "clients": n_clients,
                            "requests_per_s": round(float(per_s), 1),
                            "bare_calls_per_s": round(float(1 / np.mean(bare)), 1),
                            "ratio": round(float(per_s * np.mean(bare)), 2),
                            "median_ms": round(1000 * float(np.median(asked)), 1),
                            "p99_ms": round(1000 * float(np.quantile(asked, 0.99)), 1),
                        }
                    )  # fmt: skip
                    print(found[-1])
            finally:
                server.terminate()
    return found


def main() -> None:
    """Measure, and write the table with what is behind it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rows = measure(options.seconds, options.seed)
    if options.out is not None:
        remarks = [
            "`rarebit serve` on this machine, asked over HTTP by clients in another process that "
            f"keep their connections, for {options.seconds:g} seconds a line; no request failed.",
            "A bare call is `TreatedClassifier.decide` on the same rows as a data frame. `ratio` "
            "is requests per bare call in the same time: 1 if HTTP, JSON and checks cost nothing. "
            "Only the ratio is meaningful: other work ran on this machine at the same time.",
            f"Histogram gradient boosting, {N_NUMBERS} columns of numbers and {N_WORDS} of words.",
        ]
        title = "Requests to `rarebit serve` compared with the model alone"
        write_report(options.out, "load", title, pd.DataFrame(rows), options.seed, remarks)


if __name__ == "__main__":
    main()
