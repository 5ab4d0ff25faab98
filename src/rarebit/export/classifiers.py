"""Classifiers that become ONNX, and the refusal of the others."""

from __future__ import annotations

import warnings
from typing import Any, Literal, get_args

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from rarebit._common.optional import import_extra
from rarebit._common.wording import listed
from rarebit.exceptions import InputError
from rarebit.export.graph import OPSETS, Graph

_AVERAGED = (
    "DecisionTreeClassifier",
    "RandomForestClassifier",
    "ExtraTreesClassifier",
    "BalancedRandomForestClassifier",
)
_Kind = Literal[
    "LogisticRegression",
    "DecisionTreeClassifier",
    "RandomForestClassifier",
    "ExtraTreesClassifier",
    "BalancedRandomForestClassifier",
    "GradientBoostingClassifier",
    "HistGradientBoostingClassifier",
    "LGBMClassifier",
    "XGBClassifier",
]


def check_classifier(classifier: Any) -> None:
    """Refuse a classifier that has no converter."""
    name = type(classifier).__name__
    if name not in get_args(_Kind):
        raise InputError(
            f"{name} cannot be exported to ONNX: train one of {listed(get_args(_Kind), 'or')}."
        )


def add_classifier(graph: Graph, classifier: Any, features: str) -> str:
    """Add the nodes of a classifier; return its probabilities ``(rows, classes)`` as float64."""
    check_classifier(classifier)
    name = type(classifier).__name__
    if name != "LogisticRegression":
        # Trees compare in float32. In Python, LightGBM and the histogram booster do so in float64.
        features = graph.cast(features, np.float32)
    if name in _AVERAGED:
        # Votes are added in the type of the features: in float32, equal ones would not stay equal.
        features = graph.cast(features, np.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of protobuf, to the converters
        converted = _convert(classifier)
    # Rows in float32 add to 1 but for 1e-7: see :func:`rarebit.zoo.raw_proba`.
    return graph.normalised(graph.cast(graph.include(converted, features), np.float64))


def _convert(classifier: Any) -> Any:
    """Convert by the library for its kind, to a model of labels and probabilities."""
    name, shape = type(classifier).__name__, [None, classifier.n_features_in_]
    if name in ("LGBMClassifier", "XGBClassifier"):
        tools = import_extra("onnxmltools")
        entry = [("X", tools.convert.common.data_types.FloatTensorType(shape))]
        if name == "XGBClassifier":
            return tools.convert_xgboost(classifier, initial_types=entry, target_opset=OPSETS[""])
        return tools.convert_lightgbm(
            classifier, initial_types=entry, target_opset=OPSETS[""], zipmap=False
        )
    skl2onnx = import_extra("skl2onnx")
    kind = "DoubleTensorType" if name == "LogisticRegression" else "FloatTensorType"
    entry = [("X", getattr(skl2onnx.common.data_types, kind)(shape))]
    if name == "BalancedRandomForestClassifier":  # another way to draw rows: the trees are the same
        plain = RandomForestClassifier()
        vars(plain).update(vars(classifier))
        classifier = plain
    return skl2onnx.convert_sklearn(
        classifier, initial_types=entry, target_opset=OPSETS, options={"zipmap": False}
    )
