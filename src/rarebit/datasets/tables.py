"""Tables out of files: CSV (plain or compressed) and Parquet, whole or chunk by chunk.

:func:`read_table` lets pandas decide the type of each column. :func:`iter_table` cannot: a column
that looks like integers in the first chunk may hold text in the last. It therefore hands out the
cells of a text file as the text they are, and :func:`rarebit.datasets.clean_values` reads both the
same way.
"""

from __future__ import annotations

import csv
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from rarebit._common.optional import import_extra
from rarebit.datasets.compression import COMPRESSIONS, TEXT_SUFFIXES, open_text
from rarebit.datasets.layout import Layout, find_layout, find_open_quote, row_widths
from rarebit.exceptions import InputError

PARQUET_SUFFIXES = (".parquet", ".pq")
# Cells that count as missing while reading; clean_values knows more spellings.
MISSING_CELLS = ["", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "<NA>", "?"]
# A RuntimeError is an archive with a password, or packed in a way that Python does not know.
UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError)
# More rows than any classifier of the zoo is fitted on in a day: a slip, or a trap.
MOST_ROWS = 20_000_000
# Cells of a table in memory, 8 GB of them as numbers, and bytes of the text it is read from.
MOST_CELLS = 1_000_000_000
MOST_BYTES = 16 * 2**30


def read_table(path: str | PathLike[str]) -> pd.DataFrame:
    r"""Read a table from a file.

    Parameters
    ----------
    path : str or path-like
        A text table with a header row (``.csv``, ``.tsv``, ``.tab``, ``.txt``, ``.data``, each
        also ``.gz``, ``.bz2``, ``.xz`` or ``.zip``; separated by comma, semicolon, tab or ``|``,
        in UTF-8, or in UTF-16 with a byte order mark) or a Parquet file (``.parquet``, ``.pq``;
        needs the extra ``polars``). A ``.zip`` holds one text table.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        One column a column of the file, of the type pandas finds for it.

    Raises
    ------
    InputError
        If there is no such file or it does not hold a table.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = file.write_text("age;sex\n61;f\n58;m\n")
    >>> read_table(file).shape
    (2, 2)
    """
    file = _existing_file(path)
    if kind_of(file) == "parquet":
        with _parquet_errors(file):
            parquet = import_extra("pyarrow.parquet")
            facts = parquet.read_metadata(file)
            if facts.num_rows > _most_rows(facts.num_columns):
                raise _too_many_rows(file, facts.num_columns)
            frame = parquet.read_table(file).to_pandas()
        if frame.empty:
            raise InputError(f"{str(file)!r} has no rows")
        return _index_to_columns(frame)
    with text_errors(file):
        layout = find_layout(file)
        most_rows = _most_rows(len(layout.names))
        with open_text(file, MOST_BYTES) as stream:
            frame = pd.read_csv(
                stream,
                **_parser_options(layout),
                decimal=layout.decimal,
                keep_default_na=False,
                na_values=MISSING_CELLS,
                low_memory=False,
                nrows=most_rows + 1,
            )
        if frame.empty:
            raise InputError(f"{str(file)!r} has a header but no rows")
        if len(frame) > most_rows:
            raise _too_many_rows(file, len(layout.names))
        if frame.iloc[:, -1].isna().any():
            with row_widths(file, layout) as widths:
                widths.check(len(frame))
    return frame


def iter_table(path: str | PathLike[str], rows_per_chunk: int = 100_000) -> Iterator[pd.DataFrame]:
    r"""Read a table in chunks, in memory that does not grow with the file.

    Parameters
    ----------
    path : str or path-like
        As for :func:`read_table`.
    rows_per_chunk : int, default=100_000
        Most rows of a chunk.

    Yields
    ------
    DataFrame of shape (at most rows_per_chunk, n_columns)
        The next rows; the index counts the rows of the file. The cells of a text file come as
        the text they are (an empty cell as ``""``), so that a column has the same type in every
        chunk; those of a Parquet file come in their own types.

    Raises
    ------
    InputError
        If there is no such file or it does not hold a table.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = file.write_text("age,code\n61,7\n58,x9\n44,8\n")
    >>> [chunk["code"].tolist() for chunk in iter_table(file, rows_per_chunk=2)]
    [['7', 'x9'], ['8']]
    """
    wanted: Any = rows_per_chunk
    if not isinstance(wanted, int | np.integer) or isinstance(wanted, bool) or wanted < 1:
        raise InputError(f"rows_per_chunk must be an integer of at least 1, not {rows_per_chunk!r}")
    file = _existing_file(path)
    chunks = _iter_parquet if kind_of(file) == "parquet" else _iter_text
    n_rows = 0
    for chunk in chunks(file, rows_per_chunk):
        n_rows += len(chunk)
        # A file with a header alone has one chunk without rows: no caller can do anything with it.
        if len(chunk):
            yield chunk
    if n_rows == 0:
        raise InputError(f"{str(file)!r} has a header but no rows")


