"""Rows of Python values to a frame: a column of one kind of value gets the type of that kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd

from rarebit.datasets.columns.values import EXACT


def frame_of_rows(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Make a frame of rows; None is missing."""
    cells = zip(*rows, strict=True) if rows else ((),) * len(names)
    columns = [_column(list(column)) for column in cells]
    return pd.concat(columns, axis=1, keys=list(names))


def _column(cells: list[Any]) -> pd.Series:
    """Make a column of numbers, truth values or dates where all cells are of that kind."""
    kinds = {type(cell) for cell in cells if cell is not None}
    complete = None not in cells
    if kinds == {int} and all(-(2**63) <= cell < 2**63 for cell in cells if cell is not None):
        return pd.Series(cells, dtype="int64" if complete else "Int64")
    if kinds and kinds <= {int, float}:
        exact = all(abs(cell) < EXACT for cell in cells if isinstance(cell, int))
        return pd.Series(cells, dtype="float64" if exact else object)
    if kinds == {bool} and complete:
        return pd.Series(cells, dtype=bool)
    if kinds == {dt.timedelta}:
        return pd.Series(cells, dtype="timedelta64[us]")
    if kinds and kinds <= {dt.datetime, dt.date}:
        return pd.Series(pd.to_datetime(pd.Series(cells, dtype=object), errors="coerce"))
    return pd.Series(cells, dtype=object)
