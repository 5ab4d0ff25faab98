"""Scores and curves for two and many classes: pure functions of label codes and probabilities."""

from rarebit.metrics.calibration import brier, calibration_error
from rarebit.metrics.classification import (
    accuracy,
    balanced_accuracy,
    g_mean,
    macro_f1,
    macro_precision,
    macro_recall,
    mcc,
    sensitivity,
    specificity,
)
from rarebit.metrics.curves import (
    ReliabilityCurve,
    precision_at_recall,
    reliability_curve,
    sensitivity_at_fpr,
)
from rarebit.metrics.definition import MetricFunction, confusion_matrix
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
    "precision_at_recall",
    "reliability_curve",
    "roc_auc",
    "score_all",
    "sensitivity",
    "sensitivity_at_fpr",
    "specificity",
]
