"""Tables as read, turned into the values that a model takes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from rarebit._common.frames import as_frame
from rarebit._common.parameters import LARGEST
from rarebit._common.wording import closest, shortened
from rarebit.datasets._dataset import Role
from rarebit.datasets.columns.values import (
    parse_booleans,
    parse_categories,
    parse_dates,
    parse_numbers,
)
from rarebit.exceptions import InputError


def _bounded_numbers(column: pd.Series) -> np.ndarray:
    """Read numbers, cut to where their squares and float32 copies do not overflow."""
    return np.clip(parse_numbers(column), -LARGEST, LARGEST)


CONVERTERS: dict[Role, Callable[[pd.Series], np.ndarray]] = {
    Role.NUMERIC: _bounded_numbers,
    Role.BOOLEAN: parse_booleans,
    Role.DATE: parse_dates,
    Role.CATEGORICAL: parse_categories,
}


def clean_values(frame: pd.DataFrame, roles: dict[str, Role]) -> pd.DataFrame:
    """Turn the cells of a table, as read, into the values that a model takes.

    Each cell is converted on its own, without other rows or the target. New rows are therefore
    converted like the training rows, whatever types their file gives to the columns.

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
    for name in roles:
        if name not in frame.columns:
            raise InputError(f"the table has no column {name!r}{closest(name, frame.columns)}")
    values = {name: CONVERTERS[role](frame[name]) for name, role in roles.items()}
    columns = {name: pd.Series(column, dtype=column.dtype) for name, column in values.items()}
    cleaned = pd.DataFrame(columns, index=frame.index, columns=list(roles))
    return cleaned if index is None else cleaned.set_axis(index, axis=0)
