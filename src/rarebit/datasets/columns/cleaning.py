"""Tables as read, turned into the values that a model takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from rarebit._common.frames import as_frame, check_columns
from rarebit._common.parameters import LARGEST
from rarebit._common.wording import shortened
from rarebit.datasets._dataset import Role
from rarebit.datasets.columns.survey import find_spellings
from rarebit.datasets.columns.values import (
    PLAIN,
    as_text,
    is_typed,
    parse_booleans,
    parse_categories,
    parse_dates,
    parse_numbers,
    parse_presence,
    without,
)
from rarebit.datasets.spellings import Spelling
from rarebit.exceptions import InputError


def _numbers(column: pd.Series, spelling: Spelling) -> np.ndarray:
    """Read numbers, cut to where their squares and float32 copies do not overflow."""
    return np.clip(parse_numbers(column, spelling), -LARGEST, LARGEST)


CONVERTERS: dict[Role, Callable[[pd.Series, Spelling], np.ndarray]] = {
    Role.NUMERIC: _numbers,
    Role.BOOLEAN: lambda column, _: parse_booleans(column),
    Role.DATE: parse_dates,
    Role.CATEGORICAL: lambda column, _: parse_categories(column),
    Role.PRESENCE: parse_presence,
    Role.TEXT: lambda column, _: parse_categories(column),
}


def values_as_read(
    frame: pd.DataFrame, roles: Mapping[str, Role], spellings: Mapping[str, Spelling]
) -> pd.DataFrame:
    """Return the columns with roles; text as what it was read as, other types as they are."""
    columns = {
        name: frame[name] if is_typed(frame[name]) else _as_read(frame[name], role, spellings[name])
        for name, role in roles.items()
    }
    return pd.DataFrame(columns, index=frame.index, columns=list(roles))


def _as_read(column: pd.Series, role: Role, spelling: Spelling) -> pd.Series | np.ndarray:
    """Return a column of text as numbers, dates, truth values or stripped text."""
    if role in (Role.CATEGORICAL, Role.TEXT, Role.PRESENCE):
        if isinstance(column.dtype, pd.CategoricalDtype):
            return column
        texts = without(as_text(column), spelling.missing)
        return pd.Series(texts, column.index, dtype=object)
    values = CONVERTERS[role](column, spelling)
    if role == Role.DATE:
        micros = np.where(np.isnan(values), np.iinfo(np.int64).min, values * 86_400_000_000)
        return micros.round().astype(np.int64).view("datetime64[us]")
    return values


def clean_values(
    frame: pd.DataFrame,
    roles: dict[str, Role],
    spellings: Mapping[str, Spelling] | None = None,
) -> pd.DataFrame:
    """Turn the cells of a table, as read, into the values that a model takes.

    Given spellings, each cell is converted on its own, without other rows or the target. New rows
    are therefore converted like the training rows, whatever types their file gives to the columns.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        A table with at least the columns of ``roles``; others are ignored.
    roles : dict of str to Role
        What each column is used as.
    spellings : mapping of str to Spelling, default=None
        How the columns of text are written, as in ``Dataset.spellings``; None to find out from the
        table itself.

    Returns
    -------
    DataFrame of shape (n_rows, len(roles))
        Numbers and truth values as float64 with nan where missing, dates as float64 days since
        1970-01-01, presence as 1 or 0, categories as text (object) with None where missing. A cell
        that does not fit the role of its column counts as missing.

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
            f"roles is {shortened(repr(roles))}: give a dict of column names to roles, such as "
            "infer_columns returns"
        )
    check_columns(frame, roles)
    if spellings is None:
        spellings = find_spellings(frame, roles)
    values = {
        name: CONVERTERS[role](frame[name], spellings.get(name, PLAIN))
        for name, role in roles.items()
    }
    columns = {name: pd.Series(column, dtype=column.dtype) for name, column in values.items()}
    cleaned = pd.DataFrame(columns, index=frame.index, columns=list(roles))
    return cleaned if index is None else cleaned.set_axis(index, axis=0)
