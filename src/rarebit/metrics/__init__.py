"""Scores for two and many classes and calibration error: pure functions of label codes."""

from rarebit.metrics.calibration import (
    ReliabilityCurve,
    brier,
    calibration_error,
    reliability_curve,
)
from rarebit.metrics.classification import (
    MetricFunction,
    accuracy,
    balanced_accuracy,
    confusion_matrix,
    g_mean,
    macro_f1,
    macro_precision,
    macro_recall,
    mcc,
    sensitivity,
    specificity,
)
from rarebit.metrics.ranking import pr_auc, roc_auc
from rarebit.metrics.registry import METRICS, Metric, get_metric, score_all

__all__ = [
    "METRICS",
    "Metric",
    "MetricFunction",
    "ReliabilityCurve",
    "accuracy",
    "balanced_accuracy",
    "brier",
    "calibration_error",
    "confusion_matrix",
    "g_mean",
    "get_metric",
    "macro_f1",
    "macro_precision",
    "macro_recall",
    "mcc",
    "pr_auc",
    "reliability_curve",
    "roc_auc",
    "score_all",
    "sensitivity",
    "specificity",
]
