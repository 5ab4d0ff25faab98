"""Columns of text as numbers: the pieces that their words are made of."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from rarebit._common.optional import import_extra

# Numbers that a column becomes.
N_COMPONENTS = 30


class StringVectors(TransformerMixin, BaseEstimator):
    """Skrub's string encoder for each column: tf-idf of character n-grams, cut by an SVD."""

    def __init__(self, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Learn the n-grams of each column."""
        skrub = import_extra("skrub")
        self.encoders_ = [
            skrub.StringEncoder(n_components=N_COMPONENTS, random_state=self.random_state)
            for _ in X.columns
        ]
        with warnings.catch_warnings():
            # Few n-grams are used as they are.
            warnings.filterwarnings("ignore", message="The matrix shape is")
            for encoder, name in zip(self.encoders_, X.columns, strict=True):
                encoder.fit(_texts(X[name]))
        return self

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """Return the vectors of the columns side by side, ``(n_rows, n_numbers)``."""
        vectors = [
            encoder.transform(_texts(X[name])).to_numpy(dtype=np.float64)
            for encoder, name in zip(self.encoders_, X.columns, strict=True)
        ]
        return np.hstack(vectors)


def _texts(column: pd.Series) -> pd.Series:
    """Return a column as text, empty where missing."""
    return column.where(column.notna(), "").astype(str)
