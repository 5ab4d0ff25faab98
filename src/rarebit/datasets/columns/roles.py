"""What each column of a table is used as: number, truth value, category, date, or dropped.

The roles are found once, on the training table, and without the target.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from pandas.api import types

from rarebit._common.frames import as_frame
from rarebit.datasets._dataset import ColumnReport, Role
from rarebit.datasets.columns.values import as_text, parse_booleans, parse_dates, parse_numbers
from rarebit.datasets.spellings import AMBIGUOUS_DATE

# Text with at most this many values is categorical ...
FEW_VALUES = 20
# ... and with more, if each is in this many rows on average, up to this many values.
ROWS_PER_VALUE = 10
MANY_VALUES = 1000
# Text with at least this share of distinct values names rows; it does not describe them.
NEARLY_ALL = 0.9
# Text of which at least this share are numbers (or dates) is read as such, with stray words.
MOSTLY = 0.95
WORDS_OF_FREE_TEXT = 3
IDENTIFIER_NAME = re.compile(r"((?i:(^|[_\W])(id|uuid|guid|key|index|rownum|row))|[a-z]I[Dd])$")

# The role of a column, None if it is dropped, and the reason.
Verdict = tuple[Role | None, str]


def infer_columns(frame: pd.DataFrame) -> tuple[dict[str, Role], list[ColumnReport]]:
    """Decide what each column of a table is used as.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Feature columns, values as read.

    Returns
    -------
    roles : dict of str to Role
        Role of each column that is used, in the order of the table.
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


def _judge(name: str, column: pd.Series) -> Verdict:
    """Find the role of one column, None if it is dropped, and the reason."""
    if types.is_bool_dtype(column.dtype):
        return _judge_booleans(parse_booleans(column))
    if types.is_datetime64_any_dtype(column.dtype):
        return _judge_dates(parse_dates(column))
    if types.is_complex_dtype(column.dtype):
        return None, "complex numbers; give their real and imaginary parts as columns"
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
        reason += " (integers are read as numbers)"
    if whole and named:
        reason += "; named like an identifier: if its values mark groups of rows, use it as groups"
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
    """Return why a column with these first values is useless, empty if it is not."""
    if n_present == 0:
        return "every value is missing"
    return f"one value only, {values[0]!r}" if len(values) == 1 else ""


def _judge_categories(values: list[str], n_rows: int) -> Verdict:
    """Judge text by how often its values repeat."""
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
    """Tell whether nearly all texts could be parsed."""
    return float(np.mean(~np.isnan(parsed))) >= MOSTLY


def _strays(texts: np.ndarray, parsed: np.ndarray, kind: str, otherwise: str = "") -> str:
    """Return a note on the texts that could not be parsed."""
    strays = texts[np.isnan(parsed)]
    if not len(strays):
        return otherwise
    return f"; what are not {kind}, such as {strays[0]!r}, count as missing ({len(strays)})"
