"""What a classifier and a treatment are to the comparison: how they are made, what they accept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, softmax
from sklearn.base import clone

from rarebit._common.optional import is_installed


@dataclass(frozen=True)
class Entry:
    """What classifiers and treatments have in common."""

    # Name by which it is chosen
    name: str
    # Name for people, in tables and reports
    label: str
    # Optional module that it needs
    module: str | None = field(default=None, kw_only=True)

    def available(self) -> bool:
        """Return whether the optional module is installed, without importing it."""
        return self.module is None or is_installed(self.module)


@dataclass(frozen=True)
class ClassifierSpec(Entry):
    """A classifier as the comparison knows it."""

    # ``factory(random_state: int)`` gives the unfitted classifier with its default values:
    # configuration 0 of a search
    factory: Callable[[int], Any]
    # Where a random search looks: parameters of the bare classifier, each a frozen SciPy
    # distribution or a list of values
    search_space: dict[str, Any] = field(default_factory=dict, hash=False)
    grid: dict[str, Any] = field(default_factory=dict, hash=False)
    # ``"scale"`` (wants scaled input), ``"sample_weight"`` (``fit`` takes it), ``"class_weight"``
    # (a parameter of it), ``"balanced"`` (balances the classes by itself), ``"device"`` (a
    # parameter of it), ``"tree"``, ``"first"`` (runs first: strong for its time), ``"fast"``,
    # ``"slow"`` (runs last), ``"unsaved"`` (cannot be stored)
    tags: frozenset[str] = frozenset()
    # The classifier is fitted on at most so many rows, rare ones first
    slow_rows: int | None = None

    @property
    def weighted_by(self) -> Literal["sample_weight", "class_weight"] | None:
        """How class weights reach this classifier; None if they cannot."""
        if "sample_weight" in self.tags:
            return "sample_weight"
        return "class_weight" if "class_weight" in self.tags else None


@dataclass(frozen=True)
class Treatment(Entry):
    """A treatment of class imbalance as the comparison knows it."""

    # What is changed: nothing, the weight of the rows, the training rows, the decision
    kind: Literal["none", "weights", "resampling", "threshold"] = "none"
    # ``sampler(random_state: int)`` gives the unfitted sampler of a resampling
    sampler: Callable[[int], Any] | None = None
    decision: Literal["argmax", "tuned"] = "argmax"
    # Whether the sampler sees the matrix after one-hot encoding, or the category codes through a
    # parameter ``categorical_features``; ``"required"`` if it needs at least one, as
    # :class:`imblearn.over_sampling.SMOTENC` does
    categorical: Literal["after", "native", "required"] = "after"


def seeded(estimator: Any) -> Callable[[int], Any]:
    """Return a factory ``(random_state: int)`` of copies that seeds every part without a seed."""
    return partial(_seeded_copy, estimator)


def _seeded_copy(estimator: Any, random_state: int) -> Any:
    copy = clone(estimator, safe=False)
    if hasattr(copy, "get_params"):
        unset = [
            key
            for key, value in copy.get_params().items()
            if value is None and key.rpartition("__")[2] == "random_state"
        ]
        copy.set_params(**dict.fromkeys(unset, random_state))
    return copy


def raw_proba(estimator: Any, X: Any) -> NDArray[np.float64]:
    """Class probabilities of any fitted classifier, calibrated or not.

    ``predict_proba`` if it exists; else the logistic or softmax function of the decision scores,
    which is monotone in them and left to a calibrator to correct; else the predicted class with
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
