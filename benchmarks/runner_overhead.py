"""What the runner costs beyond the fits: cells a second, and a report on a million stored cells.

Three measurements, each in a process of its own:

- ``trivial``: cells whose work is nothing (a stub), so that all that is left is the runner: sending
  the task, committing the result to the store, writing the line of the CSV.
- ``real``: the smallest cells there are (naive Bayes, 100 rows), with one worker and with two.
- ``report``: conclusions, report and tables from a store of many made cells.

    python benchmarks/runner_overhead.py --out results/benchmarks/runner
"""

from __future__ import annotations

import argparse
import itertools
import json
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from rarebit.evaluation import Protocol
from rarebit.evaluation.sweep.run import PlannedDataset, SweepRecord, run_sweep
from rarebit.evaluation.sweep.summary import summarise_sweep
from rarebit.metrics import METRICS
from rarebit.running import CellKey, CellResult, Store
from rarebit.running.cells_csv import CSV_COLUMNS, csv_row
from rarebit.running.job import Job
from rarebit.running.plans import make_plan
from rarebit.running.provenance import versions
from rarebit.running.tasks import RAW_METRICS, CellTask
from rarebit.zoo import PRESETS, list_classifiers

SCORES = (*METRICS, *(f"raw_{name}" for name in RAW_METRICS))
TREATMENTS = {
    "untouched": "none",
    "class_weights": "weights",
    "smote": "resampling",
    "tuned_threshold": "threshold",
}
N_DATASETS = 50


@dataclass(frozen=True)
class Stub:
    """Does nothing, and gives as many scores as a real cell has."""

    key: CellKey
    seconds: None = None

    def run(self) -> CellResult:
        """Give the scores."""
        return CellResult(self.key, "done", scores=dict.fromkeys(SCORES, 0.123456789))


def small_tasks(n_cells: int) -> list[CellTask]:
    """Cells of naive Bayes on a table of 100 rows and 5 columns."""
    from rarebit.datasets import make_dataset

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(100, 5))).add_prefix("x")
    dataset = make_dataset(frame, np.arange(100) % 5 == 0)
    plan = make_plan(dataset, PRESETS["quick"], models=["gaussian_nb"], treatments=["untouched"])
    protocol = Protocol(n_folds=2, n_configs=1, inner_folds=2)
    [task, *_] = Job(dataset, plan, protocol, "macro_f1").cells().tasks
    return [replace(task, key=replace(task.key, repeat=i)) for i in range(n_cells)]


def measure_cells(kind: str, n_cells: int, jobs: int) -> dict[str, float]:
    """Run the cells of a sweep."""
    tasks = small_tasks(n_cells)
    if kind == "trivial":
        tasks = [Stub(task.key) for task in tasks]
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        with run_sweep(tasks, folder, jobs=jobs) as store:
            seconds = time.perf_counter() - started
            assert store.count() == n_cells
    return {"seconds": seconds, "cells_per_second": n_cells / seconds,
            "milliseconds_per_cell": 1000 * seconds / n_cells}  # fmt: skip


def made_record() -> SweepRecord:
    """Fifty data sets and the whole zoo under four treatments."""
    classifiers = list_classifiers()
    pairs = tuple(itertools.product(classifiers, TREATMENTS))
    return SweepRecord(
        "made",
        "macro_f1",
        tuple(
            PlannedDataset(f"set{i:03}", f"hash{i}", 1000, 10, 2, 9.0, 0, pairs)
            for i in range(N_DATASETS)
        ),
        {name: name for name in (*classifiers, *TREATMENTS)},
        TREATMENTS,
        settings={"seed": 0},
        runs=({"command": "made", "versions": versions()},),
    )


def measure_report(n_cells: int) -> dict[str, float]:
    """Fill a store with made cells, and report on it."""
    record = made_record()
    per_pair = n_cells // (N_DATASETS * len(record.datasets[0].candidates))
    record = replace(
        record, datasets=tuple(replace(planned, n_splits=per_pair) for planned in record.datasets)
    )
    rng = np.random.default_rng(0)

    def rows():
        for planned in record.datasets:
            for pair in planned.candidates:
                for fold in range(per_pair):
                    key = CellKey(planned.name, *pair, "strict", 0, 0, fold, planned.config_hash)
                    scores = dict(zip(SCORES, rng.uniform(size=len(SCORES)).tolist(), strict=True))
                    yield csv_row(CellResult(key, "done", scores=scores, fit_seconds=1.0))

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        found: dict[str, float] = {}

        def timed(name, step):
            started = time.perf_counter()
            outcome = step()
            found[f"{name}_seconds"] = time.perf_counter() - started
            return outcome

        write_csv(place / "cells.csv", rows())
        store = Store(place / "cells.sqlite")
        timed("refill_from_csv", lambda: store.import_csv(place / "cells.csv"))
        found["cells"] = store.count()
        found["store_mib"] = sum(f.stat().st_size for f in place.glob("cells.sqlite*")) / 2**20
        before = peak_mib()
        summary = timed("summary", lambda: summarise_sweep(store, record))
        from rarebit.reporting.sweep import write_sweep_report
        from rarebit.reporting.sweep_tables import write_sweep_tables

        timed("report", lambda: write_sweep_report(summary, place / "report.html"))
        timed("tables", lambda: write_sweep_tables(summary, place / "tables"))
        found["report_mib"] = (place / "report.html").stat().st_size / 2**20
        found["peak_mib_before"], found["peak_mib"] = before, peak_mib()
        timed("export_csv", lambda: store.export_csv(place / "again.csv"))
        timed("keys", store.keys)
        found["peak_mib_with_keys"] = peak_mib()
        timed("frame", store.frame)
        found["peak_mib_with_frame"] = peak_mib()
        store.close()
    return found


def write_csv(path, rows):
    import csv

    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(CSV_COLUMNS)
        writer.writerows(rows)


def peak_mib() -> float:
    """Highest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def in_own_process(*arguments: object) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", *map(str, arguments)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/runner"))
    parser.add_argument("--trivial", type=int, default=100_000, help="stub cells")
    parser.add_argument("--real", type=int, default=500, help="cells of naive Bayes")
    parser.add_argument("--stored", type=int, default=1_000_000, help="cells to report on")
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        kind, n_cells, *jobs = given.measure
        found = (
            measure_report(int(n_cells))
            if kind == "report"
            else measure_cells(kind, int(n_cells), int(jobs[0]))
        )
        print(json.dumps(found))
        return
    given.out.mkdir(parents=True, exist_ok=True)
    cells = pd.DataFrame(
        [
            {"cells_of": kind, "n_cells": n, "workers": jobs, **in_own_process(kind, n, jobs)}
            for kind, n in (("trivial", given.trivial), ("real", given.real))
            for jobs in (1, 2)
        ]
    )
    report = pd.DataFrame([in_own_process("report", given.stored)]).T
    report = report.rename_axis("what").rename(columns={0: "value"}).reset_index()
    cells.to_csv(given.out / "cells.csv", index=False)
    report.to_csv(given.out / "report.csv", index=False)
    command = shlex.join(["python", *sys.argv])
    stamp = {"command": command, "seed": 0, "versions": versions()}
    (given.out / "provenance.json").write_text(json.dumps(stamp, indent=1) + "\n")
    print(cells.to_string(index=False), report.to_string(index=False), sep="\n\n")
    print(command, versions(), sep="\n")


if __name__ == "__main__":
    main()
