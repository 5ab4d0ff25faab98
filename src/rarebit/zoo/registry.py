"""Classifiers and treatments by name, which of them go together, and a user's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from imblearn.over_sampling import SMOTENC
from sklearn.utils.validation import has_fit_parameter

from rarebit._common.optional import import_extra
from rarebit._common.wording import closest
from rarebit.exceptions import InputError
from rarebit.zoo.classifiers import CLASSIFIERS
from rarebit.zoo.networks import NETWORKS
from rarebit.zoo.spec import ClassifierSpec, Entry, Treatment, seeded
from rarebit.zoo.treatments import TREATMENTS

AnyEntry = TypeVar("AnyEntry", bound=Entry)

CLASSIFIERS_BY_NAME = {spec.name: spec for spec in (*CLASSIFIERS, *NETWORKS)}
TREATMENTS_BY_NAME = {treatment.name: treatment for treatment in TREATMENTS}


def list_classifiers(*, installed: bool = False) -> list[str]:
    """Return the names of the classifiers.

    Parameters
    ----------
    installed : bool, default=False
        Only those whose optional library is installed, if they need one.

    Returns
    -------
    list of str
        Names, in the order of the registry.

    Examples
    --------
    >>> list_classifiers()[:3]
    ['logistic_regression', 'knn', 'decision_tree']
    """
    return _names(CLASSIFIERS_BY_NAME, installed)


def list_treatments(*, installed: bool = False) -> list[str]:
    """Return the names of the treatments.

    Parameters
    ----------
    installed : bool, default=False
        Only those whose optional library is installed, if they need one.

    Returns
    -------
    list of str
        Names, in the order of the registry.

    Examples
    --------
    >>> list_treatments()[:3]
    ['untouched', 'class_weights', 'tuned_threshold']
    """
    return _names(TREATMENTS_BY_NAME, installed)


def get_classifier(name: str) -> ClassifierSpec:
    """Look a classifier up by name.

    Parameters
    ----------
    name : str
        One of :func:`list_classifiers`.

    Returns
    -------
    ClassifierSpec
        The classifier.

    Examples
    --------
    >>> get_classifier("svm").label
    'Support vector machine'
    """
    return _look_up("classifier", name, CLASSIFIERS_BY_NAME)


def get_treatment(name: str) -> Treatment:
    """Look a treatment up by name.

    Parameters
    ----------
    name : str
        One of :func:`list_treatments`.

    Returns
    -------
    Treatment
        The treatment.

    Examples
    --------
    >>> get_treatment("smote").label
    'SMOTE'
    """
    return _look_up("treatment", name, TREATMENTS_BY_NAME)


def _names(entries: Mapping[str, Entry], installed: bool) -> list[str]:
    """Names of all entries, or of those whose optional library is installed."""
    return [name for name, entry in entries.items() if entry.available() or not installed]


def _look_up(what: str, name: str, entries: dict[str, AnyEntry]) -> AnyEntry:
    """Return an entry by name, once its optional library is known to be installed."""
    if name not in entries:
        hint = closest(name, entries) or "."
        raise InputError(f"There is no {what} {name!r}{hint} Available: {', '.join(entries)}.")
    entry = entries[name]
    if entry.module is not None and not entry.available():
        import_extra(entry.module)
    return entry


def compatible(
    classifier: ClassifierSpec, treatment: Treatment, has_categorical: bool
) -> str | None:
    """Return why a classifier is not compared under a treatment."""
    if "balanced" in classifier.tags and treatment.kind in ("weights", "resampling"):
        return f"{classifier.label} balances the classes by itself"
    if treatment.kind == "weights" and classifier.weighted_by is None:
        return f"{classifier.label} does not support weights"
    if treatment.categorical == "required" and not has_categorical:
        return f"{treatment.label} needs categorical columns"
    return None


def classifier_of(given: Any) -> ClassifierSpec:
    """Return the classifier of a name, or a user's own one as an entry."""
    return get_classifier(given) if isinstance(given, str) else as_classifier_spec("own", given)


def treatment_of(given: Any) -> Treatment:
    """Return the treatment of a name, or a user's own sampler as an entry."""
    return get_treatment(given) if isinstance(given, str) else as_treatment("own", given)


def as_classifier_spec(name: str, estimator: Any) -> ClassifierSpec:
    """Make a user's own classifier an entry of the comparison, with its parameter values."""
    # Looked up in its class: a stack has its methods only once it is fitted.
    if isinstance(estimator, type) or not all(
        hasattr(type(estimator), method) for method in ("fit", "predict", "get_params")
    ):
        raise InputError(
            f"The classifier {name!r} is {estimator!r}: give an instance with fit and predict "
            "that follows scikit-learn's conventions."
        )
    tags = {"sample_weight"} if has_fit_parameter(estimator, "sample_weight") else set()
    if "class_weight" in estimator.get_params():
        tags.add("class_weight")
    return ClassifierSpec(name, name, seeded(estimator), tags=frozenset(tags))


def as_treatment(name: str, sampler: Any) -> Treatment:
    """Make a user's own sampler a treatment."""
    if isinstance(sampler, type) or not hasattr(sampler, "fit_resample"):
        raise InputError(
            f"The sampler {name!r} is {sampler!r}: give an instance with fit_resample, as "
            "imbalanced-learn's samplers have it."
        )
    return Treatment(
        name,
        name,
        "resampling",
        seeded(sampler),
        categorical="required" if isinstance(sampler, SMOTENC) else "after",
    )