def _iter_text(file: Path, rows_per_chunk: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of a text table in chunks of text cells."""
    with text_errors(file):
        layout = find_layout(file)
        with open_text(file) as stream, row_widths(file, layout) as widths:
            chunks = pd.read_csv(
                stream,
                **_parser_options(layout),
                dtype=str,
                na_filter=False,
                chunksize=rows_per_chunk,
            )
            for chunk in chunks:
                if len(chunk) and (chunk.iloc[:, -1] == "").any():
                    widths.check(int(chunk.index[-1]) + 1)
                if layout.decimal == ",":
                    chunk = chunk.replace(r"^([+-]?\d+),(\d+)$", r"\1.\2", regex=True)
                yield chunk


def _iter_parquet(file: Path, rows_per_chunk: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of a Parquet file in chunks."""
    n_rows = 0
    with _parquet_errors(file), import_extra("pyarrow.parquet").ParquetFile(file) as parquet:
        for batch in parquet.iter_batches(batch_size=rows_per_chunk):
            chunk = _index_to_columns(batch.to_pandas())
            chunk.index = pd.RangeIndex(n_rows, n_rows + len(chunk))
            n_rows += len(chunk)
            yield chunk


def _existing_file(path: str | PathLike[str]) -> Path:
    """Return the path of a file that is there and holds something."""
    file = as_path(path)
    if file.is_dir():
        raise InputError(f"{str(file)!r} is a folder; name the table in it")
    if not file.exists():
        raise InputError(f"there is no file {str(file)!r}")
    if file.stat().st_size == 0:
        raise InputError(f"{str(file)!r} is empty")
    return file


def as_path(path: str | PathLike[str]) -> Path:
    """Return the path that a user names, or refuse what names none."""
    try:
        file = Path(path).expanduser()
        file.exists()
    except (TypeError, ValueError, OSError, RuntimeError) as error:
        raise InputError(f"{path!r} is no path: {error}") from None
    if "\0" in str(file):
        raise InputError(f"{path!r} is no path: it holds a null character")
    return file


def _most_rows(n_columns: int) -> int:
    """Say how many rows a table of so many columns may have in memory."""
    return max(1, min(MOST_ROWS, MOST_CELLS // max(n_columns, 1)))


def _too_many_rows(file: Path, n_columns: int) -> InputError:
    """Say that a table is too long for its width."""
    most = _most_rows(n_columns)
    remedy = "" if most == MOST_ROWS else f" of {n_columns:,} columns, {MOST_CELLS:,} cells"
    return InputError(
        f"{str(file)!r} has more than {most:,} rows{remedy}; take a sample of them first"
    )


def kind_of(file: Path) -> Literal["text", "parquet"]:
    """Tell from the name of a file how to read it."""
    suffixes = [suffix.lower() for suffix in file.suffixes]
    if suffixes and suffixes[-1] == ".zip":
        return "text"  # the name of the file inside says more
    if suffixes and suffixes[-1] in COMPRESSIONS:
        suffixes.pop()
    elif suffixes and suffixes[-1] in PARQUET_SUFFIXES:
        return "parquet"
    if suffixes and suffixes[-1] in TEXT_SUFFIXES:
        return "text"
    raise InputError(
        f"{str(file)!r} is not a table Rarebit reads: save it as CSV (.csv, also .gz, .bz2, .xz "
        "or .zip) or as Parquet (.parquet)"
    )


def _parser_options(layout: Layout) -> dict[str, Any]:
    """Return what both ways of reading a text table tell pandas."""
    return {"sep": layout.separator, "names": layout.names, "header": 0, "index_col": False}


def _index_to_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Make columns of a named index, drop a nameless one."""
    nameless = all(name is None for name in frame.index.names)
    return frame.reset_index(drop=nameless)


@contextmanager
def text_errors(file: Path) -> Iterator[None]:
    """Turn what can go wrong while parsing text into one clear line."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise InputError(
            f"{str(file)!r} is not UTF-8 text ({error.reason} at byte {error.start}); "
            "save it as CSV in UTF-8 (a spreadsheet offers 'CSV UTF-8')"
        ) from None
    except (pd.errors.ParserError, csv.Error) as error:
        what = str(error).rpartition("C error: ")[2].strip()
        if "EOF inside string" in what:
            raise InputError(
                f"line {find_open_quote(file)} of {str(file)!r} opens a quote that is never "
                'closed; close it, or write it twice ("") where it is a part of the text'
            ) from None
        raise InputError(f"{str(file)!r} is not a table with rows of one width: {what}") from None
    except PermissionError:
        raise
    except UNREADABLE as error:
        raise InputError(
            f"{str(file)!r} cannot be read: {error}; is it whole, and of the kind its name says?"
        ) from None


@contextmanager
def _parquet_errors(file: Path) -> Iterator[None]:
    """Turn what can go wrong while reading Parquet into one clear line."""
    pyarrow = import_extra("pyarrow")
    try:
        yield
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0]
        raise InputError(f"{str(file)!r} cannot be read as Parquet: {reason}") from None
