"""Scores and curves for two and many classes: pure functions of label codes and probabilities."""

from rarebit.metrics.calibration import (
    brier,
    brier_skill,
    calibration_error,
    log_loss,
    log_loss_skill,
)
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
    DecisionCurve,
    ReliabilityCurve,
    decision_curve,
    precision_at_recall,
    reliability_curve,
    sensitivity_at_fpr,
)
from rarebit.metrics.definition import MetricFunction, confusion_matrix
from rarebit.metrics.operating import (
    net_benefit,
    precision_at_k,
    recall_at_fpr,
    recall_at_precision,
)
from rarebit.metrics.ranking import pr_auc, roc_auc
from rarebit.metrics.recalibration import calibration_intercept, calibration_slope
from rarebit.metrics.registry import METRICS, Metric, get_metric, ranking_metric, score_all

__all__ = [
    "METRICS",
    "DecisionCurve",
    "Metric",
    "MetricFunction",
    "ReliabilityCurve",
    "accuracy",
    "balanced_accuracy",
    "brier",
    "brier_skill",
    "calibration_error",
    "calibration_intercept",
    "calibration_slope",
    "confusion_matrix",
    "decision_curve",
    "g_mean",
    "get_metric",
    "log_loss",
    "log_loss_skill",
    "macro_f1",
    "macro_precision",
    "macro_recall",
    "mcc",
    "net_benefit",
    "pr_auc",
    "precision_at_k",
    "precision_at_recall",
    "ranking_metric",
    "recall_at_fpr",
    "recall_at_precision",
    "reliability_curve",
    "roc_auc",
    "score_all",
    "sensitivity",
    "sensitivity_at_fpr",
    "specificity",
]
