"""What each column of a table is used as: number, truth value, category, date, or dropped.

The roles are found once, on the training table, and without the target.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pandas.api import types

from rarebit._common.wording import count, listed
from rarebit.datasets._dataset import Role
from rarebit.datasets.columns.dates import (
    begin_with_a_day,
    compact_days,
    is_ambiguous,
    read_date,
    read_dates,
    serial_notes,
    why_unread,
    with_serials,
    year_notes,
)
from rarebit.datasets.columns.number_marks import NumberMarks
from rarebit.datasets.columns.number_notes import number_notes, why_no_numbers
from rarebit.datasets.columns.numbers import parse_distinct
from rarebit.datasets.columns.survey import Texts
from rarebit.datasets.columns.values import (
    EXACT,
    PLAIN,
    parse_booleans,
    parse_dates,
    parse_numbers,
    truth_of,
)
from rarebit.datasets.spellings import (
    PLACEHOLDERS,
    SENTINEL_DATES,
    ZERO_DATE,
    Spelling,
)

# Text with at most this many values is categorical ...
FEW_VALUES = 20
# ... and with more, if each is in this many rows on average, up to this many values.
ROWS_PER_VALUE = 10
MANY_VALUES = 1000
# Text with at least this share of distinct values names rows; it does not describe them.
NEARLY_ALL = 0.9
# Text of which at least this share are numbers (or dates) is read as such, with stray words.
MOSTLY = 0.95
# As many spellings may stand for a missing number; they make up this share of what is no number.
MOST_PLACEHOLDERS = 3
WORDS_OF_FREE_TEXT = 3
IDENTIFIER_NAME = re.compile(r"((?i:(^|[_\W])(id|uuid|guid|key|index|rownum|row))|[a-z]I[Dd])$")
# Numbers such as 20200826 are dates if the name says so, or there are as many of them.
DATE_NAME = re.compile(r"(?i)date|datum|fecha|day|birth|dob|time|(^|_)(dt|on|at)$")
FEW_DATES = 10
_DIGITS = re.compile(r"\d+")
# Digits with marks that are read as no number
_MARKED = re.compile(r"(?=.*[^\d\s])[^\w\s]*\d[\d.,' ]*[^\w\s]*")


@dataclass(frozen=True)
class Verdict:
    """The role of a column, None if it is dropped, and why."""

    role: Role | None
    reason: str
    # How its cells are written, what users should know of how they were read, and other remarks
    spelling: Spelling = PLAIN
    said: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def whole_reason(self) -> str:
        """The reason, with what is said of the cells."""
        return "; ".join((self.reason, *self.remarks, *self.said))


def judge_typed(name: str, column: pd.Series) -> Verdict:
    """Find the role of a column of numbers, truth values or dates."""
    if types.is_bool_dtype(column.dtype):
        truth = parse_booleans(column)
        present = truth[~np.isnan(truth)]
        useless = _variety(
            [str(bool(value)) for value in np.unique(present)], len(present), len(truth)
        )
        return useless or Verdict(Role.BOOLEAN, "true or false")
    if types.is_datetime64_any_dtype(column.dtype):
        return _judge_dates(parse_dates(column), PLAIN)
    if types.is_complex_dtype(column.dtype):
        return Verdict(None, "complex numbers; give their real and imaginary parts as columns")
    numbers = parse_numbers(column)
    infinite = int(column.notna().sum() - np.isfinite(numbers).sum())
    said = (f"infinite values count as missing ({infinite})",) if infinite else ()
    if types.is_integer_dtype(column.dtype) and np.nanmax(np.abs(numbers), initial=0) >= EXACT:
        # float64 would take long numbers that differ in the last digits for the same
        texts = Texts.of(column)
        named = _judge_categories(name, [*texts.values], len(column))
        if named.role or "identifier" in named.reason:
            return named
    return _judge_numbers(name, numbers, said=said)


def judge_text(
    name: str, texts: Texts, spelling: Spelling, marks: NumberMarks | None, dated: bool
) -> Verdict:
    """Find the role of a column of text, or of values of several types.

    ``marks`` are None where most cells are no numbers, and ``dated`` tells whether most are dates.
    """
    values, counts = texts.values, texts.counts
    useless = _variety([*values[:2]], int(counts.sum()), len(texts.codes))
    if useless:
        return useless
    verdict = None if marks is None else _as_numbers(name, texts, spelling, marks)
    if verdict is None and dated:
        verdict = _as_dates(texts, spelling)
    if verdict := verdict or _as_booleans(texts):
        return verdict
    verdict = _judge_categories(name, [*values], int(counts.sum()))
    if marks is not None and (why := why_no_numbers(texts, marks)):
        if verdict.role is None:
            return replace(verdict, reason=why)
        if len(values) >= FEW_VALUES:  # fewer could be codes such as 1A and 2B
            verdict = replace(verdict, said=(f"read as text: {why}",))
    if dated:
        unread = values[np.isnan(read_dates(values, spelling))][0]
        verdict = replace(verdict, remarks=(why_unread(unread),))
    return verdict


def _as_booleans(texts: Texts) -> Verdict | None:
    """Judge a column of text as truth values, None if some cells are none."""
    values = texts.values
    if len(values) > FEW_VALUES or np.isnan(truth := parse_distinct(values, truth_of)).any():
        return None
    if len(np.unique(truth)) == 1:
        return _variety([values[0]], int(texts.counts.sum()), len(texts.codes))
    written = " or ".join(map(repr, sorted(values)))
    return Verdict(Role.BOOLEAN, f"true or false, written {written}")


def judge_categories(name: str, texts: Texts) -> Verdict:
    """Judge a column of categories, whatever their names look like."""
    n_rows = int(texts.counts.sum())
    useless = _variety([*texts.values[:2]], n_rows, len(texts.codes))
    return useless or _judge_categories(name, [*texts.values], n_rows)


# --- numbers --------------------------------------------------------------------------------------


def _as_numbers(name: str, texts: Texts, spelling: Spelling, marks: NumberMarks) -> Verdict | None:
    """Judge a column of text as numbers, None if most of its cells are none."""
    values, counts = texts.values, texts.counts
    numbers = texts.numbers(spelling)
    numbers[np.isinf(numbers)] = np.nan
    strays = np.isnan(numbers)
    missing, lost, n_numbers, n_lost = _split(texts, numbers)
    if 2 * marks.limits > n_numbers:
        return None  # such as <=50K and >50K
    if lost.any() and len(np.unique(numbers[~strays])) < 2:
        return None
    if not n_numbers or n_numbers < MOSTLY * (n_numbers + n_lost):
        return None
    if _are_codes(values[~strays]):
        named = _judge_categories(name, [*values], int(counts.sum()))
        if named.role is Role.CATEGORICAL or not _is_one_stray(values[~strays]):
            return replace(named, reason=f"{named.reason}; digits that are a code")
    spelling = replace(spelling, missing=tuple(missing))
    noted, unit_remarks = number_notes(texts, spelling, marks)
    said = (
        *missing_notes(texts.rows_of(missing)),
        *_strays(texts, lost, "numbers"),
        *noted,
    )
    comma = spelling.decimal == "," and marks.settled[","]
    remarks = (*unit_remarks, *(("written with a decimal comma",) if comma else ()))
    whole = np.append(numbers, np.nan)[texts.codes]
    verdict = _judge_numbers(name, whole, spelling, said)
    return replace(verdict, remarks=remarks or (() if said else ("stored as text",)))


def _judge_numbers(
    name: str, numbers: np.ndarray, spelling: Spelling = PLAIN, said: tuple[str, ...] = ()
) -> Verdict:
    """Judge a column of numbers."""
    present = numbers[~np.isnan(numbers)]
    values = np.unique(present)
    useless = _variety([f"{value:g}" for value in values[:2]], len(present), len(numbers))
    if useless:
        return replace(useless, spelling=spelling, said=said)
    whole = bool(np.all(values == np.round(values)))
    named = IDENTIFIER_NAME.search(name) is not None
    if whole and len(values) == len(numbers) > 2:
        if named:
            return Verdict(None, "every value is different, looks like an identifier")
        if len(values) >= FEW_VALUES and np.all(np.diff(numbers) == 1):
            return Verdict(None, "counts the rows")
    if whole and values[0] >= 1900_01_01 and values[-1] <= 2100_12_31:
        days = compact_days(values)
        enough = len(values) >= (2 if DATE_NAME.search(name) else FEW_DATES)
        if enough and not np.isnan(days).any():
            first, last = (f"{value:.0f}" for value in (values[0], values[-1]))
            reason = f"date, {first} to {last}, as days since 1970-01-01"
            return Verdict(Role.DATE, reason, spelling, said)
    if whole and len(values) > 1 and DATE_NAME.search(name) and begin_with_a_day(values):
        said = (*said, f"{values[-1]:.0f} is read as a number; if it is a date, write 2021-12-31")
    reason = f"{len(values):,} different numbers"
    if whole and len(values) <= FEW_VALUES:
        reason += " (integers are read as numbers)"
    if whole and named:
        reason += "; named like an identifier: if its values mark groups of rows, use it as groups"
    return Verdict(Role.NUMERIC, reason, spelling, said)


def _are_codes(values: np.ndarray) -> bool:
    """Tell whether all texts are digits, with leading zeros or too long for a number."""
    return all(map(_DIGITS.fullmatch, values)) and (_n_padded(values) > 0 or _are_long(values))


def _n_padded(values: np.ndarray) -> int:
    """Count numbers of three digits or more with leading zeros."""
    return sum(len(value) > 2 and value[0] == "0" for value in values)


def _is_one_stray(values: np.ndarray) -> bool:
    """Tell whether hardly any digits have leading zeros, among numbers of different lengths."""
    few = _n_padded(values) < (1 - MOSTLY) * len(values)
    return few and len(set(map(len, values))) > 1 and not _are_long(values)


def _are_long(values: np.ndarray) -> bool:
    """Tell whether some texts are numbers that float64 cannot tell apart."""
    return any(len(value) > 15 and _DIGITS.fullmatch(value) for value in values)


# --- dates ----------------------------------------------------------------------------------------


def _as_dates(texts: Texts, spelling: Spelling) -> Verdict | None:
    """Judge a column of text as dates, None if most of its cells are none."""
    values, counts = texts.values, texts.counts
    spelling = with_serials(spelling, values)
    days = read_dates(values, spelling)
    missing, lost, n_dates, n_lost = _split(texts, days)
    ordered = np.array([is_ambiguous(value) for value in values[lost]], dtype=bool)
    n_open = 0 if spelling.date_order else int(counts[lost][ordered].sum())
    if 2 * n_open > n_lost and n_dates + n_open >= MOSTLY * (n_dates + n_lost):
        example = values[lost][ordered][0]
        return Verdict(None, f"dates like {example} can be read in two ways; write 2021-12-31")
    if not n_dates or n_dates < MOSTLY * (n_dates + n_lost):
        return None
    sentinels = _sentinels(values, days)
    days = np.where(np.isin(values, sentinels), np.nan, days)
    spelling = replace(spelling, missing=(*missing, *sentinels))
    said = (
        *missing_notes(texts.rows_of(spelling.missing)),
        *_strays(texts, lost, "dates"),
        *year_notes(spelling, days),
        *(serial_notes(values, counts) if spelling.serials else ()),
    )
    whole = np.append(days, np.nan)[texts.codes]
    return _judge_dates(whole, spelling, said)


def _judge_dates(days: np.ndarray, spelling: Spelling, said: tuple[str, ...] = ()) -> Verdict:
    """Judge a column of dates."""
    present = days[~np.isnan(days)]
    values = [str(np.datetime64(int(np.floor(day)), "D")) for day in np.unique(present)]
    marks = (
        [] if spelling.missing else _sentinels(np.array(values, dtype=object), np.unique(present))
    )
    if marks:
        whole = np.floor(days)
        rows = {mark: int((whole == read_date(mark, "")).sum()) for mark in marks}
        gone = np.isin(whole, [read_date(mark, "") for mark in marks])
        days = np.where(gone, np.nan, days)
        spelling = replace(spelling, missing=tuple(marks))
        return _judge_dates(days, spelling, (*said, *missing_notes(rows)))
    useless = _variety(values, len(present), len(days))
    if useless:
        return replace(useless, spelling=spelling, said=said)
    reason = f"date, {values[0]} to {values[-1]}, as days since 1970-01-01"
    return Verdict(Role.DATE, reason, spelling, said)


def _sentinels(values: np.ndarray, days: np.ndarray) -> list[str]:
    """Find dates that stand for "no date": known ones, far from all others."""
    found: list[str] = []
    for mark in SENTINEL_DATES:
        day = read_date(mark, "")
        at = np.floor(days) == day
        rest = days[~np.isnan(days) & ~at & ~np.isin(values, found)]
        if at.any() and len(rest) and np.abs(rest - day).min() > max(np.ptp(rest), 365):
            found += [*values[at]]
    return found


# --- text -----------------------------------------------------------------------------------------


def _judge_categories(name: str, values: list[str], n_rows: int) -> Verdict:
    """Judge text by how often its values repeat."""
    if n_rows > 2 and len(values) >= NEARLY_ALL * n_rows:
        words = float(np.mean([len(value.split()) for value in values]))
        if words >= WORDS_OF_FREE_TEXT:
            return Verdict(None, "free text")
        every = "every" if len(values) == n_rows else "nearly every"
        but = (
            f"; if they are numbers, write 1234.5, not {marked!r}"
            if (marked := next(filter(_MARKED.fullmatch, values), ""))
            else ""
        )
        return Verdict(None, f"{every} value is different, looks like an identifier{but}")
    if len(values) > max(FEW_VALUES, min(n_rows / ROWS_PER_VALUE, MANY_VALUES)):
        found = f"text with {len(values):,} values in {n_rows:,} rows"
        if IDENTIFIER_NAME.search(name):
            return Verdict(None, f"{found}, named like an identifier")
        return Verdict(Role.TEXT, f"{found}: used through their classes, where that helps")
    return Verdict(Role.CATEGORICAL, f"text, {len(values):,} values")


def _variety(values: list[str], n_present: int, n_cells: int) -> Verdict | None:
    """Judge a column by its first values: useless, present or missing, or None for neither."""
    if not n_present:
        return Verdict(None, "every value is missing")
    if len(values) > 1:
        return None
    if n_present == n_cells:
        return Verdict(None, f"one value only, {values[0]!r}")
    return Verdict(
        Role.PRESENCE,
        f"present or missing: one value, {values[0]!r}, in {n_present} of {n_cells} rows",
    )


def _split(texts: Texts, found: np.ndarray) -> tuple[list[str], np.ndarray, int, int]:
    """Sort texts, some read as numbers or days, by what they are.

    Returns those that mean missing, which others could not be read, and the numbers of cells read
    and not read.
    """
    strays = np.isnan(found)
    missing = _placeholders(texts, strays, len(np.unique(found[~strays])))
    lost = strays & ~np.isin(texts.values, missing)
    return missing, lost, int(texts.counts[~strays].sum()), int(texts.counts[lost].sum())


def _placeholders(texts: Texts, strays: np.ndarray, n_distinct: int) -> list[str]:
    """Find what stands for missing: known words, and the few that make up most of the strays."""
    values, counts = texts.values[strays], texts.counts[strays]
    order = np.argsort(-counts, kind="stable")
    values, counts = values[order], counts[order]
    known = np.array([_is_placeholder(value) for value in values], dtype=bool)
    likely = known | ((np.arange(len(values)) < MOST_PLACEHOLDERS) & (counts > 1))
    if n_distinct > FEW_VALUES and counts[likely].sum() >= NEARLY_ALL * counts.sum():
        known = likely
    return [*values[known]]


def _is_placeholder(text: str) -> bool:
    """Tell whether a text stands for missing wherever numbers or dates are expected."""
    return text.lower() in PLACEHOLDERS or ZERO_DATE.fullmatch(text) is not None


def missing_notes(rows: Mapping[str, int]) -> tuple[str, ...]:
    """Say which texts mean missing in this column, and how many cells hold each."""
    if not rows:
        return ()
    if len(rows) == 1:
        [(text, n_rows)] = rows.items()
        return (f"'{text}' counts as missing ({count(n_rows, 'cell')})",)
    counted = (f"'{text}' ({count(n_rows, 'cell')})" for text, n_rows in rows.items())
    return (f"{listed(counted)} count as missing",)


def _strays(texts: Texts, lost: np.ndarray, kind: str) -> tuple[str, ...]:
    """Say which texts could not be read."""
    if not lost.any():
        return ()
    return (stray_note(texts.values[lost][0], int(texts.counts[lost].sum()), kind),)


def stray_note(example: str, n_lost: int, kind: str) -> str:
    """Say that cells could not be read."""
    return f"cells that are not {kind}, such as {example!r}, count as missing ({n_lost})"
