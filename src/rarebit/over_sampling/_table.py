"""Tables split into numeric columns and category codes, and put together again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types
from scipy import sparse

from rarebit.exceptions import InputError
from rarebit.over_sampling._columns import exact_values, is_interpolated, mix_column
from rarebit.over_sampling._synthesis import Mixture, mix

KEPT_NUMBERS = (
    "Read-outs can be kept beside numeric features only: leave the other columns out, or put a "
    "QuantumFeatureMap on the numeric columns afterwards."
)


@dataclass(frozen=True)
class Table:
    """A table split into columns that are interpolated and columns that are not.

    ``original``: The table as validated.
    ``frame``: The same with a type for each column; None where all columns share one.
    ``numeric`` (n_rows, n_numeric): Columns to interpolate, as the encoder takes them.
    ``codes`` (n_rows, n_categorical): Number of the category of each row, for each such column.
    ``categorical``: Positions of the categorical columns.
    ``names``: Names of the numeric columns.
    """

    original: Any
    frame: pd.DataFrame | None
    numeric: Any
    codes: np.ndarray
    categorical: np.ndarray
    names: list[str]

    def extended(self, mixture: Mixture, codes: np.ndarray) -> Any:
        """Return the original with new rows below it, in its own container and dtypes."""
        if self.frame is not None:
            below = self._below(self.frame, mixture, codes)
            if isinstance(self.original, pd.DataFrame):
                return pd.concat([self.original, below], ignore_index=True)
            return np.concatenate([self.original, below.to_numpy(self.original.dtype.type)])
        if is_sparse(self.original):
            new = mix(self.numeric, mixture).astype(self.original.dtype)
            return sparse.vstack([self.original, new], format=self.original.format)
        n_rows, n_columns = self.original.shape
        both = np.empty((n_rows + len(mixture.parents), n_columns), dtype=self.original.dtype)
        both[:n_rows] = self.original
        mix(self.numeric, mixture, out=both[n_rows:])
        return both

    def _below(self, frame: pd.DataFrame, mixture: Mixture, codes: np.ndarray) -> pd.DataFrame:
        """New rows, column by column."""
        categories = dict(zip(self.categorical.tolist(), range(codes.shape[1]), strict=True))
        columns = {}
        for position in range(frame.shape[1]):
            column = frame.iloc[:, position]
            if position in categories:
                k = categories[position]
                # A row of each category: its cell is taken as it is.
                _, first = np.unique(self.codes[:, k], return_index=True)
                columns[position] = column.take(first[codes[:, k]]).reset_index(drop=True)
            else:
                columns[position] = mix_column(column, mixture)
        return pd.DataFrame(columns).set_axis(frame.columns, axis=1)


def find_categorical(X: Any, wanted: Any) -> np.ndarray:
    """Positions of the categorical columns."""
    if wanted is None:
        return np.empty(0, dtype=np.int64)
    understood = (
        f"categorical_features={wanted!r} is not understood; give 'auto', None, or a list of "
        "column positions, names, or True and False for every column."
    )
    if isinstance(wanted, str):
        if wanted != "auto":
            raise InputError(understood)
        if not isinstance(X, pd.DataFrame):
            return np.empty(0, dtype=np.int64)
        columns = (X.iloc[:, position] for position in range(X.shape[1]))
        return np.flatnonzero([_is_categorical(column) for column in columns])
    n_columns = np.shape(X)[1] if hasattr(X, "shape") else len(X[0])
    given = np.atleast_1d(np.asarray(wanted))
    if given.dtype == bool:
        if given.shape != (n_columns,):
            raise InputError(
                f"categorical_features holds {given.size} True/False values; the data have "
                f"{n_columns} columns."
            )
        return np.flatnonzero(given)
    if given.dtype.kind in "OUS":
        names = list(getattr(X, "columns", []))
        missing = [name for name in given.tolist() if name not in names]
        if missing:
            raise InputError(
                f"categorical_features names {missing}, which are not columns of the data; names "
                "need a DataFrame."
            )
        return np.unique([names.index(name) for name in given.tolist()])
    if given.size and given.dtype.kind not in "iu":
        raise InputError(understood)
    positions = np.unique(given.astype(np.int64))
    if len(positions) and (positions[0] < 0 or positions[-1] >= n_columns):
        raise InputError(
            f"categorical_features={given.tolist()} goes beyond the data's {n_columns} columns."
        )
    return positions


def refuse_ambiguous(X: Any, y: Any) -> None:
    """Raise InputError for two columns of one name, or a y of several values per row."""
    if isinstance(X, pd.DataFrame) and not X.columns.is_unique:
        repeated = X.columns[X.columns.duplicated()][0]
        raise InputError(f"Two columns are named {repeated!r}; rename one of them.")
    is_list = isinstance(y, list | tuple)
    nested = is_list and any(isinstance(row, list | tuple) and len(row) != 1 for row in y)
    if nested or getattr(y, "shape", ())[1:] == (2,):
        raise InputError(
            "y holds several values per row; give one class per row (for one-hot columns: "
            "np.argmax(y, axis=1))."
        )


def refuse_dates(X: Any) -> None:
    """Raise InputError for an array, or columns of a DataFrame, of dates or durations."""
    if isinstance(X, np.ndarray) and X.dtype.kind in "mM":
        raise InputError(f"X has dtype {X.dtype}; turn it into numbers, or give a DataFrame.")
    for name, dtype in X.dtypes.items() if isinstance(X, pd.DataFrame) else ():
        if getattr(dtype, "kind", "O") in "mM":
            raise InputError(f"Column {name!r} has dtype {dtype}; turn it into numbers first.")


def check_frame(X: pd.DataFrame, y: Any, *, keep: bool) -> None:
    """Raise InputError for a frame without cells, classes that do not fit it, or wrong columns."""
    if not X.size:
        raise InputError(f"X has shape {X.shape}; give at least one row and one column.")
    if len(y) != len(X):
        raise InputError(f"y has {len(y)} values, X {len(X)} rows; give one class per row.")
    _refuse(int(pd.isna(y).sum()), "y", "missing (NaN)")
    if keep and not all(map(types.is_numeric_dtype, X.dtypes)):
        raise InputError(KEPT_NUMBERS)


def make_table(original: Any, categorical: np.ndarray, names: list[str]) -> Table:
    """Split a validated table."""
    frame = original if isinstance(original, pd.DataFrame) else None
    if frame is None and (len(categorical) or original.dtype == object):
        frame = pd.DataFrame(original).infer_objects()
    if frame is None:
        none = np.empty((original.shape[0], 0), dtype=np.int64)
        return Table(original, None, original, none, categorical, names)
    others = np.setdiff1d(np.arange(original.shape[1]), categorical)
    numeric = np.empty((len(frame), len(others)))
    for k, position in enumerate(others):
        numeric[:, k] = _as_float(frame.iloc[:, position], names[position])
    numeric_names = [names[position] for position in others]
    refuse_missing(numeric, numeric_names)
    codes = np.empty((len(frame), len(categorical)), dtype=np.int64)
    for k, position in enumerate(categorical):
        codes[:, k] = _as_codes(frame.iloc[:, position], names[position])
    return Table(original, frame, numeric, codes, categorical, numeric_names)


def _as_float(column: pd.Series, name: Any) -> Any:
    """Values of a column for the encoder."""
    if not is_interpolated(column):
        raise InputError(
            f"Column {name!r} has dtype {column.dtype}, between whose values QI-SMOTE cannot "
            "interpolate; turn it into numbers, or name it in categorical_features."
        )
    _refuse(int(column.isna().sum()), name, "missing (NaN)")
    return exact_values(column)


def _as_codes(column: pd.Series, name: Any) -> np.ndarray:
    """Number the categories of a column."""
    try:
        codes = pd.factorize(column)[0]
    except TypeError as error:
        raise InputError(
            f"Column {name!r} holds values that cannot be compared ({error}); turn them into text "
            "or numbers first."
        ) from error
    _refuse(int((codes < 0).sum()), name, "missing (NaN)")
    return codes


def refuse_missing(X: Any, names: list[Any]) -> None:
    """Raise InputError for NaN and infinity."""
    values = X.data if is_sparse(X) else X
    if values.dtype.kind not in "fc":
        return
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(values.sum()):
            return
    for is_bad, what in ((np.isnan, "missing (NaN)"), (np.isinf, "infinite (inf)")):
        columns = X.tocoo().col[is_bad(values)] if is_sparse(X) else np.nonzero(is_bad(X))[1]
        if len(columns):
            _refuse(int((columns == columns.min()).sum()), names[columns.min()], what)


def integer_columns(X: Any) -> np.ndarray:
    """Columns that hold integers."""
    if isinstance(X, pd.DataFrame):
        return np.array([types.is_integer_dtype(dtype) for dtype in X.dtypes], dtype=bool)
    return np.full(X.shape[1], X.dtype.kind in "iub")


def is_sparse(X: Any) -> bool:
    """Say whether X is a SciPy sparse matrix or array."""
    return bool(sparse.issparse(X))


def _is_categorical(column: pd.Series) -> bool:
    """Say whether a column has no distances."""
    dtype = column.dtype
    if types.is_bool_dtype(dtype) or isinstance(dtype, pd.CategoricalDtype):
        return True
    is_text = types.is_object_dtype(dtype) or types.is_string_dtype(dtype)
    return is_text and not is_interpolated(column)


def _refuse(count: int, name: Any, what: str) -> None:
    """Raise InputError if a column holds such values."""
    if count:
        raise InputError(
            f"Column {name!r} holds {count} {what} value{'s' * (count > 1)}; fill or drop them "
            "first, for example with sklearn.impute.SimpleImputer."
        )
