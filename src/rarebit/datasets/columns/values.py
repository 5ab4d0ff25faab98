"""Cells of any type turned into numbers, truth values, days or categories.

A :class:`Spelling` says how the cells of a column are written. With it, each cell is read on its
own: it means the same in the training table, in a new file, and in any chunk of it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pandas as pd
from pandas.api import types

from rarebit.datasets.columns.dates import compact_days, days_of, read_dates
from rarebit.datasets.columns.numbers import parse_distinct, plain_numbers, read_numbers
from rarebit.datasets.spellings import (
    DOUBTFUL_MISSING,
    FALSE_TEXT,
    MISSING_TEXT,
    TRUE_TEXT,
    Spelling,
)

# How typed columns and plain text are written.
PLAIN = Spelling()
# A number that can be written in other ways: 1, 1.0 and 1.50, but not the code 007.
_CATEGORY = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:\.\d*)?|[+-]?\.\d+")
_NUMBERS = (int, float, np.integer, np.floating, Decimal)
# Whole numbers below this are exact in float64.
EXACT = 2**53


def is_typed(column: pd.Series) -> bool:
    """Tell whether a column holds numbers, truth values or dates, not text or mixed values."""
    dtype = column.dtype
    return (
        types.is_numeric_dtype(dtype)
        or types.is_datetime64_any_dtype(dtype)
        or types.is_timedelta64_dtype(dtype)
    )


def parse_numbers(column: pd.Series, spelling: Spelling = PLAIN) -> np.ndarray:
    """Read a column as float64 numbers; nan where missing, infinite or not a number."""
    if types.is_timedelta64_dtype(column.dtype):
        numbers = column.dt.total_seconds().to_numpy(dtype=np.float64) / 86_400
    elif types.is_numeric_dtype(column.dtype) and not types.is_complex_dtype(column.dtype):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        # Marks for missing are no numbers in any spelling.
        texts = as_strings(column)
        numbers = read_numbers(texts, spelling)
        typed = are_numbers(column) & pd.notna(texts)
        numbers[typed] = plain_numbers(texts[typed])
    return np.where(np.isfinite(numbers), numbers, np.nan)


def parse_booleans(column: pd.Series) -> np.ndarray:
    """Read truth values, 0 and 1, or words: 1 for true, 0 for false, nan for the rest."""
    if types.is_numeric_dtype(column.dtype):
        numbers = parse_numbers(column)
        return np.where(np.isin(numbers, (0.0, 1.0)), numbers, np.nan)
    return parse_distinct(as_text(column), truth_of)


def parse_dates(column: pd.Series, spelling: Spelling = PLAIN) -> np.ndarray:
    """Read a column as days since 1970-01-01 (UTC if it has a time zone); nan for the rest."""
    if types.is_datetime64_any_dtype(column.dtype):
        days = days_of(pd.to_datetime(column, utc=True))
    elif is_typed(column):
        days = compact_days(parse_numbers(column))
    else:
        days = read_dates(as_text(column), spelling)
    marks = read_dates(np.array(spelling.missing, dtype=object), spelling)
    return np.where(np.isin(days, marks[~np.isnan(marks)]), np.nan, days)


def parse_categories(column: pd.Series) -> np.ndarray:
    """Read a column as text, None where missing; a number is always written in the same way."""
    codes, uniques = pd.factorize(as_text(column))
    labels = np.array([*map(_category, uniques), None], dtype=object)
    return labels[codes]


def parse_presence(column: pd.Series, spelling: Spelling) -> np.ndarray:
    """Read whether there is a value, one of training: 1, or 0 where it is missing."""
    if spelling.values:
        known = pd.Series(_presences(column, spelling)).isin(spelling.values)
        return known.to_numpy(dtype=np.float64)
    if is_typed(column):
        is_number = types.is_float_dtype(column.dtype)
        present = ~np.isnan(parse_numbers(column)) if is_number else column.notna()
    else:
        present = pd.notna(without(as_text(column), spelling.missing))
    return np.asarray(present, dtype=np.float64)


def are_numbers(column: pd.Series) -> np.ndarray:
    """Tell which cells of a column of mixed values are numbers: these have no decimal mark."""
    cells = column.to_numpy(dtype=object)
    if types.infer_dtype(cells, skipna=True) == "string":
        return np.zeros(len(cells), dtype=bool)
    is_number = (isinstance(cell, _NUMBERS) and not isinstance(cell, bool) for cell in cells)
    return np.fromiter(is_number, dtype=bool, count=len(cells))


def with_values(column: pd.Series, spelling: Spelling) -> Spelling:
    """Add the values of a column of presence, which new rows are compared with."""
    if is_typed(column) and not types.is_numeric_dtype(column.dtype):
        return spelling
    found = {text for text in _presences(column, spelling) if text is not None}
    return replace(spelling, values=tuple(sorted(found)))


def _presences(column: pd.Series, spelling: Spelling) -> np.ndarray:
    """Return the values of a column of presence in lower case, None where missing."""
    texts = without(as_text(column), spelling.missing)
    if types.is_numeric_dtype(column.dtype):
        texts[np.isnan(parse_numbers(column))] = None  # infinite ones are missing, too
    codes, uniques = pd.factorize(texts)
    values = np.array([*(_category(text).casefold() for text in uniques), None], dtype=object)
    return values[codes]


def as_strings(column: pd.Series) -> np.ndarray:
    """Return cells that are text as they are, other ones as text, None where missing."""
    cells = column.to_numpy(dtype=object)
    return cells if types.infer_dtype(cells, skipna=True) == "string" else as_text(column)


def as_text(column: pd.Series) -> np.ndarray:
    """Return each cell as stripped text, None where it is missing or spelled as missing."""
    cells = column.to_numpy(dtype=object)
    if types.infer_dtype(cells, skipna=True) == "string":
        codes, cells = pd.factorize(cells)
        return np.array([*map(text_of, cells), None], dtype=object)[codes]
    return np.fromiter(map(text_of, cells), dtype=object, count=len(cells))


def text_of(cell: object) -> str | None:
    """Return one cell as stripped text, None where missing."""
    if cell is None:
        return None
    # nan, NaT and <NA> of every library are recognised by their text.
    text = str(cell).strip()
    return None if text.lower() in MISSING_TEXT else text


def words_for_missing(column: pd.Series) -> Counter[str]:
    """Count the cells that hold a word for "missing", such as NA; empty ones hold none."""
    if is_typed(column):
        return Counter()
    cells = Counter(cell for cell in column.to_numpy(dtype=object) if isinstance(cell, str))
    words: Counter[str] = Counter()
    for cell, n_rows in cells.items():
        if (word := cell.strip()) and word.lower() in MISSING_TEXT:
            words[word] += n_rows
    return words


def doubtful_words(column: pd.Series) -> dict[str, int]:
    """Count the cells with a word for "missing" that could be a value, such as NA for Namibia."""
    words = words_for_missing(column).items()
    return {word: n for word, n in words if word.lower() in DOUBTFUL_MISSING}


def without(texts: np.ndarray, missing: tuple[str, ...]) -> np.ndarray:
    """Return the texts with None for those that mean missing in their column."""
    if not missing:
        return texts
    marks = frozenset(missing)
    return np.fromiter(
        (None if text in marks else text for text in texts), dtype=object, count=len(texts)
    )


def truth_of(text: str) -> float:
    """Read one truth value; nan if it is not one."""
    word = text.lower()
    if word in TRUE_TEXT:
        return 1.0
    if word in FALSE_TEXT:
        return 0.0
    return float(text) if re.fullmatch(r"[01](?:\.0*)?", text) else math.nan


def _category(text: str) -> str:
    """Write one category; 1 and 1.0 are the same one, 01 and 1 are not."""
    if not _CATEGORY.fullmatch(text):
        return text
    whole, _, broken = text.partition(".")
    if not broken.strip("0"):
        return str(int(whole)) if whole.strip("+-") else text
    return repr(float(text))
