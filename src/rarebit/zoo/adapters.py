"""Two classifiers of scikit-learn, made to put up with very few rows."""

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
    """Nearest neighbours that take every row where there are fewer than ``n_neighbors``.

    scikit-learn's classifier refuses to predict then, which random under-sampling of a tiny class
    easily brings about.

    Parameters
    ----------
    n_neighbors : int, default=5
        Neighbours asked for.
    weights : {"uniform", "distance"}, default="uniform"
        Weight of a neighbour's vote.
    p : float, default=2
        Power of the Minkowski distance.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    knn_ : KNeighborsClassifier
        The fitted classifier.

    Examples
    --------
    >>> BoundedKNeighborsClassifier(n_neighbors=5).fit([[0], [1], [2]], [0, 1, 1]).predict([[0]])
    array([1])
    """

    def __init__(self, n_neighbors: int = 5, weights: str = "uniform", p: float = 2) -> None:
        self.n_neighbors = n_neighbors
        self.weights = weights
        self.p = p

    def fit(self, X: Any, y: Any) -> BoundedKNeighborsClassifier:
        """Keep the training rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Training rows.
        y : array-like of shape (n_rows,)
            Their classes.

        Returns
        -------
        BoundedKNeighborsClassifier
            The fitted classifier itself.
        """
        X, y = validate_data(self, X, y)
        self.knn_ = KNeighborsClassifier(
            min(self.n_neighbors, X.shape[0]), weights=self.weights, p=self.p, n_jobs=1
        ).fit(X, y)
        self.classes_ = self.knn_.classes_
        return self

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Share of each class among the neighbours.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows to predict.

        Returns
        -------
        ndarray of shape (n_rows, n_classes), float64
            Probabilities.
        """
        check_is_fitted(self)
        return np.asarray(self.knn_.predict_proba(validate_data(self, X, reset=False)))

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Class with the most votes.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Rows to predict.

        Returns
        -------
        ndarray of shape (n_rows,)
            Class labels.
        """
        winners = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[winners])


class EarlyStoppingMLPClassifier(MLPClassifier):
    """A multi-layer perceptron that stops early wherever its held-out rows can be drawn.

    They cannot where a class has a single row, or where they are fewer than the classes:
    scikit-learn refuses, or holds a class out altogether. Then this classifier does not stop early.

    Examples
    --------
    >>> model = EarlyStoppingMLPClassifier((), early_stopping=True, solver="sgd", tol=1.0)
    >>> model.fit([[0.0], [1.0], [2.0]], [0, 1, 1]).predict_proba([[1.0]]).shape
    (1, 2)
    """

    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> EarlyStoppingMLPClassifier:
        """Fit the network.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Training rows.
        y : array-like of shape (n_rows,)
            Their classes.
        sample_weight : array-like of shape (n_rows,) or None, default=None
            Weight of each row.

        Returns
        -------
        EarlyStoppingMLPClassifier
            The fitted classifier itself.
        """
        asked: bool = self.get_params(deep=False)["early_stopping"]
        counts = np.unique(np.asarray(y), return_counts=True)[1]
        held_out = ceil(self.validation_fraction * counts.sum())
        self.early_stopping = asked and counts.min() > 1 and held_out >= max(2, len(counts))
        try:
            super().fit(X, y, sample_weight=sample_weight)
        finally:
            self.early_stopping = asked
        return self
