"""Text tables to frames, whole or in chunks."""

from __future__ import annotations

import csv
import lzma
import re
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from rarebit.datasets.columns.number_marks import NumberMarks
from rarebit.datasets.columns.numbers import plain_numbers
from rarebit.datasets.columns.values import EXACT
from rarebit.datasets.files.compression import open_text
from rarebit.datasets.files.headers import NOTES, WithoutRepeats
from rarebit.datasets.files.layout import Layout, find_layout, find_open_quote, row_widths
from rarebit.datasets.files.limits import check_rows, most_rows
from rarebit.datasets.spellings import MISSING, MISSING_TEXT
from rarebit.exceptions import InputError

# zipfile raises a RuntimeError for an archive with a password or an unknown compression.
UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError)
# Bytes of text that are read into memory at most.
MOST_BYTES = 16 * 2**30
_PLAIN: dict[str, Any] = {"keep_default_na": False}
_INTEGER = re.compile(r" *[+-]?\d+ *")
# Digits that are no number: 007
_CODE = re.compile(r" *[+-]?0\d")


def read_cells(file: Path) -> pd.DataFrame:
    """Read a text table whole, every cell as the text that stands in the file."""
    with text_errors(file):
        return _read_whole(file, find_layout(file), dtype=object, na_filter=False)


def read_text(file: Path) -> pd.DataFrame:
    """Read a text table whole: columns of plain numbers as numbers, all others as text."""
    with text_errors(file):
        layout = find_layout(file)
        frame = _read_whole(file, layout, **_PLAIN, na_values=list(MISSING), low_memory=False)
        # Parsed numbers do not show leading zeros, long numbers and what a point stands for.
        again = [name for name in frame if not _is_settled(frame[name])]
        if again:
            cells = _read_whole(file, layout, usecols=again, dtype=object, na_filter=False)
            for name in again:
                frame[name] = as_plain(cells[name])
    return frame


def iter_text(
    file: Path,
    rows_per_chunk: int,
    text: Collection[str] | None = None,
    decimal: str = ".",
    missing: Mapping[str, Collection[str]] | None = None,
) -> Iterator[pd.DataFrame]:
    """Yield the rows of a text table in chunks; columns that ``text`` names are text, "" if empty.

    The others are numbers in chunks where all of their cells are plain numbers with this decimal
    mark, or missing, which is faster than text. None: all columns are text. ``missing`` are further
    cells of these others that count as missing.
    """
    with text_errors(file):
        layout = find_layout(file)
        if text is None:
            options: dict[str, Any] = {"dtype": object, "na_filter": False}
        else:
            others = [name for name in layout.names if name not in text]
            options = _PLAIN | {
                "decimal": decimal,
                "dtype": dict.fromkeys(text, object),
                "na_values": {name: [*MISSING, *(missing or {}).get(name, ())] for name in others},
            }
        with open_text(file) as stream, row_widths(file, layout) as widths:
            rows: Any = WithoutRepeats(stream, layout, file)
            chunks = pd.read_csv(
                rows, **_parser_options(layout), **options, chunksize=rows_per_chunk
            )
            for chunk in chunks:
                chunk.attrs[NOTES] = rows.notes()
                last = chunk.iloc[:, -1]
                if (last.isna() | (last == "")).any():
                    widths.check(int(chunk.index[-1]) + 1)
                truth = chunk.columns[[types.is_bool_dtype(dtype) for dtype in chunk.dtypes]]
                yield chunk.astype(dict.fromkeys(truth, object))


def iter_words(
    file: Path, rows_per_chunk: int, words: Mapping[str, Collection[str]]
) -> Iterator[dict[str, dict[str, np.ndarray]]]:
    """Yield, for the chunks of :func:`iter_text`, which cells hold each word of a column."""
    # Bytes of a fixed width, one more than the words have, are parsed faster than text.
    widths = {
        name: f"S{1 + max(len(word.encode()) for word in known)}" for name, known in words.items()
    }
    with text_errors(file):
        layout = find_layout(file)
        options: dict[str, Any] = {"usecols": list(words), "dtype": widths, "na_filter": False}
        with open_text(file) as stream:
            rows: Any = WithoutRepeats(stream, layout, file)
            chunks = pd.read_csv(
                rows, **_parser_options(layout), **options, chunksize=rows_per_chunk
            )
            for chunk in chunks:
                yield {
                    name: {word: chunk[name].to_numpy() == word.encode() for word in known}
                    for name, known in words.items()
                }


def as_plain(cells: pd.Series) -> pd.Series:
    """Return cells of text as numbers or truth values if nothing of what is written is lost."""
    texts = cells.to_numpy(dtype=object)
    numbers = plain_numbers(texts)
    others = np.isnan(numbers)
    gaps = {text for text in set(texts[others]) if text.strip().lower() in MISSING_TEXT}
    if others.all() or len(gaps) < len(set(texts[others])):
        words = set(map(str.lower, texts)) if not gaps else set()
        if words and words <= {"true", "false"}:
            return pd.Series([text.lower() == "true" for text in texts], cells.index)
        return _as_text(cells)
    plain = texts[~others]
    marks = _marks(numbers[~others], plain)
    if marks.open or any(map(_CODE.match, plain)):
        return _as_text(cells)
    if not all(map(_INTEGER.fullmatch, plain)):
        return pd.Series(numbers, cells.index)
    whole = [int(text) for text in plain]
    if others.any():
        exact = max(map(abs, whole)) < EXACT
        return pd.Series(numbers, cells.index) if exact else _as_text(cells)
    fits = min(whole) >= -(2**63) and max(whole) < 2**63
    return pd.Series(np.array(whole, dtype=np.int64), cells.index) if fits else _as_text(cells)


def _as_text(cells: pd.Series) -> pd.Series:
    """Return cells as they are, missing where nothing stands."""
    return cells.where(cells != "", np.nan).infer_objects()


def _is_settled(column: pd.Series) -> bool:
    """Tell whether numbers have decimals that can be read in one way only."""
    if not types.is_float_dtype(column.dtype):
        return False
    numbers = column.to_numpy()
    return bool(_marks(numbers[np.isfinite(numbers)]).settled)


def _marks(numbers: np.ndarray, texts: np.ndarray | None = None) -> NumberMarks:
    """Tell how plain numbers are written."""
    marks = NumberMarks()
    marks.add_plain(numbers, texts=texts)
    return marks


def _read_whole(file: Path, layout: Layout, **options: Any) -> pd.DataFrame:
    """Read all rows, within what memory holds."""
    n_columns = len(layout.names)
    with open_text(file, MOST_BYTES) as stream:
        most = most_rows(n_columns) + 1
        rows: Any = WithoutRepeats(stream, layout, file)
        frame = pd.read_csv(rows, **_parser_options(layout), **options, nrows=most)
        frame.attrs[NOTES] = rows.notes()
    check_rows(file, len(frame), n_columns)
    last = frame.iloc[:, -1]
    if (last.isna() | (last == "")).any():
        with row_widths(file, layout) as widths:
            widths.check(len(frame))
    return frame


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
    except pd.errors.EmptyDataError:
        raise InputError(f"{str(file)!r} is empty: it has no header") from None
    except PermissionError:
        raise
    except UNREADABLE as error:
        raise InputError(
            f"{str(file)!r} cannot be read: {error}; is it complete, and of the kind that its "
            "name says?"
        ) from None
