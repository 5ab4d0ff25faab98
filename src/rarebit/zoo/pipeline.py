"""One classifier under one treatment, as a pipeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from imblearn.pipeline import Pipeline

from rarebit.datasets import Role
from rarebit.zoo.preprocessing import categorical_columns, make_encoder, make_one_hot
from rarebit.zoo.samplers import AdaptiveSampler
from rarebit.zoo.spec import ClassifierSpec, Treatment


def build_pipeline(
    spec: ClassifierSpec,
    treatment: Treatment,
    roles: Mapping[str, Role],
    random_state: int,
    *,
    class_names: Sequence[str] | None = None,
) -> Pipeline:
    """Preprocessing, sampler and classifier as one estimator for a cleaned frame.

    The steps are ``encode``, ``one_hot`` and ``classify``, with ``sample`` before or after
    ``one_hot`` if the treatment resamples. Parameters of the classifier are set as
    ``classify__max_depth``; what the sampler adapted is in ``["sample"].notes_``.

    Class weights that are passed as ``sample_weight`` are left to the caller, who gives them to
    ``fit`` as ``classify__sample_weight``; a ``class_weight`` parameter is set here.

    Parameters
    ----------
    spec : ClassifierSpec
        The classifier.
    treatment : Treatment
        How the imbalance is treated.
    roles : mapping of str to Role
        Role of each feature column.
    random_state : int
        Seed of sampler and classifier.
    class_names : sequence of str or None, default=None
        Names of the classes by code, for the sampler's notes.

    Returns
    -------
    imblearn.pipeline.Pipeline
        Unfitted; takes a DataFrame and label codes ``0 .. n_classes - 1``.

    Examples
    --------
    >>> from rarebit.zoo import get_classifier, get_treatment
    >>> roles = {"age": Role.NUMERIC, "ward": Role.CATEGORICAL}
    >>> model = build_pipeline(get_classifier("knn"), get_treatment("smotenc"), roles, 0)
    >>> list(model.named_steps)
    ['encode', 'sample', 'one_hot', 'classify']
    """
    n_categorical = len(categorical_columns(roles))
    steps: list[tuple[str, Any]] = [
        ("encode", make_encoder(roles)),
        ("one_hot", make_one_hot(n_categorical)),
        ("classify", spec.factory(random_state)),
    ]
    if treatment.sampler is not None:
        sampler = treatment.sampler(random_state)
        native = treatment.categorical != "after"
        if native:
            sampler.set_params(categorical_features=list(range(n_categorical)))
        steps.insert(1 if native else 2, ("sample", AdaptiveSampler(sampler, class_names)))
    if treatment.kind == "weights" and spec.weighted_by == "class_weight":
        steps[-1][1].set_params(class_weight="balanced")
    return Pipeline(steps)
