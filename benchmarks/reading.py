"""CPU seconds of `rarebit predict` on a large file, beside the same work written by hand.

By hand: `pandas.read_csv`, told how the file is written, the bare fitted pipeline and `to_csv`.
Rarebit finds out how the file is written, from all rows, in memory that does not grow with them.

    python benchmarks/reading.py --out results/benchmarks/reading
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from quantum_report import write_report
from rarebit.zoo import TreatedClassifier, score_table

N_NUMBERS, N_WHOLE, N_WORDS = 24, 4, 2
# How a file is written, and the options that tell pandas so
SPELLINGS: dict[str, dict[str, Any]] = {
    "plain": {},
    "gaps": {},
    "decimal comma": {"sep": ";", "decimal": ","},
    "marks for missing": {"na_values": ["-"]},
}


def make_table(n_rows: int, seed: int) -> pd.DataFrame:
    """Numbers with five decimals, whole numbers and words."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(n_rows, N_NUMBERS)).round(5)).add_prefix("x")
    for k in range(N_WHOLE):
        table[f"whole{k}"] = rng.integers(0, 1000, n_rows)
    for k in range(N_WORDS):
        table[f"word{k}"] = rng.choice(list("uvwxyz"), n_rows)
    return table


def write_table(table: pd.DataFrame, spelling: str, file: Path) -> None:
    """Write the table in one spelling."""
    options: dict[str, Any] = {"index": False}
    if spelling in ("gaps", "marks for missing"):
        rng = np.random.default_rng(0)
        numbers = table.columns[:N_NUMBERS]
        table = table.assign(**table[numbers].mask(rng.uniform(size=(len(table), N_NUMBERS)) < 0.1))
        options["na_rep"] = "" if spelling == "gaps" else "-"
    if spelling == "decimal comma":
        options |= {"sep": ";", "decimal": ","}
    table.to_csv(file, **options)


def by_hand(model: TreatedClassifier, file: Path, out: Path, options: dict[str, Any]) -> None:
    """Read, predict and write as one would without Rarebit."""
    table = pd.read_csv(file, **options)
    values = table.astype({name: float for name in table if not name.startswith("word")})
    codes, proba, _ = model.decide_values(values.astype({f"word{k}": object for k in (0, 1)}))
    columns = {f"probability_{label}": proba[:, k] for k, label in enumerate(model.classes_)}
    pd.DataFrame({"label": model.classes_[codes], **columns}).to_csv(out, index=False)


def cpu_seconds(work: Callable[[], object]) -> float:
    """Measure the processor time of a call."""
    started = time.process_time()
    work()
    return time.process_time() - started


def measure(n_rows: int, seed: int, repeats: int) -> list[dict[str, Any]]:
    """Score one table in every spelling, in turns, and keep the best time of each way."""
    rng = np.random.default_rng(seed)
    training = make_table(5_000, seed)
    y = np.where(training["x0"] + rng.normal(size=len(training)) > 2, "ill", "well")
    model = TreatedClassifier("logistic_regression", "untouched").fit(training, y)
    table, rows = make_table(n_rows, seed + 1), []
    with tempfile.TemporaryDirectory() as folder:
        file, hand, ours = (Path(folder) / name for name in ("new.csv", "hand.csv", "ours.csv"))
        for spelling, options in SPELLINGS.items():
            write_table(table, spelling, file)
            times = [
                (
                    cpu_seconds(lambda: by_hand(model, file, hand, options)),  # noqa: B023 - at once
                    cpu_seconds(lambda: score_table(model, file, ours)),
                )
                for _ in range(repeats)
            ]
            if not pd.read_csv(hand)["label"].equals(pd.read_csv(ours)["label"]):
                raise SystemExit(f"{spelling}: the labels differ from those by hand.")
            best = np.min(times, axis=0)
            rows.append(
                {
                    "spelling": spelling, "rows": n_rows, "columns": table.shape[1],
                    "by_hand_s": float(best[0].round(2)), "rarebit_s": float(best[1].round(2)),
                    "ratio": float((best[1] / best[0]).round(2)),
                }
            )  # fmt: skip
            print(rows[-1])
    return rows


def main() -> None:
    """Measure, and write the table with what is behind it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rows = measure(options.rows, options.seed, options.repeats)
    if options.out is not None:
        remarks = [
            "CPU seconds of `score_table` (all threads), beside the same work by hand: "
            "`pandas.read_csv`, told how the file is written, the same fitted logistic regression, "
            "and `DataFrame.to_csv`.",
            "Both sides take turns in one process; the fastest run of each side counts. Only the "
            "ratio is meaningful: seconds depend on the machine and its load.",
            f"{N_NUMBERS} columns of numbers with five decimals, {N_WHOLE} of whole numbers, "
            f"{N_WORDS} of words. Gaps, and marks for missing (`-`), are a tenth of the numbers "
            "with decimals. The model was trained on a plain table without gaps.",
        ]
        title = "Scoring a file compared with pandas and the model alone"
        write_report(options.out, "predict", title, pd.DataFrame(rows), options.seed, remarks)


if __name__ == "__main__":
    main()
