"""Text tables to frames, whole or in chunks."""

from __future__ import annotations

import csv
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from rarebit.datasets.files.compression import open_text
from rarebit.datasets.files.layout import Layout, find_layout, find_open_quote, row_widths
from rarebit.datasets.files.limits import check_rows, most_rows
from rarebit.datasets.spellings import MISSING
from rarebit.exceptions import InputError

# zipfile raises a RuntimeError for an archive with a password or an unknown compression.
UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError)
# Bytes of text that are read into memory at most.
MOST_BYTES = 16 * 2**30


def read_text(file: Path) -> pd.DataFrame:
    """Read a text table whole; pandas finds the type of each column."""
    with text_errors(file):
        layout = find_layout(file)
        n_columns = len(layout.names)
        with open_text(file, MOST_BYTES) as stream:
            frame = pd.read_csv(
                stream,
                **_parser_options(layout),
                decimal=layout.decimal,
                keep_default_na=False,
                na_values=list(MISSING),
                low_memory=False,
                nrows=most_rows(n_columns) + 1,
            )
        check_rows(file, len(frame), n_columns)
        if frame.iloc[:, -1].isna().any():
            with row_widths(file, layout) as widths:
                widths.check(len(frame))
    return frame


def iter_text(file: Path, rows_per_chunk: int) -> Iterator[pd.DataFrame]:
    """Yield the rows of a text table in chunks of cells that are text, empty ones as ``""``."""
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
                    yield chunk.replace(r"^([+-]?\d+),(\d+)$", r"\1.\2", regex=True)
                else:
                    yield chunk


def _parser_options(layout: Layout) -> dict[str, Any]:
    """Return the options of pandas that both ways of reading share."""
    return {
        "sep": layout.separator,
        "names": layout.names,
        "skiprows": layout.n_skipped,
        "header": 0,
        "index_col": False,
    }


@contextmanager
def text_errors(file: Path) -> Iterator[None]:
    """Turn errors of parsing a text file into one clear line."""
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
        raise InputError(
            f"{str(file)!r} is not a table with rows of one width ({what}); "
            "give every row as many cells as the header"
        ) from None
    except PermissionError:
        raise
    except UNREADABLE as error:
        raise InputError(
            f"{str(file)!r} cannot be read: {error}; is it complete, and of the kind that its "
            "name says?"
        ) from None
