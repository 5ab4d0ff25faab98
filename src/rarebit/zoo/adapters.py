"""Two classifiers of scikit-learn, made to work with very few rows."""

from __future__ import annotations

from math import ceil
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.utils.validation import check_is_fitted, validate_data


class BoundedKNeighborsClassifier(ClassifierMixin, BaseEstimator):
    """Nearest neighbours that use every row if there are fewer than ``n_neighbors``.

    scikit-learn's classifier cannot predict then, as after random under-sampling to a tiny class.
    """

    def __init__(self, n_neighbors: int = 5, weights: str = "uniform", p: float = 2) -> None:
        self.n_neighbors = n_neighbors
        self.weights = weights
        self.p = p

    def fit(self, X: Any, y: Any) -> BoundedKNeighborsClassifier:
        """Keep the training rows."""
        X, y = validate_data(self, X, y)
        self.knn_ = KNeighborsClassifier(
            min(self.n_neighbors, X.shape[0]), weights=self.weights, p=self.p, n_jobs=1
        ).fit(X, y)
        self.classes_ = self.knn_.classes_
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Share of each class among the neighbours."""
        check_is_fitted(self)
        return np.asarray(self.knn_.predict_proba(validate_data(self, X, reset=False)))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Class with the most votes."""
        winners = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[winners])


class EarlyStoppingMLPClassifier(MLPClassifier):
    """A multi-layer perceptron that stops early if its validation rows can be drawn.

    They cannot if a class has a single row, or if they would be fewer than the classes:
    scikit-learn raises an error, or holds a whole class out. This classifier then trains without
    early stopping.
    """

    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> EarlyStoppingMLPClassifier:
        """Fit the network."""
        asked: bool = self.get_params(deep=False)["early_stopping"]
        counts = np.unique(np.asarray(y), return_counts=True)[1]
        held_out = ceil(self.validation_fraction * counts.sum())
        self.early_stopping = asked and counts.min() > 1 and held_out >= max(2, len(counts))
        try:
            super().fit(X, y, sample_weight=sample_weight)
        finally:
            self.early_stopping = asked
        return self
