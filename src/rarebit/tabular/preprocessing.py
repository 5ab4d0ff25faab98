"""From a table to a matrix of scaled numbers: categories one-hot, gaps filled with a mask."""

from __future__ import annotations

from numbers import Number
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from rarebit.exceptions import InputError

Missing = Literal["error", "impute"]

# Columns that a categorical column is expanded to at most.
MAX_CATEGORIES = 30

INFINITE = "The input holds infinity: replace it by a number or a missing value."


def as_frame(X: Any) -> pd.DataFrame | None:
    """Give a pandas or polars table as a pandas one; None for anything else."""
    if isinstance(X, pd.DataFrame):
        return X
    if type(X).__module__.partition(".")[0] == "polars" and hasattr(X, "to_pandas"):
        return X.to_pandas()
    return None


def categorical_columns(frame: pd.DataFrame) -> list[str]:
    """Columns that are neither numbers nor booleans, in the order of the table.

    Examples
    --------
    >>> categorical_columns(pd.DataFrame({"age": [1.5], "ward": ["b"], "died": [True]}))
    ['ward']
    """
    return [
        str(name)
        for name, dtype in frame.dtypes.items()
        if not (pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype))
    ]


def make_numeric_encoder(missing: Missing) -> Pipeline:
    """Scale the columns of a matrix to mean 0 and variance 1, constant ones to 0.

    Parameters
    ----------
    missing : {"error", "impute"}
        ``"impute"`` puts the median of the training rows for a missing value, and adds a column
        that says where, for each column that had gaps in training.

    Returns
    -------
    sklearn.pipeline.Pipeline

    Examples
    --------
    >>> make_numeric_encoder("impute").fit_transform([[1.0], [np.nan], [3.0]]).shape
    (3, 2)
    """
    if missing == "error":
        return make_pipeline(StandardScaler())
    # Numbers that are missing from every training row stay, as a constant.
    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return make_pipeline(imputer, StandardScaler())


def make_frame_encoder(
    frame: pd.DataFrame, missing: Missing, categorical: list[str]
) -> ColumnTransformer:
    """Do so for the numeric columns of a table, and expand its categorical ones.

    Of a long list of categories the rare ones share one column. A category never seen in training
    falls there, too, or becomes zeros before scaling. A missing value is a category.

    Parameters
    ----------
    frame : DataFrame
        The training table.
    missing : {"error", "impute"}
        As for :func:`make_numeric_encoder`.
    categorical : list of str
        The categorical columns.

    Returns
    -------
    sklearn.compose.ColumnTransformer

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [1.0, 3.0], "ward": ["b", "a"]})
    >>> make_frame_encoder(frame, "error", ["ward"]).fit_transform(frame)
    array([[-1., -1.,  1.],
           [ 1.,  1., -1.]])
    """
    numeric = [name for name in frame.columns if name not in categorical]
    one_hot = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MAX_CATEGORIES, sparse_output=False
    )
    return ColumnTransformer(
        [
            ("numeric", make_numeric_encoder(missing), numeric),
            ("categorical", make_pipeline(one_hot, StandardScaler()), categorical),
        ],
        sparse_threshold=0,
    )


def check_names(frame: pd.DataFrame) -> None:
    """Refuse a table whose columns cannot be told apart by their names.

    Examples
    --------
    >>> check_names(pd.DataFrame([[1, 2]], columns=["age", "age"]))
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: Two columns are named 'age': rename one of them.
    """
    names = frame.columns
    if not names.is_unique:
        repeated = names[names.duplicated()][0]
        raise InputError(f"Two columns are named {repeated!r}: rename one of them.")
    nameless = [name for name in names if not isinstance(name, str)]
    if nameless and categorical_columns(frame):
        raise InputError(
            f"The column name {nameless[0]!r} is no text, which a table with categories needs: "
            "set X.columns = X.columns.astype(str)."
        )


def check_frame(frame: pd.DataFrame, missing: Missing, categorical: list[str]) -> pd.DataFrame:
    """Refuse what a table with categorical columns must not hold; even out its missing values."""
    for name in categorical:
        if pd.api.types.is_datetime64_any_dtype(frame[name]):
            raise InputError(f"The column {name!r} holds dates: turn them into numbers first.")
        _check_cells(frame[name])
    gaps = frame.isna().any()
    if missing == "error" and gaps.any():
        names = ", ".join(str(name) for name in gaps.index[gaps])
        raise InputError(
            f"The input has missing values (NaN) in {names}: fill them, or set missing='impute'."
        )
    numeric = frame.drop(columns=categorical)
    for column, dtype in numeric.dtypes.items():
        if not (pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype)):
            raise InputError(f"The column {column!r} held numbers in training, not {dtype}.")
    numeric = numeric.astype(np.float64)
    if np.isinf(numeric.to_numpy()).any():
        raise InputError(INFINITE)
    # Missing categories arrive as None, NaN or NA: one sign for all of them.
    labels = frame[categorical].astype(object)
    return pd.concat([numeric, labels.where(labels.notna(), None)], axis=1)[list(frame.columns)]


def _check_cells(column: pd.Series) -> None:
    """Refuse a column whose values have no order among them, such as texts and numbers."""
    kinds = {type(value) for value in column.dropna()}
    alike = [str, Number | np.bool_]
    orderly = len(kinds) < 2 or any(all(issubclass(k, kind) for k in kinds) for kind in alike)
    if not orderly or any(kind.__hash__ is None for kind in kinds):
        found = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise InputError(
            f"The column {column.name!r} holds values of the types {found}: make them all texts, "
            "or all numbers."
        )
