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
    text_encoder: str = "target",
) -> Pipeline:
    """Preprocessing, sampler and classifier as one estimator for a cleaned frame.

    The steps are ``encode``, ``one_hot`` and ``classify``, with ``sample`` before or after
    ``one_hot`` if the treatment resamples. Parameters of the classifier are set as
    ``classify__max_depth``; what the sampler adapted is in ``["sample"].notes_``.

    Class weights that are passed as ``sample_weight`` are left to the caller, who gives them to
    ``fit`` as ``classify__sample_weight``; a ``class_weight`` parameter is set here.
    """
    n_categorical = len(categorical_columns(roles))
    steps: list[tuple[str, Any]] = [
        ("encode", make_encoder(roles, random_state, text_encoder)),
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
