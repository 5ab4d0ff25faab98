"""Tables in memory: pandas, polars, Arrow, DuckDB and arrays, converted here and nowhere else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from importlib import import_module
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from narwhals.exceptions import DuplicateError

from rarebit._common.wording import closest, first_few
from rarebit.exceptions import InputError

# Whole numbers up to this are exact in float64.
EXACT = 2**53


def as_frame(X: Any) -> pd.DataFrame:
    """Convert any table to a pandas DataFrame whose column names are strings.

    Parameters
    ----------
    X : DataFrame, array-like or mapping of shape (n_rows, n_columns)
        A pandas or polars DataFrame, an Arrow table, a DuckDB relation, any other frame that
        narwhals reads, a NumPy array, a SciPy sparse matrix, a list of rows, or a mapping of names
        to columns.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        The same values with a fresh index 0, 1, ... Columns without names are called
        ``x0, x1, ...``; the levels of a pandas MultiIndex are joined by dots.

    Raises
    ------
    InputError
        If ``X`` does not have two dimensions, its columns or rows differ in length, or two columns
        share a name.

    Examples
    --------
    >>> import numpy as np
    >>> as_frame(np.eye(2)).columns.tolist()
    ['x0', 'x1']
    """
    X = as_pandas(X)
    if isinstance(X, pd.DataFrame):
        frame = X.copy(deep=False)
    elif isinstance(X, dict):
        frame = _frame_of_columns(X)
    else:
        values = _values(X)
        if values.ndim != 2:
            raise InputError(
                f"a table has rows and columns; this one has {values.ndim} dimension(s), "
                f"{values.shape=}. Reshape your data: X.reshape(-1, 1) if it is one feature, "
                "X.reshape(1, -1) if it is one row"
            )
        frame = pd.DataFrame(values, columns=[f"x{k}" for k in range(values.shape[1])])
    frame.columns = pd.Index([column_name(label) for label in frame.columns])
    repeated = [name for name, count in Counter(frame.columns).items() if count > 1]
    if repeated:
        raise InputError(f"the table has more than one column named {repeated[0]!r}")
    frame = frame.reset_index(drop=True)
    for name, column in frame.items():
        if is_binary(column):
            frame[str(name)] = pd.Series([*map(_decoded, column)], dtype=object)
    return frame


def is_binary(column: pd.Series) -> bool:
    """Tell whether cells hold bytes, which :func:`as_frame` leaves only where they are no text."""
    if column.dtype.kind != "O" or pd.api.types.infer_dtype(column) == "string":
        return False
    return any(isinstance(cell, bytes | bytearray) for cell in column)


def _decoded(cell: Any) -> Any:
    """Return bytes as the text that they hold in UTF-8, if any; other cells unchanged."""
    if not isinstance(cell, bytes | bytearray):
        return cell
    try:
        return cell.decode()
    except UnicodeDecodeError:
        return bytes(cell)  # a bytearray, as DuckDB returns it, cannot be counted


def column_name(label: Any) -> str:
    """Write the label of a column as text, the levels of a pandas MultiIndex joined by dots.

    >>> column_name(3), column_name(("out", "died")), column_name(("age", ""))
    ('3', 'out.died', 'age')
    """
    levels = label if isinstance(label, tuple) else (label,)
    return ".".join(text for level in levels if (text := str(level)))


def as_column_name(wanted: Any, frame: pd.DataFrame) -> Any:
    """Return the name of a column of ``as_frame``'s result; anything else unchanged.

    A number is the name of a column; so is a tuple, if the joined name occurs.
    """
    if isinstance(wanted, tuple):
        return name if (name := column_name(wanted)) in frame.columns else wanted
    is_label = wanted is not None and pd.api.types.is_scalar(wanted)
    return column_name(wanted) if is_label else wanted


def check_columns(frame: pd.DataFrame, names: Iterable[str], use: str = "") -> None:
    """Raise InputError if columns are not there; it names all that are missing, and their use."""
    missing = [name for name in names if name not in frame.columns]
    if not missing:
        return
    hint = closest(str(missing[0]), frame.columns) if len(missing) == 1 else ""
    if not hint:
        hint = f"; it has {first_few(map(repr, frame.columns), most=8)}"
    if frame.shape[1] == 1:
        hint += (
            ", one column only: separate columns by comma, semicolon, tab or |, or name another "
            "sheet (book.xlsx:sheet)"
        )
    what = f"{'column' if len(missing) == 1 else 'columns'} {', '.join(map(repr, missing))}"
    raise InputError(f"the table has no {what}{f' (for {use})' if use else ''}{hint}")


def as_pandas(data: Any) -> Any:
    """Convert a frame or a column of any library to pandas; return anything else unchanged.

    polars is read without pyarrow. A lazy frame or a DuckDB relation is computed.
    """
    if isinstance(data, pd.DataFrame | pd.Series):
        return data
    known = _in_narwhals(data)
    if isinstance(known, nw.LazyFrame):
        known = known.collect(None if known.implementation.is_polars() else "pandas")
    if isinstance(known, nw.DataFrame | nw.Series):
        if known.implementation.is_pandas_like():
            return known.to_pandas()
        if known.implementation.is_polars():
            return _pandas_of_polars(known)
        if isinstance(known, nw.DataFrame):
            long = {name: _long_integers(known[name]) for name in known.columns}
            columns = {name: column for name, column in long.items() if column is not None}
            return known.to_native().to_pandas().assign(**columns)
        data = known.to_native()
    return data.to_pandas() if hasattr(data, "to_pandas") else data


def collected(data: Any) -> Any:
    """Compute a polars LazyFrame; return anything else unchanged."""
    known = _in_narwhals(data)
    is_lazy = isinstance(known, nw.LazyFrame) and known.implementation.is_polars()
    return known.collect().to_native() if is_lazy else data


def with_rows_below(data: Any, result: Any) -> Any:
    """Return a frame or column of any library, with the further rows of a pandas result below it.

    ``result`` was computed from ``data``: it begins with the same rows, and may have more columns.
    The rows of ``data`` are not converted. An array, a pandas object or a DuckDB relation gives
    the result unchanged.
    """
    known = _in_narwhals(data)
    if not isinstance(known, nw.DataFrame | nw.Series):
        return result
    if known.implementation.is_polars():
        extend, library = _polars_column, import_module("polars").DataFrame
    elif known.implementation.is_pyarrow():
        extend, library = _arrow_column, import_module("pyarrow").table
    else:
        return result
    if isinstance(known, nw.Series):
        return extend(data, pd.Series(result, name=known.name))
    return library(
        {
            name: extend(data[name] if name in known.columns else None, result[name])
            for name in result
        }
    )


def _in_narwhals(data: Any) -> Any:
    """Return a frame or a column as narwhals sees it, anything else unchanged."""
    try:
        return nw.from_native(data, pass_through=True, allow_series=True)
    except DuplicateError:  # as_frame names the column
        return data


def _pandas_of_polars(known: nw.DataFrame[Any] | nw.Series[Any]) -> pd.DataFrame | pd.Series:
    """Convert a polars frame or column by way of NumPy: its own ``to_pandas`` needs pyarrow."""
    if isinstance(known, nw.Series):
        return _pandas_column(known)
    return pd.DataFrame({name: _pandas_column(known[name]) for name in known.columns})


def _long_integers(column: nw.Series[Any]) -> Any:
    """Integers beside missing values that float64 would alter, as nullable ones; else None."""
    if not (column.dtype.is_integer() and column.null_count()):
        return None
    ends = [end for end in (column.min(), column.max()) if end is not None]
    if max(map(abs, ends), default=0) <= EXACT:
        return None
    is_unsigned, values = column.dtype.is_unsigned_integer(), column.to_list()
    return pd.array(values, dtype="UInt64") if is_unsigned else pd.array(values, dtype="Int64")


def _pandas_column(column: nw.Series[Any]) -> pd.Series:
    """Convert a polars column."""
    dtype, name = column.dtype, column.name
    if (long := _long_integers(column)) is not None:
        return pd.Series(long, name=name)
    if isinstance(dtype, nw.Categorical | nw.Enum):
        return pd.Series(pd.Categorical(column.to_list()), name=name)
    if isinstance(dtype, nw.Datetime) and dtype.time_zone:
        moments: Any = pd.Series(column.to_numpy(), name=name)  # in UTC, without a time zone
        return moments.dt.tz_localize("UTC").dt.tz_convert(dtype.time_zone)
    if dtype.is_nested() or isinstance(dtype, nw.Int128 | nw.UInt128):
        return pd.Series(column.to_list(), name=name, dtype=object)
    return pd.Series(column.to_numpy(), name=name)


def _polars_column(above: Any, column: pd.Series) -> Any:
    """Convert the rows of a pandas column below those of a polars Series, or all if it is None."""
    polars, name = import_module("polars"), column.name
    if above is None:
        return polars.Series(name, _with_none(column))
    if isinstance(above.dtype, polars.Categorical):  # its categories may be others below
        return polars.Series(name, _with_none(column)).cast(above.dtype)
    below: Any = column.iloc[len(above) :]
    if below.dtype.kind == "M" and below.dt.tz is not None:
        below = below.dt.tz_convert("UTC").dt.tz_localize(None)
    if below.dtype == "datetime64[s]":  # polars has no seconds
        below = below.dt.as_unit("ms")
    plain = below.dtype.kind in "mM" or (below.dtype.kind in "biuf" and not below.hasnans)
    values = below.to_numpy() if plain else _with_none(below)
    return polars.concat([above, polars.Series(name, values, strict=False).cast(above.dtype)])


def _arrow_column(above: Any, column: pd.Series) -> Any:
    """Convert the rows of a pandas column below those of an Arrow column, or all if it is None."""
    pyarrow = import_module("pyarrow")
    if above is None:
        return pyarrow.chunked_array([pyarrow.array(_with_none(column))])
    below = pyarrow.array(_with_none(column.iloc[len(above) :]), type=above.type)
    return pyarrow.chunked_array([*above.chunks, below], type=above.type)


def _with_none(column: pd.Series) -> list[Any]:
    """Return the values of a column as Python objects, None where missing."""
    return column.astype(object).where(column.notna(), None).tolist()


def _frame_of_columns(columns: dict[Any, Any]) -> pd.DataFrame:
    """Put columns side by side, or name the first one of another length."""
    lengths: dict[str, int] = {}
    for name, values in columns.items():
        shape = getattr(values, "shape", (len(values),) if isinstance(values, list | tuple) else ())
        if len(shape) > 1:
            raise InputError(
                f"column {str(name)!r} of the table has shape {shape}; give one value per row"
            )
        if shape:
            lengths[str(name)] = shape[0]
    if len(set(lengths.values())) > 1:
        first, *others = lengths.items()
        other = next(pair for pair in others if pair[1] != first[1])
        raise InputError(
            f"the columns of the table differ in length: {first[0]!r} has {first[1]} values, "
            f"{other[0]!r} has {other[1]}"
        )
    try:
        return pd.DataFrame(columns)
    except ValueError as error:
        raise InputError(f"the table cannot be made of these columns: {error}") from None


def _values(X: Any) -> np.ndarray:
    """Convert rows to an array."""
    if hasattr(X, "toarray"):
        dense: np.ndarray = X.toarray()
        return dense
    try:
        return np.asarray(X)
    except ValueError:
        raise InputError(
            "the rows of the table differ in length; give every row the same number of values"
        ) from None
