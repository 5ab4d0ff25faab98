"""Cells of any type turned into numbers, truth values, days or categories, each on its own.

Nothing here looks at other rows: a cell means the same in the training table, in a new file, and in
any chunk of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from pandas.api import types

from rarebit.datasets.spellings import (
    DATE_FORMATS,
    FALSE_TEXT,
    MISSING_TEXT,
    THOUSANDS,
    TRUE_TEXT,
    WITH_UNIT,
)


def parse_numbers(column: pd.Series) -> np.ndarray:
    """Read a column as float64 numbers; nan where missing, infinite or not a number.

    Text may have blanks around it, an exponent, a percent or currency sign, and commas between
    groups of three digits.
    """
    if types.is_timedelta64_dtype(column.dtype):
        numbers = column.dt.total_seconds().to_numpy(dtype=np.float64) / 86_400
    elif types.is_numeric_dtype(column.dtype) and not types.is_complex_dtype(column.dtype):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        numbers = _parse_number_texts(as_text(column))
    return np.where(np.isfinite(numbers), numbers, np.nan)


def parse_booleans(column: pd.Series) -> np.ndarray:
    """Read truth values, 0 and 1, or words: 1 for true, 0 for false, nan for the rest."""
    if types.is_numeric_dtype(column.dtype):
        numbers = parse_numbers(column)
        return np.where(np.isin(numbers, (0.0, 1.0)), numbers, np.nan)
    return _parse_distinct(as_text(column), _truth)


def parse_dates(column: pd.Series) -> np.ndarray:
    """Read a column as days since 1970-01-01 (UTC if it has a time zone); nan for the rest.

    Text must have a form that can be read in one way only, such as ``"2021-04-03 12:00"``,
    ``"03.04.2021"`` and ``"3 Apr 2021"``.
    """
    if types.is_datetime64_any_dtype(column.dtype):
        return _days(pd.to_datetime(column, utc=True))
    codes, uniques = pd.factorize(as_text(column))
    days = np.full(len(uniques) + 1, np.nan)
    for pattern, form in DATE_FORMATS:
        rows = [k for k, text in enumerate(uniques) if pattern.fullmatch(text)]
        if rows:
            texts = pd.Series([uniques[k] for k in rows])
            days[rows] = _days(pd.to_datetime(texts, format=form, utc=True, errors="coerce"))
    return days[codes]


def parse_categories(column: pd.Series) -> np.ndarray:
    """Read a column as text, None where missing; a number is always written in the same way."""
    codes, uniques = pd.factorize(as_text(column))
    labels = np.array([*map(_category, uniques), None], dtype=object)
    return labels[codes]


def as_text(column: pd.Series) -> np.ndarray:
    """Return each cell as stripped text, None where it is missing or spelled as missing."""
    cells = column.to_numpy(dtype=object)
    return np.fromiter((_text(cell) for cell in cells), dtype=object, count=len(cells))


def _text(cell: object) -> str | None:
    """Return one cell as stripped text, None where missing."""
    if cell is None:
        return None
    # nan, NaT and <NA> of every library are recognised by their text.
    text = str(cell).strip()
    return None if text.lower() in MISSING_TEXT else text


def _parse_number_texts(texts: np.ndarray) -> np.ndarray:
    """Read texts as numbers: all at once if they are plain, else each distinct one."""
    try:
        numbers = texts.astype(np.float64)
    except ValueError:
        return _parse_distinct(texts, _amount)
    if any("_" in text for text in texts if text is not None):
        return _parse_distinct(texts, _amount)
    return numbers


def _parse_distinct(texts: np.ndarray, parse: Callable[[str], float]) -> np.ndarray:
    """Parse each distinct text once."""
    codes, uniques = pd.factorize(texts)
    values = np.array([*map(parse, uniques), np.nan], dtype=np.float64)
    return values[codes]


def _amount(text: str) -> float:
    """Read one number, with a percent or currency sign or without; nan if it is not a number."""
    found = WITH_UNIT.fullmatch(text)
    return _number("".join(found.groups()) if found else text)


def _number(text: str) -> float:
    """Read one number; nan if it is not one."""
    if THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    try:
        # float() accepts 1_000; in a table that is a code.
        return math.nan if "_" in text else float(text)
    except ValueError:
        return math.nan


def _truth(text: str) -> float:
    """Read one truth value; nan if it is not one."""
    word = text.lower()
    if word in TRUE_TEXT:
        return 1.0
    if word in FALSE_TEXT:
        return 0.0
    number = _number(text)
    return number if number in (0.0, 1.0) else math.nan


def _category(text: str) -> str:
    """Write one category; 1, 1.0 and 01 are the same one."""
    number = _number(text)
    if not math.isfinite(number):
        return text
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)


def _days(moments: pd.Series) -> np.ndarray:
    """Count the days from 1970-01-01 to each moment."""
    naive = moments.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    days = naive.astype(np.int64) / 86_400_000_000
    return np.where(np.isnat(naive), np.nan, days)
