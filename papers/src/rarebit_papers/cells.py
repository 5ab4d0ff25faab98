"""Cells of a study in one CSV file: what is finished is kept, what is missing is run.

A cell is one key (an arm on a data set from a seed, say) and gives one line or more. Its lines are
added the moment it is finished, in one write, so a killed run loses the cell in flight alone.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rarebit.exceptions import InputError

Line = dict[str, Any]


@dataclass(frozen=True)
class Cell:
    """One piece of a study.

    Attributes
    ----------
    key : dict of str to str or int
        What identifies it; the same names in every cell of a file.
    run : callable
        Gives its lines, at least one, without the key; the same columns in every cell of a file.
    """

    key: dict[str, str | int]
    run: Callable[[], list[Line]]


def run_cells(
    path: Path,
    cells: Iterable[Cell],
    *,
    settings: Mapping[str, Any] | None = None,
    on_cell: Callable[[Cell, list[Line]], None] = lambda cell, lines: None,
) -> pd.DataFrame:
    """Run the cells that the file does not hold yet, one after the other.

    Parameters
    ----------
    path : Path
        The CSV file; made with its folder if absent.
    cells : iterable of Cell
        All cells of the study. Those in the file are not run again.
    settings : mapping, optional
        What all cells have in common, such as a number of steps: written in every line.
    on_cell : callable
        Called with a cell and its lines once they are safe in the file.

    Returns
    -------
    DataFrame
        All lines of the file, in the order in which they came.

    Raises
    ------
    InputError
        If the file holds cells of other settings.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "cells.csv"
    >>> cells = [Cell({"n": n}, lambda n=n: [{"square": n * n}]) for n in range(3)]
    >>> run_cells(path, cells)["square"].tolist()
    [0, 1, 4]
    >>> run_cells(path, [Cell({"n": 1}, lambda: [{"square": -1}])])["square"].tolist()
    [0, 1, 4]
    """
    settings = dict(settings or {})
    known = read_cells(path)
    _refuse_other_settings(path, known, settings)
    done: set[tuple[str, ...]] | None = None
    for cell in cells:
        if done is None:
            done = _keys(known, list(cell.key))
        if tuple(map(str, cell.key.values())) in done:
            continue
        lines = cell.run()
        _append(path, [{**cell.key, **settings, **line} for line in lines])
        on_cell(cell, lines)
    return read_cells(path)


def read_cells(path: Path) -> pd.DataFrame:
    """Return all lines of a file of cells; an empty table where there is none.

    Parameters
    ----------
    path : Path
        The CSV file.

    Returns
    -------
    DataFrame
        An empty field, and "nan" as floats are written, is nan; every other text is kept, also
        "None" and "NA".
    """
    if not path.exists():
        return pd.DataFrame()
    return pd.read_csv(path, keep_default_na=False, na_values=["", "nan"])


def _keys(known: pd.DataFrame, names: list[str]) -> set[tuple[str, ...]]:
    if known.empty:
        return set()
    return set(known[names].astype(str).itertuples(index=False, name=None))


def _refuse_other_settings(path: Path, known: pd.DataFrame, settings: dict[str, Any]) -> None:
    if known.empty:
        return
    for name, value in settings.items():
        found = set(known[name].astype(str)) if name in known else {"none"}
        if found != {str(value)}:
            raise InputError(
                f"{path} holds cells with {name} = {', '.join(sorted(found))}, not {value}; "
                "name a new folder."
            )


def _append(path: Path, lines: list[Line]) -> None:
    """Add a cell's lines in one write."""
    path.parent.mkdir(parents=True, exist_ok=True)
    is_new = not path.exists()
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
    if is_new:
        writer.writeheader()
    else:
        with path.open(newline="", encoding="utf-8") as file:
            header = next(csv.reader(file))
        if header != list(lines[0]):
            raise ValueError(f"{path} has the columns {header}, a cell gave {list(lines[0])}")
    writer.writerows(lines)
    with path.open("a", newline="", encoding="utf-8") as file:
        file.write(text.getvalue())
