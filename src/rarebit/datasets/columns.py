"""What each column of a table is: number, truth value, category, date, or of no use.

The roles are found once, on the table a model is fitted on, and without looking at the target.
:func:`clean_values` then turns any table with these columns into what a model takes.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
from pandas.api import types

from rarebit._common.frames import as_frame
from rarebit.datasets._dataset import ColumnReport, Role
from rarebit.datasets.values import (
    AMBIGUOUS_DATE,
    as_text,
    parse_booleans,
    parse_categories,
    parse_dates,
    parse_numbers,
)
from rarebit.exceptions import InputError

# Text with at most this many values is categorical ...
FEW_VALUES = 20
# ... and with more, if each comes in this many rows on average, up to this many values.
ROWS_PER_VALUE = 10
MANY_VALUES = 1000
# From this share of distinct values on, text names rows and does not describe them.
NEARLY_ALL = 0.9
# From this share on, a column of text is one of numbers or dates with some stray words.
MOSTLY = 0.95
WORDS_OF_FREE_TEXT = 3
IDENTIFIER_NAME = re.compile(r"((?i:(^|[_\W])(id|uuid|guid|key|index|rownum|row))|[a-z]I[Dd])$")

Verdict = tuple[Role | None, str]
# Larger numbers are cut to this: their squares, and float32 copies of them, would overflow.
LARGEST = 1e30


def infer_columns(frame: pd.DataFrame) -> tuple[dict[str, Role], list[ColumnReport]]:
    """Find out what each column of a table is.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Feature columns, values as read.

    Returns
    -------
    roles : dict of str to Role
        Role of each column that is kept, in the order of the table.
    reports : list of ColumnReport
        What was found for every column, in the order of the table.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [61, 58, 44], "sex": ["f", "f", "m"], "ward": ["A", "A", "A"]})
    >>> roles, reports = infer_columns(frame)
    >>> roles
    {'age': <Role.NUMERIC: 'numeric'>, 'sex': <Role.CATEGORICAL: 'categorical'>}
    >>> reports[2].reason
    "dropped: one value only, 'A'"
    """
    frame = as_frame(frame)
    roles: dict[str, Role] = {}
    reports = []
    for name in map(str, frame.columns):
        role, reason = _judge(name, frame[name])
        if role is None:
            reports.append(ColumnReport(name, "dropped", f"dropped: {reason}"))
        else:
            roles[name] = role
            reports.append(ColumnReport(name, role.value, reason))
    return roles, reports


def clean_values(frame: pd.DataFrame, roles: dict[str, Role]) -> pd.DataFrame:
    """Turn the values of a table, as read, into what a model takes.

    Each cell is converted on its own, without a look at other rows or at the target, so that new
    rows come out like those the model was fitted on, whatever type a file gives its columns.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        A table with at least the columns of ``roles``; others are ignored.
    roles : dict of str to Role
        What each column is used as.

    Returns
    -------
    DataFrame of shape (n_rows, len(roles))
        Numbers and truth values as float64 with nan where missing, dates as float64 days since
        1970-01-01, categories as text (object) with None where missing. A cell that does not fit
        the role of its column counts as missing.

    Raises
    ------
    InputError
        If a column is not there.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": ["61", "?"], "sex": ["f", "m"], "extra": [1, 2]})
    >>> clean_values(frame, {"sex": Role.CATEGORICAL, "age": Role.NUMERIC})
      sex   age
    0   f  61.0
    1   m   NaN
    """
    index = frame.index if isinstance(frame, pd.DataFrame) else None
    frame = as_frame(frame)
    if not isinstance(roles, dict) or not all(role in CONVERTERS for role in roles.values()):
        raise InputError(
            f"roles={roles!r} is not understood; give a dict of column to role, as that of "
            "infer_columns"
        )
    for name in roles:
        if name not in frame.columns:
            raise InputError(f"the table has no column {name!r}{closest(name, frame.columns)}")
    columns = {
        name: pd.Series(CONVERTERS[role](frame[name]), dtype=CLEAN_TYPES[role])
        for name, role in roles.items()
    }
    cleaned = pd.DataFrame(columns, index=frame.index, columns=list(roles))
    return cleaned if index is None else cleaned.set_axis(index, axis=0)


def _bounded_numbers(column: pd.Series) -> np.ndarray:
    return np.clip(parse_numbers(column), -LARGEST, LARGEST)


CONVERTERS: dict[Role, Callable[[pd.Series], np.ndarray]] = {
    Role.NUMERIC: _bounded_numbers,
    Role.BOOLEAN: parse_booleans,
    Role.DATE: parse_dates,
    Role.CATEGORICAL: parse_categories,
}
CLEAN_TYPES: dict[Role, type] = {
    Role.NUMERIC: np.float64,
    Role.BOOLEAN: np.float64,
    Role.DATE: np.float64,
    Role.CATEGORICAL: object,
}


def closest(name: str, names: Iterable[str]) -> str:
    """Say which names come closest to one that is not there.

    Examples
    --------
    >>> closest("taget", ["sex", "target"])
    "; did you mean 'target'?"
    """
    near = difflib.get_close_matches(name, list(names), n=3, cutoff=0.6)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""


def _judge(name: str, column: pd.Series) -> Verdict:
    """Find the role of one column, or None, and say why."""
    if types.is_bool_dtype(column.dtype):
        return _judge_booleans(parse_booleans(column))
    if types.is_datetime64_any_dtype(column.dtype):
        return _judge_dates(parse_dates(column))
    if types.is_numeric_dtype(column.dtype) or types.is_timedelta64_dtype(column.dtype):
        numbers = parse_numbers(column)
        infinite = int(column.notna().sum() - np.isfinite(numbers).sum())
        note = f"; infinite values count as missing ({infinite})" if infinite else ""
        return _judge_numbers(name, numbers, note)
    return _judge_text(name, column)


def _judge_numbers(name: str, numbers: np.ndarray, note: str = "") -> Verdict:
    """Judge a column of numbers."""
    present = numbers[~np.isnan(numbers)]
    values = np.unique(present)
    useless = _judge_variety(len(present), [f"{value:g}" for value in values[:2]])
    if useless:
        return None, useless
    whole = bool(np.all(values == np.round(values)))
    named = IDENTIFIER_NAME.search(name) is not None
    if whole and len(values) == len(numbers) > 2:
        if named:
            return None, "every value is different, looks like an identifier"
        if len(values) >= FEW_VALUES and np.all(np.diff(numbers) == 1):
            return None, "counts the rows"
    reason = f"number, {len(values)} values"
    if whole and len(values) <= FEW_VALUES:
        reason += " (whole numbers stay numbers, however few)"
    if whole and named:
        reason += "; by its name an identifier: if its values name groups of rows, say so"
    return Role.NUMERIC, reason + note


def _judge_booleans(truth: np.ndarray, words: str = "") -> Verdict:
    """Judge a column of truth values."""
    present = truth[~np.isnan(truth)]
    useless = _judge_variety(len(present), [str(bool(value)) for value in np.unique(present)])
    return (None, useless) if useless else (Role.BOOLEAN, f"true or false{words}")


def _judge_dates(days: np.ndarray, note: str = "") -> Verdict:
    """Judge a column of dates."""
    present = days[~np.isnan(days)]
    values = [str(np.datetime64(int(np.floor(day)), "D")) for day in np.unique(present)]
    useless = _judge_variety(len(present), values)
    if useless:
        return None, useless
    return Role.DATE, f"date, {values[0]} to {values[-1]}, as days since 1970-01-01{note}"


def _judge_text(name: str, column: pd.Series) -> Verdict:
    """Judge a column of text, or of values of several types."""
    texts = as_text(column)
    texts = texts[pd.notna(texts)]
    values = [str(value) for value in pd.unique(texts)]
    useless = _judge_variety(len(texts), values[:2])
    if useless:
        return None, useless
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _judge_categories(values, len(texts))
    present = pd.Series(texts, dtype=object)
    numbers = parse_numbers(present)
    if _mostly(numbers):
        note = _strays(texts, numbers, "numbers", "; stored as text")
        return _judge_numbers(name, numbers, note)
    truth = parse_booleans(present)
    if not np.isnan(truth).any():
        return _judge_booleans(truth, f", written {' or '.join(map(repr, sorted(values)))}")
    days = parse_dates(present)
    if _mostly(days):
        return _judge_dates(days, _strays(texts, days, "dates"))
    if all(AMBIGUOUS_DATE.fullmatch(value) for value in values):
        return None, f"dates like {values[0]} can be read in two ways; write 2021-12-31"
    return _judge_categories(values, len(texts))


def _judge_variety(n_present: int, values: list[str]) -> str:
    """Say why a column with these (first) values tells nothing, if so."""
    if n_present == 0:
        return "every value is missing"
    return f"one value only, {values[0]!r}" if len(values) == 1 else ""


def _judge_categories(values: list[str], n_rows: int) -> Verdict:
    """Judge text by how often its values come back."""
    if n_rows > 2 and len(values) >= NEARLY_ALL * n_rows:
        words = float(np.mean([len(value.split()) for value in values]))
        if words >= WORDS_OF_FREE_TEXT:
            return None, "free text"
        every = "every" if len(values) == n_rows else "nearly every"
        return None, f"{every} value is different, looks like an identifier"
    if len(values) > max(FEW_VALUES, min(n_rows / ROWS_PER_VALUE, MANY_VALUES)):
        return None, f"text with {len(values)} values in {n_rows} rows, too many for categories"
    return Role.CATEGORICAL, f"text, {len(values)} values"


def _mostly(parsed: np.ndarray) -> bool:
    """Say whether nearly all texts were read as what they were tried as."""
    return float(np.mean(~np.isnan(parsed))) >= MOSTLY


def _strays(texts: np.ndarray, parsed: np.ndarray, kind: str, otherwise: str = "") -> str:
    """Tell of the texts that are not like the rest."""
    strays = texts[np.isnan(parsed)]
    if not len(strays):
        return otherwise
    return f"; what are not {kind}, such as {strays[0]!r}, count as missing ({len(strays)})"
