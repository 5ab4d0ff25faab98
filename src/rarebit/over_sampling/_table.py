"""Tables split into numeric columns and category codes, and put together again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types
from scipy import sparse
from sklearn.utils import check_array

from rarebit.exceptions import InputError
from rarebit.over_sampling._synthesis import Mixture, mix


@dataclass(frozen=True)
class Table:
    """A table split into columns that are interpolated and columns that are not.

    ``original``: The table as validated.
    ``numeric`` (n_rows, n_numeric): Columns to interpolate.
    ``codes`` (n_rows, n_categorical): Position of each category in ``categories``.
    ``categories``: Categories of each categorical column.
    ``categorical``: Positions of the categorical columns.
    ``integer`` (n_numeric,): Numeric columns that hold whole numbers, which new rows keep to.
    ``names``: Names of the numeric columns.
    """

    original: Any
    numeric: Any
    codes: np.ndarray
    categories: list[pd.Index]
    categorical: np.ndarray
    integer: np.ndarray
    names: list[str]

    @property
    def n_columns(self) -> int:
        """Number of columns of the original."""
        return int(self.original.shape[1])

    def extended(self, mixture: Mixture, codes: np.ndarray) -> Any:
        """Return the original with new rows below it, in its own container and dtypes."""
        n_rows = self.original.shape[0]
        if is_sparse(self.original):
            new = mix(self.numeric, mixture, whole=self.integer).astype(self.original.dtype)
            return sparse.vstack([self.original, new], format=self.original.format)
        if not len(self.categorical):
            shape = n_rows + len(mixture.parents), self.n_columns
            both = np.empty(shape, dtype=self.original.dtype)
            both[:n_rows] = self.original
            mix(self.numeric, mixture, whole=self.integer, out=both[n_rows:])
            return both
        columns = self._columns(mix(self.numeric, mixture, whole=self.integer), codes)
        if isinstance(self.original, pd.DataFrame):
            below = pd.DataFrame(
                {i: pd.Series(columns[i]).astype(to) for i, to in enumerate(self.original.dtypes)}
            ).set_axis(self.original.columns, axis=1)
            return pd.concat([self.original, below], ignore_index=True)
        stacked = np.column_stack([np.asarray(column, dtype=object) for column in columns])
        return np.concatenate([self.original, stacked.astype(self.original.dtype)])

    def _columns(self, numeric: np.ndarray, codes: np.ndarray) -> list[Any]:
        """Columns of new rows in the order of the original, categories decoded."""
        decoded = iter(
            category.take(code) for category, code in zip(self.categories, codes.T, strict=True)
        )
        others = iter(numeric.T)
        is_category = np.isin(np.arange(self.n_columns), self.categorical)
        return [next(decoded) if category else next(others) for category in is_category]


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
        return np.flatnonzero([_is_categorical(dtype) for dtype in X.dtypes])
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
    """Raise InputError for columns of a DataFrame that hold dates or durations."""
    for name, dtype in X.dtypes.items() if isinstance(X, pd.DataFrame) else ():
        if getattr(dtype, "kind", "O") in "mM":
            raise InputError(f"Column {name!r} has dtype {dtype}; turn it into numbers first.")


def refuse_other_dtypes(X: Any, categorical: np.ndarray) -> None:
    """Raise InputError for columns that are neither numeric nor categorical, such as dates."""
    if not isinstance(X, pd.DataFrame):
        return
    for position, (name, dtype) in enumerate(zip(X.columns, X.dtypes, strict=True)):
        if position not in categorical and not types.is_numeric_dtype(dtype):
            raise InputError(
                f"Column {name!r} has dtype {dtype}, between whose values QI-SMOTE cannot "
                "interpolate; turn it into numbers, or name it in categorical_features."
            )


def make_table(
    original: Any, categorical: np.ndarray, integer: np.ndarray, names: list[str]
) -> Table:
    """Split a validated table."""
    if not len(categorical):
        none = np.empty((original.shape[0], 0), dtype=np.int64)
        return Table(original, original, none, [], categorical, integer, names)
    others = np.setdiff1d(np.arange(original.shape[1]), categorical)
    frame = original if isinstance(original, pd.DataFrame) else pd.DataFrame(original)
    numeric = check_array(frame.iloc[:, others], dtype=np.float64, ensure_all_finite=False)
    numeric_names = [names[column] for column in others]
    refuse_missing(numeric, numeric_names)
    codes, categories = [], []
    for column in categorical:
        try:
            code, category = pd.factorize(frame.iloc[:, column])
        except TypeError as error:
            raise InputError(
                f"Column {names[column]!r} holds values that cannot be compared ({error}); turn "
                "them into text or numbers first."
            ) from error
        _refuse(int((code < 0).sum()), names[column], "missing (NaN)")
        codes.append(code)
        categories.append(pd.Index(category))
    return Table(
        original,
        numeric,
        np.column_stack(codes),
        categories,
        categorical,
        integer[others],
        numeric_names,
    )


def integer_columns(X: Any) -> np.ndarray | None:
    """Columns of a DataFrame that hold whole numbers; None where all columns share one dtype."""
    if not isinstance(X, pd.DataFrame):
        return None
    return np.array([types.is_integer_dtype(dtype) for dtype in X.dtypes], dtype=bool)


def refuse_missing(X: Any, names: list[Any]) -> None:
    """Raise InputError for NaN and infinity."""
    values = X.data if is_sparse(X) else X
    if values.dtype.kind not in "fc" or np.isfinite(values.sum()):
        return
    for is_bad, what in ((np.isnan, "missing (NaN)"), (np.isinf, "infinite (inf)")):
        columns = X.tocoo().col[is_bad(values)] if is_sparse(X) else np.nonzero(is_bad(X))[1]
        if len(columns):
            _refuse(int((columns == columns.min()).sum()), names[columns.min()], what)


def is_sparse(X: Any) -> bool:
    """Say whether X is a SciPy sparse matrix or array."""
    return bool(sparse.issparse(X))


def _is_categorical(dtype: Any) -> bool:
    """Say whether a column of this dtype has no distances."""
    return (
        isinstance(dtype, pd.CategoricalDtype)
        or types.is_object_dtype(dtype)
        or types.is_string_dtype(dtype)
        or types.is_bool_dtype(dtype)
    )


def _refuse(count: int, name: Any, what: str) -> None:
    """Raise InputError if a column holds such values."""
    if count:
        raise InputError(
            f"Column {name!r} holds {count} {what} value{'s' * (count > 1)}; fill or drop them "
            "first, for example with sklearn.impute.SimpleImputer."
        )
