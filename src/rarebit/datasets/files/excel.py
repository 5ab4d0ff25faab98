"""Excel sheets to frames, with openpyxl."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from rarebit._common.optional import import_extra
from rarebit._common.wording import closest, first_few
from rarebit.datasets.files.cells import frame_of_rows
from rarebit.datasets.files.headers import NOTES
from rarebit.datasets.files.layout import checked_names
from rarebit.datasets.files.limits import check_rows, most_rows
from rarebit.exceptions import InputError


def read_sheet(file: Path, sheet: str) -> pd.DataFrame:
    """Read a sheet whole; the first one unless named."""
    with _open_sheet(file, sheet) as (names, rows):
        found = list(islice(rows, most_rows(len(names)) + 1))
    check_rows(file, len(found), len(names))
    frame = frame_of_rows(names, found)
    if formulas := _formulas(file, sheet, [name for name in names if frame[name].isna().all()]):
        frame.attrs[NOTES] = [
            f"No results are stored for the formulas in {first_few(map(repr, formulas))}: open "
            "the file in a spreadsheet program and save it."
        ]
    return frame


def _formulas(file: Path, sheet: str, empty: list[str]) -> list[str]:
    """Return which of the columns without values hold formulas."""
    if not empty:
        return []
    with _open_sheet(file, sheet, results=False) as (names, rows):
        frame = frame_of_rows(names, list(rows))
    return [name for name in empty if frame[name].notna().any()]


def iter_sheet(file: Path, sheet: str, rows_per_chunk: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of a sheet in chunks."""
    with _open_sheet(file, sheet) as (names, rows):
        while chunk := list(islice(rows, rows_per_chunk)):
            yield frame_of_rows(names, chunk)


@contextmanager
def _open_sheet(
    file: Path, sheet: str, *, results: bool = True
) -> Iterator[tuple[list[str], Iterator[list[Any]]]]:
    """Open a sheet; return the names in its header and its rows, formulas as their results."""
    openpyxl = import_extra("openpyxl")
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=results)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise InputError(f"{str(file)!r} cannot be read as an Excel file: {error}") from None
    try:
        sheets = {page.title: page for page in book.worksheets}
        if sheet and sheet not in sheets:
            known = closest(sheet, sheets) or f"; it has {first_few(map(repr, sheets))}"
            raise InputError(f"{str(file)!r} has no sheet {sheet!r}{known}")
        page = sheets[sheet] if sheet else next(iter(sheets.values()))
        page.reset_dimensions()  # other programs write wrong ones
        rows = _filled(page.iter_rows(values_only=True))
        _, header = next(rows, (0, []))
        if not header:
            raise InputError(f"the sheet {page.title!r} of {str(file)!r} is empty")
        names = checked_names(file, ["" if cell is None else str(cell) for cell in header])
        yield names, _of_width(file, rows, len(names))
    finally:
        book.close()


def _filled(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[int, list[Any]]]:
    """Number the rows and leave out empty ones, and empty cells at their ends."""
    for number, row in enumerate(rows, start=1):
        cells = [None if isinstance(cell, str) and not cell.strip() else cell for cell in row]
        while cells and cells[-1] is None:
            cells.pop()
        if cells:
            yield number, cells


def _of_width(file: Path, rows: Iterator[tuple[int, list[Any]]], width: int) -> Iterator[list[Any]]:
    """Fill each row up to the width of the header; a wider one is an error."""
    for number, cells in rows:
        if len(cells) > width:
            raise InputError(
                f"row {number} of {str(file)!r} has {len(cells)} cells, the header {width}; name "
                "each column in the first row"
            )
        yield cells + [None] * (width - len(cells))
