"""From a cleaned frame to a numeric matrix, in two steps with room for a sampler between them.

``make_encoder`` gives the first step (a float matrix whose leading columns are category codes),
``make_one_hot`` the second (the codes expanded). SMOTENC comes between them, other samplers after.
Everything fitted is a plain scikit-learn object, so it can be stored without pickle.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler, TargetEncoder

from rarebit.datasets import Role
from rarebit.exceptions import InputError
from rarebit.zoo.strings import StringVectors

# Rarer values of a column with more categories than this share one code.
MAX_CATEGORIES = 30
UNKNOWN_CODE = -1
FARTHEST = 1e30
MISSING_CODE = -2


class BoundedScaler(StandardScaler):
    """A standard scaler whose output fits into float32, in which trees compute."""

    def transform(self, X: Any, copy: bool | None = None) -> Any:
        """Scale and bound, ``(n_rows, n_features)``; see :class:`StandardScaler`."""
        return np.clip(super().transform(X, copy), -FARTHEST, FARTHEST)


def categorical_columns(roles: Mapping[str, Role]) -> list[str]:
    """Columns that become category codes, in the order of ``roles``."""
    return [name for name, role in roles.items() if role == Role.CATEGORICAL]


def text_columns(roles: Mapping[str, Role]) -> list[str]:
    """Columns of text with many values, in the order of ``roles``."""
    return [name for name, role in roles.items() if role == Role.TEXT]


def make_encoder(
    roles: Mapping[str, Role], random_state: int = 0, text_encoder: str = "target"
) -> ColumnTransformer:
    """First step: a float matrix, category codes first, scaled numbers after them.

    Numbers, yes/no columns and dates: a missing value becomes the median, with an indicator column;
    all are scaled, which neighbours need and no classifier minds. Categories: one code each; the
    rare ones of a long list share a code, missing and unseen ones have codes of their own. Text of
    many values, by ``text_encoder``: "target", the smoothed share of each class, from other rows
    than the row's own in fitting (Micci-Barreca 2001; cross-fitted); or "string", its n-grams.
    """
    if not roles:
        raise InputError("The table has no feature column: give at least one besides the target.")
    categorical = categorical_columns(roles)
    text = text_columns(roles)
    numeric = [name for name in roles if name not in (*categorical, *text)]
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=UNKNOWN_CODE,
        encoded_missing_value=MISSING_CODE,
        max_categories=MAX_CATEGORIES,
        dtype=np.float64,
    )
    numbers = make_pipeline(
        # A column without any value in the training rows stays, as a constant.
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        BoundedScaler(),
    )
    texts: Any = StringVectors(random_state)
    if text_encoder == "target":
        texts = make_pipeline(_share_encoder(random_state), BoundedScaler())
    return ColumnTransformer(
        [
            ("categorical", codes, categorical),
            ("numeric", numbers, numeric),
            *([("text", texts, text)] if text else []),
        ],
        sparse_threshold=0,
        verbose_feature_names_out=False,
    )


def _share_encoder(random_state: int) -> TargetEncoder:
    """Return an encoder that fits on five folds, as the version of scikit-learn takes the seed."""
    if TargetEncoder().random_state is None:  # before 1.9
        return TargetEncoder(random_state=random_state)
    return TargetEncoder(cv=StratifiedKFold(5, shuffle=True, random_state=random_state))


def make_one_hot(n_categorical: int) -> ColumnTransformer:
    """Second step: expand the leading category codes, leave the other columns.

    A code that the training rows did not have becomes all zeros.
    """
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float64)
    return ColumnTransformer(
        [("one_hot", one_hot, list(range(n_categorical)))],
        remainder="passthrough",
        sparse_threshold=0,
        verbose_feature_names_out=False,
    )
