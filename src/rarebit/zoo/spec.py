"""What a classifier is to the comparison: how it is made and searched, and what it believes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax

from rarebit._common.optional import is_installed


@dataclass(frozen=True)
class ClassifierSpec:
    """A classifier as the comparison knows it.

    Parameters
    ----------
    name : str
        Name by which it is chosen, such as ``"random_forest"``.
    label : str
        Name for people, in tables and reports.
    factory : callable
        ``factory(random_state: int)`` gives the unfitted classifier with its default values:
        configuration 0 of a search.
    search_space : dict of str to distribution or list, default={}
        Where a random search looks: parameters of the bare classifier, each a frozen SciPy
        distribution or a list of values.
    grid : dict of str to list, default={}
        Where a grid search looks.
    tags : frozenset of str, default=frozenset()
        ``"scale"`` (wants scaled input), ``"sample_weight"`` (``fit`` takes it),
        ``"class_weight"`` (a parameter of it), ``"balanced"`` (balances the classes by itself),
        ``"device"`` (a parameter of it), ``"tree"``, ``"fast"``, ``"slow"``.
    module : str or None, default=None
        Optional module that the factory imports.
    slow_rows : int or None, default=None
        Above so many training rows the classifier is to be fitted on a stratified subsample.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> spec = ClassifierSpec(
    ...     "nb", "Naive Bayes", lambda seed: GaussianNB(), tags=frozenset({"sample_weight"})
    ... )
    >>> spec.factory(0), spec.weighted_by, spec.available()
    (GaussianNB(), 'sample_weight', True)
    """

    name: str
    label: str
    factory: Callable[[int], Any]
    search_space: dict[str, Any] = field(default_factory=dict, hash=False)
    grid: dict[str, Any] = field(default_factory=dict, hash=False)
    tags: frozenset[str] = frozenset()
    module: str | None = None
    slow_rows: int | None = None

    def available(self) -> bool:
        """Say whether the module that the factory needs is installed, without importing it."""
        return self.module is None or is_installed(self.module)

    @property
    def weighted_by(self) -> Literal["sample_weight", "class_weight"] | None:
        """How class weights reach this classifier; None where they cannot."""
        if "sample_weight" in self.tags:
            return "sample_weight"
        return "class_weight" if "class_weight" in self.tags else None


def raw_proba(estimator: Any, X: Any) -> NDArray[np.float64]:
    """Class probabilities of any fitted classifier, calibrated or not.

    ``predict_proba`` where there is one; else the logistic or softmax function of the decision
    scores, monotone in them and left for a calibrator to put right; else the predicted class with
    probability 1.

    Parameters
    ----------
    estimator : classifier
        A fitted classifier or pipeline whose classes are the codes ``0 .. n_classes - 1``.
    X : {array-like, DataFrame} of shape (n_rows, n_features)
        Rows to predict.

    Returns
    -------
    ndarray of shape (n_rows, n_classes), float64
        Probabilities, each row adding to 1.

    Examples
    --------
    >>> from sklearn.svm import LinearSVC
    >>> model = LinearSVC().fit([[-1.0], [1.0]], [0, 1])
    >>> raw_proba(model, [[-9.0], [0.0], [9.0]]).round(2)
    array([[1. , 0. ], [0.5, 0.5], [0. , 1. ]])
    """
    if hasattr(estimator, "predict_proba"):
        proba = np.asarray(estimator.predict_proba(X), dtype=np.float64)
        # The boosting libraries work in float32, whose rows miss 1 by about 1e-7.
        return np.asarray(proba / proba.sum(axis=1, keepdims=True))
    if hasattr(estimator, "decision_function"):
        scores = np.asarray(estimator.decision_function(X), dtype=np.float64)
        if scores.ndim == 1:
            return np.column_stack([expit(-scores), expit(scores)])
        return np.asarray(softmax(scores, axis=1))
    predicted = np.asarray(estimator.predict(X)).reshape(-1, 1)
    return (predicted == np.asarray(estimator.classes_)).astype(np.float64)
