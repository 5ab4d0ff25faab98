"""Columns of a frame, interpolated in their own type: no value passes through another one."""

from __future__ import annotations

import datetime as dt
import decimal
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from rarebit.over_sampling._synthesis import Mixture, between

# Digits in which decimal numbers are mixed, beyond those of the column.
SPARE_DIGITS = 30


def is_interpolated(column: pd.Series) -> bool:
    """Say whether a column holds numbers (truth values too), dates or durations."""
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype) or types.is_complex_dtype(dtype):
        return False
    if types.is_numeric_dtype(dtype) or dtype.kind in "mM":
        return True
    return types.infer_dtype(column) in ("decimal", "date")


def exact_values(column: pd.Series) -> np.ndarray:
    """Values of an interpolated column without missing ones: integers, floats or decimals."""
    kind = types.infer_dtype(column)
    if kind == "decimal":
        return column.to_numpy(dtype=object)
    if kind == "date":
        return np.array([day.toordinal() for day in column], dtype=np.int64)
    if column.dtype.kind in "mM":
        return column.astype("int64").to_numpy()
    return column.to_numpy()


def mix_column(column: pd.Series, mixture: Mixture) -> pd.Series:
    """Interpolate a column; the result has its dtype."""
    values = exact_values(column)
    parent, neighbor = values[mixture.parents], values[mixture.neighbors]
    new: Any
    if values.dtype == object:
        places = min(value.as_tuple().exponent for value in values)
        digits = max(value.adjusted() for value in values) - places + SPARE_DIGITS
        unit = decimal.Decimal((0, (1,), places))
        with decimal.localcontext(decimal.Context(prec=digits)):
            new = [
                (p + (n - p) * decimal.Decimal(w)).quantize(unit)
                for p, n, w in zip(parent, neighbor, mixture.weights.tolist(), strict=True)
            ]
    else:
        new = between(parent, neighbor, mixture.weights)
        if types.infer_dtype(column) == "date":
            new = [dt.date.fromordinal(day) for day in new.tolist()]
    is_object = isinstance(new, list)
    return pd.Series(new, dtype=object if is_object else None).astype(column.dtype)
