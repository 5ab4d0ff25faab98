"""Paths that users give, and the kinds of tables that file names promise."""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path
from typing import Literal

from rarebit.exceptions import InputError

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt", ".data")
COMPRESSIONS = (".gz", ".bz2", ".xz", ".zip")
Kind = Literal["text", "parquet", "arrow", "excel", "database"]
OTHER_SUFFIXES: dict[str, Kind] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".db": "database",
    ".sqlite": "database",
    ".sqlite3": "database",
    ".duckdb": "database",
}
# data.db:patients, data.db:SELECT * FROM patients, book.xlsx:Sheet2
_WITH_PART = re.compile(
    r"(.+?\.(?:xlsx|xlsm|db|sqlite|sqlite3|duckdb)):(.*)", re.IGNORECASE | re.DOTALL
)


def as_path(path: str | PathLike[str]) -> Path:
    """Return the path that a user names, or raise InputError."""
    try:
        file = Path(path).expanduser()
        file.exists()
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        raise InputError(f"{path!r} is not a path: {error}") from None
    if "\0" in str(file):
        raise InputError(f"{path!r} is not a path: it holds a null character")
    return file


def split_part(path: str | PathLike[str]) -> tuple[Path, str]:
    """Return the file that a user names, and which sheet, table or query of it ("" if none)."""
    found = _WITH_PART.fullmatch(str(path)) if isinstance(path, str | PathLike) else None
    return (as_path(path), "") if found is None else (as_path(found[1]), found[2].strip())


def name_of(table: str) -> str:
    """Return the name of a table or data set without its folder and endings, fit for a file name.

    >>> name_of("data/stays.2024.csv.gz"), name_of("book.xlsx:Sheet 2"), name_of("digits_8")
    ('stays.2024', 'book-Sheet-2', 'digits_8')
    """
    file, part = split_part(table)
    while file.suffix.lower() in (*TEXT_SUFFIXES, *COMPRESSIONS, *OTHER_SUFFIXES):
        file = file.with_suffix("")
    name = f"{file.name}-{part}" if part else file.name
    return re.sub(r"[^\w.-]+", "-", name)[:60].strip("-.")


def existing_file(path: str | PathLike[str]) -> Path:
    """Return the path of a file that exists and is not empty."""
    file, _ = split_part(path)
    if file.is_dir():
        raise InputError(f"{str(file)!r} is a folder; name the table in it")
    if not file.exists():
        raise InputError(f"{str(file)!r} does not exist; check the path")
    if file.stat().st_size == 0:
        raise InputError(f"{str(file)!r} is empty")
    return file


def existing_folder(path: str | PathLike[str], what: str) -> Path:
    """Return the path of a folder that exists; ``what`` names it in the message."""
    folder = as_path(path)
    if not folder.is_dir():
        raise InputError(f"{what} is {str(folder)!r}, which is not a folder; check the path")
    return folder


def kind_of(file: Path) -> Kind:
    """Tell from the name of a file how to read or write it."""
    suffixes = [suffix.lower() for suffix in file.suffixes]
    if suffixes and suffixes[-1] == ".zip":
        return "text"  # the name of the file inside says more
    if suffixes and suffixes[-1] in COMPRESSIONS:
        suffixes.pop()
    elif suffixes and suffixes[-1] in OTHER_SUFFIXES:
        return OTHER_SUFFIXES[suffixes[-1]]
    if suffixes and suffixes[-1] in TEXT_SUFFIXES:
        return "text"
    old = ", an old Excel file: save it as .xlsx" if file.suffix.lower() == ".xls" else ""
    raise InputError(
        f"{str(file)!r} is not a table Rarebit reads"
        + (
            old
            or ": save it as CSV (.csv, also .gz, .bz2, .xz or .zip), Parquet (.parquet), Arrow "
            "(.arrow), Excel (.xlsx), or in a SQLite or DuckDB database (.db)"
        )
    )
