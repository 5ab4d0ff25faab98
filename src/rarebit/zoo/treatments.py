"""The treatments of class imbalance: what is done about the rare class, and how one is added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.over_sampling import (
    ADASYN,
    SMOTE,
    SMOTENC,
    SVMSMOTE,
    BorderlineSMOTE,
    RandomOverSampler,
)
from imblearn.under_sampling import EditedNearestNeighbours, RandomUnderSampler, TomekLinks

from rarebit._common.optional import is_installed
from rarebit.over_sampling import QISMOTE


@dataclass(frozen=True)
class Treatment:
    """A treatment of class imbalance as the comparison knows it.

    Parameters
    ----------
    name : str
        Name by which it is chosen, such as ``"smote"``.
    label : str
        Name for people, in tables and reports.
    kind : {"none", "weights", "resampling", "threshold"}, default="none"
        What is changed: nothing, the weight of the rows, the training rows, the decision.
    sampler : callable or None, default=None
        ``sampler(random_state: int)`` gives the unfitted sampler of a resampling.
    decision : {"argmax", "tuned"}, default="argmax"
        How probabilities become a class.
    categorical : {"after", "native", "required"}, default="after"
        Whether the sampler sees the matrix after one-hot encoding, or the category codes by a
        parameter ``categorical_features``; ``"required"`` where it cannot do without any, as
        :class:`imblearn.over_sampling.SMOTENC`.
    module : str or None, default=None
        Optional module that the sampler imports.

    Examples
    --------
    >>> from imblearn.over_sampling import SMOTE
    >>> smote = Treatment("smote", "SMOTE", "resampling", lambda seed: SMOTE(random_state=seed))
    >>> smote.available()
    True
    """

    name: str
    label: str
    kind: Literal["none", "weights", "resampling", "threshold"] = "none"
    sampler: Callable[[int], Any] | None = None
    decision: Literal["argmax", "tuned"] = "argmax"
    categorical: Literal["after", "native", "required"] = "after"
    module: str | None = None

    def available(self) -> bool:
        """Say whether the module that the sampler needs is installed, without importing it."""
        return self.module is None or is_installed(self.module)


def _random_over(random_state: int) -> Any:
    return RandomOverSampler(random_state=random_state)


def _random_under(random_state: int) -> Any:
    return RandomUnderSampler(random_state=random_state)


def _smote(random_state: int) -> Any:
    return SMOTE(random_state=random_state)


def _smotenc(random_state: int) -> Any:
    # The positions of the categories are set when the columns are known.
    return SMOTENC(categorical_features=[0], random_state=random_state)


def _borderline_smote(random_state: int) -> Any:
    return BorderlineSMOTE(random_state=random_state)


def _adasyn(random_state: int) -> Any:
    return ADASYN(random_state=random_state)


def _svm_smote(random_state: int) -> Any:
    return SVMSMOTE(random_state=random_state)


def _smote_enn(random_state: int) -> Any:
    # The parts are spelled out so that their parameters can be reached: smote__k_neighbors.
    return SMOTEENN(
        smote=_smote(random_state),
        enn=EditedNearestNeighbours(sampling_strategy="all"),
        random_state=random_state,
    )


def _smote_tomek(random_state: int) -> Any:
    return SMOTETomek(
        smote=_smote(random_state),
        tomek=TomekLinks(sampling_strategy="all"),
        random_state=random_state,
    )


def _qi_smote(random_state: int) -> Any:
    return QISMOTE(random_state=random_state)


# A new sampler is one line here.
TREATMENTS = (
    Treatment("untouched", "Untouched"),
    Treatment("class_weights", "Class weights", "weights"),
    Treatment("tuned_threshold", "Tuned threshold", "threshold", decision="tuned"),
    Treatment("random_over", "Random over-sampling", "resampling", _random_over),
    Treatment("random_under", "Random under-sampling", "resampling", _random_under),
    Treatment("smote", "SMOTE", "resampling", _smote),
    Treatment("smotenc", "SMOTENC", "resampling", _smotenc, categorical="required"),
    Treatment("borderline_smote", "Borderline-SMOTE", "resampling", _borderline_smote),
    Treatment("adasyn", "ADASYN", "resampling", _adasyn),
    Treatment("svm_smote", "SVM-SMOTE", "resampling", _svm_smote),
    Treatment("smote_enn", "SMOTE + ENN", "resampling", _smote_enn),
    Treatment("smote_tomek", "SMOTE + Tomek", "resampling", _smote_tomek),
    Treatment("qi_smote", "QI-SMOTE", "resampling", _qi_smote, categorical="native"),
)
