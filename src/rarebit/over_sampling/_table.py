"""Tables as numbers: numeric columns, category codes, and the way back to the user's container."""

from __future__ import annotations

import sys
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
    """A table split into what can be interpolated and what cannot.

    Attributes
    ----------
    original : {ndarray, sparse matrix, DataFrame}
        The table as validated.
    numeric : {ndarray, sparse matrix} of shape (n_rows, n_numeric)
        Columns to interpolate.
    codes : ndarray of shape (n_rows, n_categorical), int64
        Position of each category in ``categories``.
    categories : list of pandas.Index
        Categories of each categorical column.
    categorical : ndarray, int64
        Positions of the categorical columns.
    integer : ndarray of shape (n_numeric,), bool
        Numeric columns that hold whole numbers, which new rows keep to.
    names : list of str
        Names of the numeric columns.
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
        """Return the original with new rows below it, in its own container and dtypes.

        Parameters
        ----------
        mixture : Mixture
            Recipes of the new rows, in terms of the rows of the table.
        codes : ndarray of shape (n_new, n_categorical), int64
            Categories of the new rows.
        """
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
    """Positions of the categorical columns.

    Parameters
    ----------
    X : {array-like, sparse matrix, DataFrame}
        The user's table.
    wanted : "auto", None, or array-like of int, str or bool
        ``"auto"`` takes the columns of a DataFrame with a category, string, object or boolean
        dtype, and none of anything else; None takes none.

    Returns
    -------
    ndarray of int64
        Ascending.

    Raises
    ------
    InputError
        If a column does not exist.
    """
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
                f"categorical_features names {missing}, which are no columns of the data; names "
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
    """Refuse two columns of one name, and several values a row in place of its class.

    Parameters
    ----------
    X : object
        Of anything but a DataFrame the columns are known by their positions.
    y : object
        One-hot columns of three classes and more, which imbalanced-learn reads, pass.

    Raises
    ------
    InputError
        Naming the first such column, or saying what y is to be.
    """
    if isinstance(X, pd.DataFrame) and not X.columns.is_unique:
        repeated = X.columns[X.columns.duplicated()][0]
        raise InputError(f"Two columns are named {repeated!r}; rename one of them.")
    is_list = isinstance(y, list | tuple)
    nested = is_list and any(isinstance(row, list | tuple) and len(row) != 1 for row in y)
    if nested or getattr(y, "shape", ())[1:] == (2,):
        raise InputError(
            "y holds several values a row; give one class a row (of one-hot columns: "
            "np.argmax(y, axis=1))."
        )


def refuse_dates(X: Any) -> None:
    """Refuse columns of a DataFrame that hold dates or durations.

    Raises
    ------
    InputError
        Naming the first.
    """
    for name, dtype in X.dtypes.items() if isinstance(X, pd.DataFrame) else ():
        if getattr(dtype, "kind", "O") in "mM":
            raise InputError(f"Column {name!r} has dtype {dtype}; turn it into numbers first.")


def refuse_other_dtypes(X: Any, categorical: np.ndarray) -> None:
    """Refuse columns of a DataFrame that are neither numeric nor categorical, such as dates.

    Parameters
    ----------
    X : object
        Anything but a DataFrame passes.
    categorical : ndarray of int64
        Positions of the categorical columns.

    Raises
    ------
    InputError
        Naming the first such column.
    """
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
    """Split a validated table.

    Parameters
    ----------
    original : {ndarray, sparse matrix, DataFrame} of shape (n_rows, n_columns)
        The table.
    categorical : ndarray of int64
        Positions of the categorical columns.
    integer : ndarray of shape (n_columns,), bool
        Columns of whole numbers.
    names : list of str
        Names of all columns.

    Returns
    -------
    Table
        The parts.

    Raises
    ------
    InputError
        If a value is missing or infinite, where there are categories.
    """
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
    """Refuse NaN and infinity.

    Parameters
    ----------
    X : {ndarray, sparse matrix} of shape (n_rows, n_columns)
        Any dtype.
    names : list
        Names of the columns, for the message.

    Raises
    ------
    InputError
        If a value is missing or infinite, naming the first such column.
    """
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


def from_polars(data: Any) -> Any:
    """Return a polars frame or series as pandas, anything else as it is."""
    polars = sys.modules.get("polars")
    if polars is None or not isinstance(data, polars.DataFrame | polars.Series):
        return data
    return data.to_pandas()


def to_polars(result: Any, like: Any) -> Any:
    """Return a pandas result as polars where ``like`` is polars, its dtypes restored."""
    polars = sys.modules.get("polars")
    if polars is None or not isinstance(like, polars.DataFrame | polars.Series):
        return result
    converted = polars.from_pandas(result)
    return converted.cast(like.schema if isinstance(like, polars.DataFrame) else like.dtype)


def _is_categorical(dtype: Any) -> bool:
    """Say whether a column of this dtype has no distances."""
    return (
        isinstance(dtype, pd.CategoricalDtype)
        or types.is_object_dtype(dtype)
        or types.is_string_dtype(dtype)
        or types.is_bool_dtype(dtype)
    )


def _refuse(count: int, name: Any, what: str) -> None:
    """Raise where there is something to refuse."""
    if count:
        raise InputError(
            f"Column {name!r} holds {count} {what} value{'s' * (count > 1)}; fill or drop them "
            "first, for example with sklearn.impute.SimpleImputer."
        )
