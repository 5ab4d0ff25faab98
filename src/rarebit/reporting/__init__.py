"""Tables, plots, and the report on a comparison."""

from rarebit.reporting.report import write_report

__all__ = ["write_report"]
