"""The report: one HTML file that says what was found, how sure it is, and how to get it again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from rarebit.evaluation import Comparison
from rarebit.evaluation.ranking_metric import greater_is_better, metric_label
from rarebit.persistence import atomic_write_text
from rarebit.reporting import names, outcome
from rarebit.reporting.figures import report_figures

# Candidates in the main table; the others are folded away below it.
TABLE_ROWS = 12


def write_report(comparison: Comparison, path: str | os.PathLike[str]) -> Path:
    """Write the report on a comparison as one HTML file that needs nothing else.

    Parameters
    ----------
    comparison : Comparison
        What :func:`rarebit.evaluation.compare` returned.
    path : path
        File to write, such as ``"report.html"``. An existing one is replaced in one step.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    InputError
        If the file cannot be written.

    Examples
    --------
    >>> from rarebit.datasets import load_dataset
    >>> from rarebit.evaluation import compare
    >>> outcome = compare(load_dataset("digits_rare"), preset="quick")  # doctest: +SKIP
    >>> write_report(outcome, "report.html")  # doctest: +SKIP
    """
    target = Path(path)
    atomic_write_text(target, render_report(comparison))
    return target


def render_report(comparison: Comparison) -> str:
    """Return the HTML text of the report on a comparison."""
    return render_template("report.html", _context(comparison))


def render_template(name: str, context: dict[str, Any]) -> str:
    """Fill one of the room's templates with plain values; every text in them is escaped."""
    environment = Environment(
        loader=PackageLoader("rarebit.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(context)


def _context(comparison: Comparison) -> dict[str, Any]:
    """Everything that the template shows, as plain values."""
    dataset = comparison.dataset
    score, low, high = comparison.best_corrected
    rows = outcome.ranking_rows(comparison)
    other = outcome.yardstick(comparison)
    return {
        "dataset": {
            "name": names.clean(dataset.name, 120),
            "source": names.clean(dataset.source, 300),
            "n_rows": len(dataset.target),
            "n_features": dataset.frame.shape[1],
            "n_missing": int(dataset.frame.isna().to_numpy().sum()),
            "n_cells": int(dataset.frame.size),
            "ratio": names.number(dataset.imbalance_ratio, 1),
        },
        "best": {
            "classifier": names.label(comparison, comparison.best[0], 90),
            "treatment": names.label(comparison, comparison.best[1], 90),
            "score": names.number(score),
            "interval": outcome.interval(low, high),
            "raw": rows[0]["score"] if rows else names.DASH,
            "found": outcome.found_by(comparison, comparison.best),
        },
        "yardstick": None
        if other is None
        else {
            "label": names.candidate_label(comparison, other, 60),
            "found": outcome.found_by(comparison, other),
        },
        "metric": metric_label(comparison.metric),
        "greater_is_better": greater_is_better(comparison.metric),
        "others": [metric_label(name) for name in outcome.other_metrics(comparison)],
        # The recommendation has a place of its own at the top of the page.
        "finding": [
            names.clean(text) for text in comparison.finding if not text.startswith("Recommended:")
        ],
        "warnings": [names.clean(text) for text in dict.fromkeys(comparison.warnings)],
        "left_out": [names.clean(text) for text in comparison.left_out],
        "classes": outcome.class_rows(comparison),
        "columns": outcome.column_rows(comparison),
        "ranking": rows[:TABLE_ROWS],
        "ranking_rest": rows[TABLE_ROWS:],
        "effects": outcome.effect_rows(comparison),
        "reference": names.label(comparison, comparison.effects["reference"].iloc[0], 90)
        if len(comparison.effects)
        else "",
        "figures": report_figures(comparison),
        "confusions": outcome.confusion_tables(comparison),
        "settings": outcome.setting_rows(comparison.settings),
        "versions": outcome.setting_rows(dict(comparison.versions)),
        "rerun": outcome.rerun(comparison),
        "protocol": outcome.protocol_name(comparison),
    }
