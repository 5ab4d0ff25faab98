"""Tables out of files and databases, whole or chunk by chunk.

A text file holds text. Only columns of plain numbers become numbers here, where nothing of what is
written is lost; what all other cells mean is decided in ``columns``, from all rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import repeat
from os import PathLike

import numpy as np
import pandas as pd

from rarebit._common.parameters import check_count
from rarebit.datasets.files import text
from rarebit.datasets.files.arrow import iter_arrow, read_arrow
from rarebit.datasets.files.database import iter_query, read_query
from rarebit.datasets.files.excel import iter_sheet, read_sheet
from rarebit.datasets.files.limits import check_rows
from rarebit.datasets.files.parquet import iter_parquet, read_parquet
from rarebit.datasets.files.paths import existing_file, kind_of, split_part


def read_table(path: str | PathLike[str]) -> pd.DataFrame:
    r"""Read a table from a file.

    Parameters
    ----------
    path : str or path-like
        A text table with a header row (``.csv``, ``.tsv``, ``.tab``, ``.txt``, ``.data``, each
        also ``.gz``, ``.bz2``, ``.xz`` or ``.zip``; separated by comma, semicolon, tab or ``|``,
        in UTF-8, or in UTF-16 with a byte order mark); a Parquet file (``.parquet``, ``.pq``), an
        Arrow file (``.arrow``, ``.feather``; extra ``polars``), an Excel file (``.xlsx``; extra
        ``excel``), or a SQLite or DuckDB database (``.db``, ``.sqlite``, ``.duckdb``), which is
        only read. A ``.zip`` holds one text table. A sheet, table or query is named after a colon:
        ``"book.xlsx:Sheet2"``, ``"data.db:stays"``, ``"data.db:SELECT * FROM stays"``; without one,
        it is the first sheet, or the only table.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        The columns of the file. In a text file, a column of plain numbers (such as ``-12.5``)
        holds numbers, one of ``true`` and ``false`` truth values, and any other the text of its
        cells, missing where nothing stands.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = file.write_text("age;sex\n61;f\n58;m\n")
    >>> read_table(file).shape
    (2, 2)
    """
    file = existing_file(path)
    return text.read_text(file) if kind_of(file) == "text" else _read_typed(path)


def read_cells(path: str | PathLike[str]) -> pd.DataFrame:
    """Read a table; the cells of a text file as they stand there, those of others as typed."""
    file = existing_file(path)
    return text.read_cells(file) if kind_of(file) == "text" else _read_typed(path)


def _read_typed(path: str | PathLike[str]) -> pd.DataFrame:
    """Read a table whose cells have types."""
    file, part = split_part(path)
    match kind_of(file):
        case "excel":
            return read_sheet(file, part)
        case "database":
            return read_query(file, part)
        case "arrow":
            return read_arrow(file)
        case _:
            return read_parquet(file)


def _iter_typed(path: str | PathLike[str], rows_per_chunk: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of such a table in chunks."""
    file, part = split_part(path)
    match kind_of(file):
        case "excel":
            return iter_sheet(file, part, rows_per_chunk)
        case "database":
            return iter_query(file, part, rows_per_chunk)
        case "arrow":
            return iter_arrow(file, rows_per_chunk)
        case _:
            return iter_parquet(file, rows_per_chunk)


def iter_table(
    path: str | PathLike[str],
    rows_per_chunk: int = 100_000,
    *,
    text_columns: Collection[str] | None = None,
    decimal: str = ".",
    missing: Mapping[str, Collection[str]] | None = None,
) -> Iterator[pd.DataFrame]:
    r"""Read a table in chunks, in memory that does not grow with the file.

    Parameters
    ----------
    path : str or path-like
        As for :func:`read_table`.
    rows_per_chunk : int, default=100_000
        Largest number of rows in a chunk.
    text_columns : collection of str, default=None
        Columns of a text file whose cells are text; None for all. The others may hold numbers in a
        chunk where every cell is a plain number or missing, which is faster.
    decimal : {".", ","}, default="."
        Decimal mark of the numbers in these others.
    missing : mapping of str to collection of str, default=None
        Cells such as ``"-"`` that count as missing in some of these others.

    Yields
    ------
    DataFrame of shape (at most rows_per_chunk, n_columns)
        The next rows; the index counts the rows of the file. The cells of a text file are text
        (an empty cell is ``""``), so that a column has the same type in every chunk, or numbers as
        ``text_columns`` explains; those of other files have their own types.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> file = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = file.write_text("age,code\n61,7\n58,x9\n44,8\n")
    >>> [chunk["code"].tolist() for chunk in iter_table(file, rows_per_chunk=2)]
    [['7', 'x9'], ['8']]
    """
    rows_per_chunk = check_count("rows_per_chunk", rows_per_chunk)
    file = existing_file(path)
    chunks = (
        text.iter_text(file, rows_per_chunk, text_columns, decimal, missing)
        if kind_of(file) == "text"
        else _iter_typed(path, rows_per_chunk)
    )
    n_rows = 0
    for chunk in chunks:
        chunk.index = pd.RangeIndex(n_rows, n_rows + len(chunk))
        n_rows += len(chunk)
        # A file with nothing but a header has one chunk without rows, of no use to any caller.
        if len(chunk):
            yield chunk
    if n_rows == 0:
        check_rows(file, n_rows, 0)


def is_text(path: str | PathLike[str]) -> bool:
    """Tell whether a file is a text table."""
    return kind_of(existing_file(path)) == "text"


def iter_words(
    path: str | PathLike[str], rows_per_chunk: int, words: Mapping[str, Collection[str]]
) -> Iterator[dict[str, dict[str, np.ndarray]]]:
    """Yield, for the chunks of :func:`iter_table`, which cells hold words that it left out.

    For each column and word, a mask of the rows; nothing is left out of other files than text.
    """
    if not words or not is_text(path):
        return repeat({})
    return text.iter_words(existing_file(path), rows_per_chunk, words)
