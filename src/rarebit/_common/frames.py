"""Tables in memory: pandas, polars, anything with rows and columns, as one DataFrame."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from rarebit.exceptions import InputError


def as_frame(X: Any) -> pd.DataFrame:
    """Give any table as a pandas DataFrame with text for column names.

    Parameters
    ----------
    X : DataFrame, array-like or mapping of shape (n_rows, n_columns)
        A pandas or polars DataFrame, a NumPy array, a list of rows, a mapping of names to
        columns, or whatever has a ``to_pandas`` method.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns)
        The same values under an index that counts the rows. Columns without names are called
        ``x0, x1, ...``.

    Raises
    ------
    InputError
        If ``X`` has not two dimensions, columns or rows of one length, or two columns of one name.

    Examples
    --------
    >>> import numpy as np
    >>> as_frame(np.eye(2)).columns.tolist()
    ['x0', 'x1']
    """
    if isinstance(X, pd.DataFrame):
        frame = X.copy(deep=False)
    elif hasattr(X, "get_columns") and hasattr(X, "to_dict"):
        # polars: its to_pandas needs pyarrow, its columns do not.
        frame = pd.DataFrame({name: column.to_numpy() for name, column in X.to_dict().items()})
    elif hasattr(X, "to_pandas"):
        frame = pd.DataFrame(X.to_pandas())
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
    frame.columns = pd.Index([str(name) for name in frame.columns])
    repeated = [name for name, count in Counter(frame.columns).items() if count > 1]
    if repeated:
        raise InputError(f"the table has more than one column named {repeated[0]!r}")
    return frame.reset_index(drop=True)


def _frame_of_columns(columns: dict[Any, Any]) -> pd.DataFrame:
    """Put columns side by side, or say which is not like the others."""
    lengths: dict[str, int] = {}
    for name, values in columns.items():
        shape = getattr(values, "shape", (len(values),) if isinstance(values, list | tuple) else ())
        if len(shape) > 1:
            raise InputError(
                f"column {str(name)!r} of the table has shape {shape}; give one value a row"
            )
        if shape:
            lengths[str(name)] = shape[0]
    if len(set(lengths.values())) > 1:
        first, *others = lengths.items()
        other = next(pair for pair in others if pair[1] != first[1])
        raise InputError(
            f"the columns of the table are not of one length: {first[0]!r} has {first[1]} values, "
            f"{other[0]!r} has {other[1]}"
        )
    try:
        return pd.DataFrame(columns)
    except ValueError as error:
        raise InputError(f"the table cannot be made of these columns: {error}") from None


def _values(X: Any) -> np.ndarray:
    """Give rows as an array."""
    if hasattr(X, "toarray"):
        dense: np.ndarray = X.toarray()
        return dense
    try:
        return np.asarray(X)
    except ValueError:
        raise InputError(
            "the rows of the table are not of one length; give every row as many values"
        ) from None
