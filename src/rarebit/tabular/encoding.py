"""From a table to a matrix of scaled numbers: one-hot categories, imputed values with a mask."""

from __future__ import annotations

from numbers import Number
from typing import Any, Literal

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.validation import validate_data

from rarebit._common.frames import as_pandas
from rarebit.exceptions import InputError

Missing = Literal["error", "impute"]

# Most columns that a categorical column is expanded to.
MAX_CATEGORIES = 30

_INFINITE = "The input contains infinity: replace it by a number or a missing value."


class TableInputMixin(BaseEstimator):
    """Gives an estimator with the parameter ``missing`` a fitted ``encoder_`` for its input."""

    missing: Missing

    def _fit_encoder(self, X: Any, used: np.ndarray) -> np.ndarray:
        """Learn the columns of the training table from the rows ``used``, and encode these."""
        X, frame = _as_table(X)
        self.categories_ = [] if frame is None else categorical_columns(frame)
        if frame is None or not self.categories_:
            rows: Any = self._check_matrix(X, reset=True)[used]
            self.encoder_ = make_numeric_encoder(self.missing)
        else:
            validate_data(self, X, skip_check_array=True)
            rows = check_frame(frame, self.missing, self.categories_).iloc[used]
            self.encoder_ = make_frame_encoder(rows, self.missing, self.categories_)
        encoded = np.asarray(self.encoder_.fit_transform(rows), dtype=np.float64)
        if not np.isfinite(encoded).all():
            raise InputError("The input has values too large to be squared: rescale its columns.")
        return encoded

    def _encode(self, X: Any) -> np.ndarray:
        """Encode a table like the training table."""
        X, frame = _as_table(X)
        if not self.categories_:
            matrix = self._check_matrix(X, reset=False)
            return np.asarray(self.encoder_.transform(matrix), dtype=np.float64)
        validate_data(self, X, reset=False, skip_check_array=True)
        if frame is None:
            raise InputError(
                f"The training table had the categorical columns {', '.join(self.categories_)}: "
                "give a data frame with the same columns."
            )
        checked = check_frame(frame, self.missing, self.categories_)
        return np.asarray(self.encoder_.transform(checked), dtype=np.float64)

    def _check_matrix(self, X: Any, *, reset: bool) -> np.ndarray:
        """Require a numeric matrix, finite or, if values are imputed, with missing values."""
        finite = "allow-nan" if self.missing == "impute" else True
        try:
            checked: np.ndarray = validate_data(
                self, X, dtype=np.float64, ensure_all_finite=finite, reset=reset
            )
        except ValueError as error:
            if "contains infinity" in str(error):
                raise InputError(_INFINITE) from error
            if "contains NaN" not in str(error):
                raise
            raise InputError(
                "The input has missing values (NaN): fill them, or set missing='impute'."
            ) from error
        return checked

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing == "impute"
        # In data frames only: an array of strings is refused, so the tag for strings stays off.
        tags.input_tags.categorical = True
        return tags


def categorical_columns(frame: pd.DataFrame) -> list[str]:
    """Name the columns that are neither numeric nor boolean, in the order of the table."""
    return [str(name) for name, dtype in frame.dtypes.items() if not _is_numeric(dtype)]


def make_numeric_encoder(missing: Missing) -> Pipeline:
    """Scale columns to mean 0 and variance 1, constant ones to 0.

    ``"impute"`` replaces a missing value by the median of the training rows, and adds an indicator
    for each column with missing values in training.
    """
    if missing == "error":
        return make_pipeline(StandardScaler())
    # A column that is missing from every training row stays, as a constant.
    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    return make_pipeline(imputer, StandardScaler())


def make_frame_encoder(
    frame: pd.DataFrame, missing: Missing, categorical: list[str]
) -> ColumnTransformer:
    """Scale the numeric columns of a table, and expand its categorical ones.

    The rare categories of a long list share one column. A category not seen in training falls
    there too, or becomes zeros before scaling. A missing value is a category.
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


def check_frame(frame: pd.DataFrame, missing: Missing, categorical: list[str]) -> pd.DataFrame:
    """Check a table with categorical columns, and make its missing categories None."""
    for name in categorical:
        if pd.api.types.is_datetime64_any_dtype(frame[name]):
            raise InputError(f"The column {name!r} contains dates: convert them to numbers.")
        _check_cells(frame[name])
    gaps = frame.isna().any()
    if missing == "error" and gaps.any():
        names = ", ".join(str(name) for name in gaps.index[gaps])
        raise InputError(
            f"The input has missing values (NaN) in {names}: fill them, or set missing='impute'."
        )
    numeric = frame.drop(columns=categorical)
    for column, dtype in numeric.dtypes.items():
        if not _is_numeric(dtype):
            raise InputError(f"The column {column!r} was numeric in training and is {dtype} here.")
    numeric = numeric.astype(np.float64)
    if np.isinf(numeric.to_numpy()).any():
        raise InputError(_INFINITE)
    # None, NaN and NA are one category.
    labels = frame[categorical].astype(object)
    return pd.concat([numeric, labels.where(labels.notna(), None)], axis=1)[list(frame.columns)]


def _as_table(X: Any) -> tuple[Any, pd.DataFrame | None]:
    """Convert a frame of any library to pandas; also return the frame, None for an array.

    Column names must be unique, and texts if there are categorical columns.
    """
    X = as_pandas(X)
    if not isinstance(X, pd.DataFrame):
        return X, None
    names = X.columns
    if not names.is_unique:
        repeated = names[names.duplicated()][0]
        raise InputError(f"Two columns are named {repeated!r}: rename one of them.")
    nameless = [name for name in names if not isinstance(name, str)]
    if nameless and categorical_columns(X):
        raise InputError(
            f"The column name {nameless[0]!r} is not a string, which a table with categorical "
            "columns needs: set X.columns = X.columns.astype(str)."
        )
    return X, X


def _check_cells(column: pd.Series) -> None:
    """Require values that can be sorted: all strings, or all numbers."""
    kinds = {type(value) for value in column.dropna()}
    alike = [str, Number | np.bool_]
    sortable = len(kinds) < 2 or any(all(issubclass(k, kind) for k in kinds) for kind in alike)
    if not sortable or any(kind.__hash__ is None for kind in kinds):
        found = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise InputError(
            f"The column {column.name!r} contains values of the types {found}: make them all "
            "strings, or all numbers."
        )


def _is_numeric(dtype: Any) -> bool:
    """Say whether a column type is numeric or boolean."""
    return bool(pd.api.types.is_numeric_dtype(dtype) or pd.api.types.is_bool_dtype(dtype))
