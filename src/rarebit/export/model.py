"""A fitted model as one ONNX file: preprocessing, classifier, calibration and decision."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from rarebit.exceptions import InputError
from rarebit.export.classifiers import add_classifier, check_classifier
from rarebit.export.deciding import calibrated, decided, moved
from rarebit.export.facts import check_model, model_facts, plain_labels
from rarebit.export.graph import PREFIXES, Graph
from rarebit.export.preprocessing import add_preprocessing
from rarebit.zoo import TreatedClassifier

if TYPE_CHECKING:
    import onnx

# Names of the outputs.
LABEL, PROBABILITIES = "label", "probabilities"


def to_onnx(model: TreatedClassifier) -> onnx.ModelProto:
    """Convert a fitted model, from the values of its columns to labels and probabilities.

    The inputs are the columns that the model uses, each of shape ``(rows, 1)``: numbers, truth
    values and dates (days since 1970-01-01) as float64 with nan where missing, categories and text
    as strings, empty where missing. These are the values that
    :meth:`~rarebit.zoo.TreatedClassifier.read` returns. The outputs are ``label``, decided as by
    ``model.predict``, and ``probabilities``, float64 of shape ``(rows, n_classes)``. The metadata
    hold, as JSON, ``classes``, ``roles`` of the columns and ``operating_points`` with the
    thresholds of the rare class, ``positive`` (null where a point has none).

    Parameters
    ----------
    model : TreatedClassifier
        A fitted model with logistic regression, a tree, a forest, gradient boosting, LightGBM or
        XGBoost; others are refused.

    Returns
    -------
    onnx.ModelProto
        Saved by ``onnx.save(proto, "model.onnx")``.

    Notes
    -----
    Probabilities agree within 1e-5. The exceptions are the histogram booster and LightGBM, which
    become trees that compare in float32: a value within this rounding of a split may go the other
    way.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> X, y = make_classification(n_features=4, weights=[0.9], random_state=0)
    >>> model = TreatedClassifier("logistic_regression").fit(X, y)
    >>> [output.name for output in to_onnx(model).graph.output]
    ['label', 'probabilities']
    """
    check_model(model)
    fitted = model.pipeline_
    if fitted.pipeline is None:
        raise InputError("The model knows one class only, so there is nothing to export.")
    check_classifier(fitted.pipeline.named_steps["classify"])
    if taken := [str(name) for name in model.roles_ if str(name) in (LABEL, PROBABILITIES)]:
        raise InputError(f"Column {taken[0]!r} has the name of an output: rename it, train again.")
    if taken := [str(name) for name in model.roles_ if str(name).startswith(PREFIXES)]:
        raise InputError(
            f"Column {taken[0]!r} may have the name of a node: rename it, train again."
        )
    graph = Graph()
    features = add_preprocessing(graph, fitted.pipeline, model.roles_)
    proba = add_classifier(graph, fitted.pipeline.named_steps["classify"], features)
    raw = (
        proba
        if fitted.uncut_prior is None
        else moved(graph, proba, fitted.fitted_prior, fitted.uncut_prior)
    )
    corrected = moved(graph, proba, fitted.fitted_prior, fitted.true_prior)
    whole = np.eye(fitted.n_classes)[fitted.present]  # classes without rows have probability 0
    raw, corrected = (graph.add("MatMul", part, whole) for part in (raw, corrected))
    final = calibrated(graph, corrected, model.calibrator_)
    rule = model.point() or model.decision_
    codes = decided(graph, raw, final, rule, model.positive_)
    labels = plain_labels(model.classes_)
    graph.output(LABEL, graph.add("Gather", labels, codes), labels.dtype)
    graph.output(PROBABILITIES, final, np.float64, fitted.n_classes)
    facts = {name: json.dumps(fact) for name, fact in model_facts(model).items()}
    return graph.model(facts, version("rarebit"))
