"""Tables, plots, and the report on a comparison."""

from rarebit.reporting.critical_difference import critical_difference_diagram
from rarebit.reporting.exports import comparison_as_dict, write_tables
from rarebit.reporting.imaging import write_imaging_report
from rarebit.reporting.report import render_report, write_report
from rarebit.reporting.tables import effects_table, print_comparison, ranking_table

__all__ = [
    "comparison_as_dict",
    "critical_difference_diagram",
    "effects_table",
    "print_comparison",
    "ranking_table",
    "render_report",
    "write_imaging_report",
    "write_report",
    "write_tables",
]
