"""The tables that the estimators here take, and how each becomes a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from rarebit.exceptions import InputError
from rarebit.tabular.preprocessing import (
    INFINITE,
    Missing,
    as_frame,
    categorical_columns,
    check_frame,
    check_names,
    make_frame_encoder,
    make_numeric_encoder,
)


class TableInputMixin(BaseEstimator):
    """Gives an estimator with the parameter ``missing`` a fitted ``encoder_`` for its input."""

    missing: Missing

    def _fit_encoder(self, X: Any, used: np.ndarray) -> np.ndarray:
        """Learn the columns of the training table from the rows ``used``; return those encoded."""
        frame = as_frame(X)
        if frame is not None:
            check_names(frame)
        self.categories_ = categorical_columns(frame) if frame is not None else []
        if frame is None or not self.categories_:
            rows: Any = self._check_matrix(X, reset=True)[used]
            self.encoder_ = make_numeric_encoder(self.missing)
        else:
            validate_data(self, X, skip_check_array=True)
            rows = check_frame(frame, self.missing, self.categories_).iloc[used]
            self.encoder_ = make_frame_encoder(rows, self.missing, self.categories_)
        encoded = np.asarray(self.encoder_.fit_transform(rows), dtype=np.float64)
        if not np.isfinite(encoded).all():
            raise InputError("The input has numbers too large to be squared: rescale its columns.")
        return encoded

    def _encode(self, X: Any) -> np.ndarray:
        """Encode a table as the training table was."""
        frame = as_frame(X)
        if frame is not None:
            check_names(frame)
        if not self.categories_:
            matrix = self._check_matrix(X, reset=False)
            return np.asarray(self.encoder_.transform(matrix), dtype=np.float64)
        validate_data(self, X, reset=False, skip_check_array=True)
        if frame is None:
            raise InputError(
                f"Training had the categorical columns {', '.join(self.categories_)}: give a "
                "pandas or polars table here, too."
            )
        checked = check_frame(frame, self.missing, self.categories_)
        return np.asarray(self.encoder_.transform(checked), dtype=np.float64)

    def _check_matrix(self, X: Any, *, reset: bool) -> np.ndarray:
        """Require a matrix of numbers, finite or, where gaps are imputed, missing."""
        finite = "allow-nan" if self.missing == "impute" else True
        try:
            checked: np.ndarray = validate_data(
                self, X, dtype=np.float64, ensure_all_finite=finite, reset=reset
            )
        except ValueError as error:
            if "contains infinity" in str(error):
                raise InputError(INFINITE) from error
            if "contains NaN" not in str(error):
                raise
            raise InputError(
                "The input has missing values (NaN): fill them, or set missing='impute'."
            ) from error
        return checked

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self.missing == "impute"
        # In data frames; an array of strings is refused, so the tag for strings stays off.
        tags.input_tags.categorical = True
        return tags
