"""Columns of a table as an over-sampler takes them, and its new values as cells of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api import types

from rarebit._common.frames import EXACT
from rarebit._common.wording import count
from rarebit.datasets import Role
from rarebit.datasets.columns.durations import FORMS, write_duration
from rarebit.datasets.columns.writing import find_date_form, find_style
from rarebit.datasets.spellings import Spelling
from rarebit.exceptions import InputError

SECONDS = 86_400


@dataclass
class Column:
    """A feature of a table: as it stands there, as it was read, and what it means.

    ``cells``: As in the file or the table of the user.
    ``typed``: As read: numbers where the file holds plain numbers. The same as ``cells`` in a table
        of the user.
    ``values``: Numbers, days since 1970-01-01, or categories; missing where there is none.
    """

    name: str
    role: Role
    spelling: Spelling
    cells: pd.Series
    typed: pd.Series
    values: pd.Series

    @property
    def gaps(self) -> pd.Series:
        """Which rows have no value; in a column of presence, none."""
        return self.values.isna() & (self.role != Role.PRESENCE)

    def impute(self) -> str:
        """Fill missing values with one that occurs in the column; say with what."""
        gaps, known = self.gaps, self.values[~self.gaps]
        if not len(known):
            raise InputError(
                f"The column {self.name!r} has no value at all: leave it out with `ignore`."
            )
        if self.role in (Role.NUMERIC, Role.DATE):
            # The lower of two middle values: one that occurs.
            row, what = known.sort_values(kind="stable").index[(len(known) - 1) // 2], "the median"
        else:
            row, what = known[known == known.mode().iloc[0]].index[0], "the most frequent value"
        is_table = self.typed is self.cells
        cell = self.cells[row]
        self.typed = _as_integers(self.typed.where(~gaps, self.typed[row]).infer_objects())
        self.cells = self.typed if is_table else self.cells.where(~gaps, cell)
        self.values = self.values.where(~gaps, self.values[row])
        if isinstance(cell, float | np.floating):
            shown = f"{cell:.10g}"
        else:
            shown = repr(cell) if is_table and isinstance(cell, str) else str(cell).strip()
        n_gaps = count(int(gaps.sum()), "missing value")
        return f"'{self.name}': {n_gaps} filled with {shown}, {what}."

    def for_sampler(self) -> tuple[pd.Series, Callable[[pd.Series], pd.Series]]:
        """Return the column as a sampler takes it, and what turns new values into cells."""
        if self.role == Role.NUMERIC:
            if _has_distances(self.typed):
                return self.typed, self._same if self.typed is self.cells else self._numbers
            return self.values, self._numbers
        if self.role == Role.DATE:
            if self.typed is self.cells and _has_distances(self.typed, dates=True):
                return self.typed, self._same
            unit = 1 if (self.values % 1 == 0).all() else SECONDS
            whole = (self.values * unit).round().astype("int64")
            return whole, lambda new: self._dates(new / unit)
        # Text, which no sampler takes for a number.
        return self.values.map(lambda value: f"={value}").astype(object), self._categories

    def _same(self, new: pd.Series) -> pd.Series:
        """Return new values of a typed column."""
        return new

    def _as_cells(self, texts: list[str]) -> pd.Series:
        """Return texts in the type of the cells."""
        column, dtype = pd.Series(texts, dtype=object), self.cells.dtype
        if isinstance(dtype, pd.CategoricalDtype):  # it has no such category
            return column
        return (column.astype("int64") if types.is_numeric_dtype(dtype) else column).astype(dtype)

    def _texts(self) -> list[str]:
        """Cells with a value, as text."""
        return self.cells[~self.values.isna()].astype(str).tolist()

    def _numbers(self, new: pd.Series) -> pd.Series:
        """Write numbers as those of the column."""
        if (form := self.spelling.unit) in FORMS:
            padded = any(text.strip("+- ").startswith("0") for text in self._texts())
            return self._as_cells([write_duration(day, form, padded=padded) for day in new])
        style = find_style(self._texts(), self.spelling)
        return self._as_cells([style.write(value) for value in new.tolist()])

    def _dates(self, new: pd.Series) -> pd.Series:
        """Write days as the dates of the column."""
        form = find_date_form(self._texts(), self.values[~self.values.isna()])
        return self._as_cells([form.write(day) for day in new])

    def _categories(self, new: pd.Series) -> pd.Series:
        """Return for each category the cell that most of its rows hold."""
        return self.cells.iloc[rows_of(self.cells, self.values, new.str[1:])]


def holds_codes(column: pd.Series) -> bool:
    """Tell whether a column of text holds digits such as 00501: no number lies between codes."""
    is_typed = types.is_numeric_dtype(column.dtype) or column.dtype.kind in "mM"
    return not is_typed and bool(column.astype(str).str.fullmatch(r" *0\d+ *").any())


def rows_of(cells: pd.Series, values: pd.Series, wanted: pd.Series) -> np.ndarray:
    """For each wanted value, the first row with the cell that most of its rows hold."""
    texts = (column.astype(object).map(str).to_numpy() for column in (values, cells))
    known = pd.DataFrame(dict(zip(("value", "cell"), texts, strict=True)))
    counted = known.groupby(["value", "cell"], sort=False).size().sort_values(kind="stable")
    common = dict(counted.index.tolist())
    first = known.drop_duplicates().reset_index().set_index(["value", "cell"])["index"]
    rows = {value: first[value, cell] for value, cell in common.items()}
    return wanted.map(str).map(rows).to_numpy(dtype=np.int64)


def _has_distances(column: pd.Series, *, dates: bool = False) -> bool:
    """Tell whether a column holds numbers (or, with ``dates``, dates), each in its own type."""
    dtype = column.dtype
    if dates or dtype.kind in "mM":
        return dtype.kind in "mM" or types.infer_dtype(column) == "date"
    is_number = types.is_numeric_dtype(dtype) and not types.is_bool_dtype(dtype)
    return is_number or types.infer_dtype(column) == "decimal"


def _as_integers(column: pd.Series) -> pd.Series:
    """Whole numbers as integers again: missing values alone had made them floats."""
    if column.dtype != "float64" or not (column % 1 == 0).all() or column.abs().max() >= EXACT:
        return column
    return column.astype("int64")
