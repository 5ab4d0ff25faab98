"""From a cleaned frame to a numeric matrix, in two steps between which a sampler can stand.

``make_encoder`` gives the first step (a float matrix whose leading columns are category codes),
``make_one_hot`` the second (the codes expanded). SMOTENC stands between them, other samplers after.
Everything fitted is a plain scikit-learn object, so it can be stored without pickle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from rarebit.datasets import Role
from rarebit.exceptions import InputError

# Rarer values of a column with more categories than this share one code.
MAX_CATEGORIES = 30
UNKNOWN_CODE = -1
FARTHEST = 1e30
MISSING_CODE = -2


class BoundedScaler(StandardScaler):
    """A standard scaler whose output float32, in which trees compute, can hold.

    Examples
    --------
    >>> scaler = BoundedScaler().fit([[0.0], [1e-9]])
    >>> bool(scaler.transform([[1e300]]) == FARTHEST)
    True
    """

    def transform(self, X: Any, copy: bool | None = None) -> Any:
        """Scale and bound, ``(n_rows, n_features)``; see :class:`StandardScaler`."""
        return np.clip(super().transform(X, copy), -FARTHEST, FARTHEST)


def categorical_columns(roles: Mapping[str, Role]) -> list[str]:
    """Columns that become category codes, in the order of ``roles``.

    Parameters
    ----------
    roles : mapping of str to Role
        Role of each feature column.

    Returns
    -------
    list of str
        Names of the categorical columns.

    Examples
    --------
    >>> categorical_columns({"age": Role.NUMERIC, "ward": Role.CATEGORICAL})
    ['ward']
    """
    return [name for name, role in roles.items() if role == Role.CATEGORICAL]


def make_encoder(roles: Mapping[str, Role]) -> ColumnTransformer:
    """First step: a float matrix, category codes first, scaled numbers after them.

    Numbers, yes/no columns and dates: the median stands in for a missing value, beside a column
    that says so; all are scaled, which no classifier minds and neighbours need. Categories: a code
    each, rare ones of a long list sharing one, missing ones and ones never seen a code of their
    own.

    Parameters
    ----------
    roles : mapping of str to Role
        Role of each feature column.

    Returns
    -------
    ColumnTransformer
        Unfitted; takes a DataFrame, gives an ndarray of float64.

    Raises
    ------
    InputError
        If there is no column.

    Examples
    --------
    >>> import pandas as pd
    >>> roles = {"age": Role.NUMERIC, "ward": Role.CATEGORICAL}
    >>> frame = pd.DataFrame({"age": [40.0, 60.0], "ward": ["b", "a"]})
    >>> make_encoder(roles).fit_transform(frame)
    array([[ 1., -1.], [ 0.,  1.]])
    """
    if not roles:
        raise InputError("The table has no feature column: give at least one beside the target.")
    categorical = categorical_columns(roles)
    numeric = [name for name in roles if name not in categorical]
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=UNKNOWN_CODE,
        encoded_missing_value=MISSING_CODE,
        max_categories=MAX_CATEGORIES,
        dtype=np.float64,
    )
    numbers = make_pipeline(
        # A column without a single value in the training rows stays, as a constant.
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        BoundedScaler(),
    )
    return ColumnTransformer(
        [("categorical", codes, categorical), ("numeric", numbers, numeric)],
        sparse_threshold=0,
        verbose_feature_names_out=False,
    )


def make_one_hot(n_categorical: int) -> ColumnTransformer:
    """Second step: expand the leading category codes, leave the other columns.

    A code that the training rows did not have becomes zeros throughout.

    Parameters
    ----------
    n_categorical : int
        Number of leading columns that are category codes.

    Returns
    -------
    ColumnTransformer
        Unfitted; takes and gives an ndarray of float64.

    Examples
    --------
    >>> make_one_hot(1).fit_transform(np.array([[0.0, 0.5], [2.0, 0.7]]))
    array([[1. , 0. , 0.5],
           [0. , 1. , 0.7]])
    """
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float64)
    return ColumnTransformer(
        [("one_hot", one_hot, list(range(n_categorical)))],
        remainder="passthrough",
        sparse_threshold=0,
        verbose_feature_names_out=False,
    )
