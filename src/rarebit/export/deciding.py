"""Prior correction, calibration and decision as ONNX nodes, in float64 as in Python."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.pipeline import Pipeline

from rarebit.decision import CostRule, FittedPoint, ProbabilityCalibrator, TunedThreshold
from rarebit.decision.prior import PriorShift
from rarebit.exceptions import InputError
from rarebit.export.graph import Graph


def moved(graph: Graph, proba: str, fitted_prior: Any, true_prior: Any) -> str:
    """Correct probabilities for another prior: see :func:`rarebit.decision.correct_prior`."""
    fitted, true = np.asarray(fitted_prior), np.asarray(true_prior)
    factor = np.divide(true, fitted, out=np.ones(len(true)), where=fitted > 0)
    return graph.normalised(graph.add("Mul", proba, factor))


def calibrated(graph: Graph, proba: str, calibrator: Any) -> str:
    """Calibrate probabilities by a model's calibrator, or by its steps in turn; None: as is."""
    if isinstance(calibrator, Pipeline):
        for _, step in calibrator.steps:
            proba = calibrated(graph, proba, step)
        return proba
    if isinstance(calibrator, PriorShift):
        return moved(graph, proba, calibrator.fitted_prior, calibrator.true_prior)
    if calibrator is None:
        return proba
    if not isinstance(calibrator, ProbabilityCalibrator) or calibrator.curves_:
        raise InputError(
            f"The calibration {calibrator} cannot be exported to ONNX: train the model with the "
            "default calibration."
        )
    weight = calibrator.prior_weight_
    if weight == 0:
        return proba
    bounded = graph.add("Mul", graph.add("Max", proba, np.float64(0)), np.float64(1 - weight))
    log = graph.add("Log", graph.add("Add", bounded, weight * calibrator.prior_))
    scaled = graph.add("Add", graph.add("Mul", log, calibrator.slopes_), calibrator.offset_)
    return graph.add("Softmax", scaled, axis=1)


def decided(graph: Graph, raw: str, proba: str, rule: Any, positive: int | None) -> str:
    """Decide label codes by a model's operating point or rule; None: the classifier's argmax."""
    if isinstance(rule, FittedPoint) and rule.point.kind == "alerts":
        raise InputError(
            f"{rule.point} depends on all rows of a batch, which cannot be exported to ONNX: train "
            "with a share of the rows, such as alerts<=1%."
        )
    if isinstance(rule, CostRule) and rule.columns:
        raise InputError(
            f"The decision depends on the amount in column {rule.columns[0]!r}, which cannot be "
            "exported to ONNX: train with costs that are numbers."
        )
    if isinstance(rule, CostRule):
        cost = np.asarray(rule.cost_matrix, dtype=np.float64)
        return _first(graph, "ArgMin", graph.add("MatMul", proba, cost))
    if isinstance(rule, TunedThreshold) and rule.threshold_ is None:
        return _first(graph, "ArgMax", graph.add("Mul", proba, rule.weights_))
    if rule is None:
        return _first(graph, "ArgMax", raw)
    assert positive is not None  # two classes: those of more have no single threshold
    threshold = rule.threshold if isinstance(rule, FittedPoint) else rule.threshold_
    of_class = graph.add("Gather", proba, np.int64(positive), axis=1)
    is_alert = graph.add("GreaterOrEqual", of_class, np.float64(threshold))
    return graph.add("Where", is_alert, np.int64(positive), np.int64(1 - positive))


def _first(graph: Graph, kind: str, values: str) -> str:
    """Return the first class of the greatest or the least value."""
    return graph.add(kind, values, axis=1, keepdims=0)
