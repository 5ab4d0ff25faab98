"""What is compared in the QI-SMOTE study: over-samplers, and the classifiers behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.preprocessing import PolynomialFeatures

from rarebit.over_sampling import QISMOTE
from rarebit.zoo import get_treatment
from rarebit.zoo.samplers import AdaptiveSampler

Sampler = Callable[[int], Any] | None  # from a seed; None leaves the rows alone

CLASSIFIERS = (
    "random_forest", "svm", "logistic_regression", "knn", "hist_gradient_boosting", "ada_boost",
    "mlp",
)  # fmt: skip
# Those that fit fast, where the question is not which classifier is best.
FAST = ("decision_tree", "svm", "logistic_regression", "knn")
NONE, SMOTE, CONTROL, OURS = "none", "SMOTE", "SMOTE, scaled and even", "QI-SMOTE"
FILTERED = "QI-SMOTE, energy filter"
KEPT, PRODUCTS = "QI-SMOTE, columns kept", "SMOTE, scaled and even, products kept"
# A register of six features has 2^6 columns of states: wide data stay affordable.
KEPT_QUBITS = 6


@dataclass(frozen=True)
class Resampled:
    """Training rows after over-sampling."""

    X: np.ndarray
    y: np.ndarray
    # What test rows go through before a classifier sees them.
    transform: Callable[[np.ndarray], np.ndarray] = lambda rows: rows
    notes: tuple[str, ...] = ()  # what had to be adapted
    figures: dict[str, float] = field(default_factory=dict)  # what a study measures on the rows


@dataclass(frozen=True)
class WithProducts:
    """The control of kept columns: a sampler's rows, then squares and products of features."""

    sampler: QISMOTE

    def resample(self, X: np.ndarray, y: np.ndarray) -> Resampled:
        """Over-sample, then append the products to every row."""
        X_new, y_new = self.sampler.fit_resample(X, y)
        products = PolynomialFeatures(2, include_bias=False).fit(X_new)
        return Resampled(products.transform(X_new), y_new, products.transform)


def qi_smote(seed: int, **options: Any) -> QISMOTE:
    """Make a QI-SMOTE whose draws do not depend on its options."""
    return QISMOTE(random_state=seed, **options)


SAMPLERS: dict[str, Sampler] = {
    NONE: None,
    SMOTE: get_treatment("smote").sampler,
    "Borderline-SMOTE": get_treatment("borderline_smote").sampler,
    "ADASYN": get_treatment("adasyn").sampler,
    "SMOTE-ENN": get_treatment("smote_enn").sampler,
    "SMOTE-Tomek": get_treatment("smote_tomek").sampler,
    "SVM-SMOTE": get_treatment("svm_smote").sampler,
    CONTROL: lambda seed: qi_smote(seed, metric="euclidean"),
    OURS: qi_smote,
    "QI-SMOTE, state alone": lambda seed: qi_smote(seed, metric="state"),
    "QI-SMOTE, each sample evolved": lambda seed: qi_smote(
        seed, evolution="per_sample", optimizer="bfgs"
    ),
    KEPT: lambda seed: qi_smote(seed, columns="keep", max_qubits=KEPT_QUBITS),
    FILTERED: lambda seed: qi_smote(seed, energy_filter=True),
    PRODUCTS: lambda seed: WithProducts(qi_smote(seed, metric="euclidean")),
}


def resample(sampler: Any, X: np.ndarray, y: np.ndarray) -> Resampled:
    """Over-sample training rows; a sampler of imbalanced-learn is adapted where it refuses them."""
    if sampler is None:
        return Resampled(X, y)
    if isinstance(sampler, WithProducts):
        return sampler.resample(X, y)
    if not isinstance(sampler, QISMOTE):
        adapted = AdaptiveSampler(sampler)
        X_new, y_new = adapted.fit_resample(X, y)
        return Resampled(X_new, y_new, notes=tuple(adapted.notes_))
    X_new, y_new = sampler.fit_resample(X, y)
    if sampler.columns == "keep":
        return Resampled(X_new, y_new, sampler.feature_map_.transform)
    return Resampled(X_new, y_new)
