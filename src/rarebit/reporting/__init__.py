"""Tables, plots, and the report on a comparison."""

from rarebit.reporting.card import write_card
from rarebit.reporting.critical_difference import critical_difference_diagram
from rarebit.reporting.evaluation import print_evaluation, write_evaluation
from rarebit.reporting.exports import write_tables
from rarebit.reporting.imaging import write_imaging_report
from rarebit.reporting.monitoring import print_monitoring, write_monitoring
from rarebit.reporting.plotting import (
    plot_decision_curve,
    plot_effects,
    plot_importance,
    plot_precision_recall,
    plot_ranking,
    plot_reliability,
    plot_roc,
)
from rarebit.reporting.report import write_report
from rarebit.reporting.tables import print_comparison

__all__ = [
    "critical_difference_diagram",
    "plot_decision_curve",
    "plot_effects",
    "plot_importance",
    "plot_precision_recall",
    "plot_ranking",
    "plot_reliability",
    "plot_roc",
    "print_comparison",
    "print_evaluation",
    "print_monitoring",
    "write_card",
    "write_evaluation",
    "write_imaging_report",
    "write_monitoring",
    "write_report",
    "write_tables",
]
