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
        If ``X`` has not two dimensions, or two columns of one name.

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
        frame = pd.DataFrame(X)
    else:
        values = np.asarray(X) if not hasattr(X, "toarray") else X.toarray()
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
