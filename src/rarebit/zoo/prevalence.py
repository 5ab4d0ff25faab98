"""A fitted model for rows among which the classes have other shares than in training."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import replace

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.utils.validation import check_is_fitted

from rarebit.decision import TunedThreshold
from rarebit.decision.prior import PriorShift, read_prevalence, shares_in_words, stands_for
from rarebit.exceptions import InputError
from rarebit.zoo.fitting import FittedPipeline
from rarebit.zoo.recalibrating import decide_again
from rarebit.zoo.registry import classifier_of, treatment_of
from rarebit.zoo.treated import TreatedClassifier


def at_prevalence(
    model: TreatedClassifier, prevalence: float | str | Mapping[str, float]
) -> TreatedClassifier:
    """Return a fitted model for rows of another prevalence.

    Probabilities are corrected for it (:func:`rarebit.decision.correct_prior`), and decisions
    follow: a tuned threshold and operating points are fitted again on the held-out rows that the
    model keeps, weighted to the new shares. This is right if the rows of each class are alike in
    both places, and only their shares differ.

    Parameters
    ----------
    model : TreatedClassifier
        A fitted model; it is not changed.
    prevalence : float, str or mapping
        Share of the rare class of two, or of each class: ``"a=0.1,b=0.2"`` or a dict. One class
        may be left out: it has the rest.

    Returns
    -------
    TreatedClassifier

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> X, y = make_classification(weights=[0.5], random_state=0)
    >>> model = TreatedClassifier("logistic_regression", positive=1).fit(X, y)
    >>> rare = at_prevalence(model, 0.02)
    >>> bool(rare.predict_proba(X)[:, 1].mean() < 0.2 < model.predict_proba(X)[:, 1].mean())
    True
    """
    if not isinstance(model, TreatedClassifier):
        raise InputError(f"The model is a {type(model).__name__}, not one of `compare` or `train`.")
    check_is_fitted(model, "pipeline_")
    shares = read_prevalence(prevalence, model.classes_.tolist(), model.positive_)
    held_out = model.held_out_
    refitted = isinstance(model.decision_, TunedThreshold) or bool(model.points_)
    if held_out is None and refitted:
        raise InputError(
            "The model keeps no held-out rows, so its threshold cannot be fitted to another "
            "prevalence: train it again."
        )
    shift = PriorShift(model.prior_, shares)
    adapted = copy(model)
    steps = [shift] if model.calibrator_ is None else [model.calibrator_, shift]
    adapted.calibrator_ = make_pipeline(*steps)
    adapted.prior_ = shares
    adapted.pipeline_ = _moved(model, shares)
    if held_out is not None:
        weight = held_out.weight * stands_for(held_out.y, held_out.weight, shares)
        proba = shift.transform(held_out.proba)
        decide_again(adapted, replace(held_out, proba=proba, weight=weight))
    named = shares_in_words(model.classes_, shares)
    adapted.notes_ = [*model.notes_, f"Probabilities and decisions are for {named}."]
    return adapted


def _moved(model: TreatedClassifier, shares: np.ndarray) -> FittedPipeline:
    """Return the pipeline whose most probable class suits the new shares.

    Where the treatment or the classifier sets the shares of the classes, they do not depend on
    those of the rows.
    """
    pipeline = model.pipeline_
    plain = treatment_of(model.treatment).kind in ("none", "threshold")
    if not plain or "balanced" in classifier_of(model.classifier).tags:
        return pipeline
    return replace(pipeline, uncut_prior=shares)
