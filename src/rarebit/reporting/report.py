"""The report on a comparison: one HTML file with findings, their uncertainty and methods."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from rarebit._common import wording
from rarebit.evaluation import Comparison
from rarebit.evaluation.comparison import Answer
from rarebit.evaluation.costs import total_cost
from rarebit.evaluation.outcome import baseline
from rarebit.evaluation.ranking import line_of
from rarebit.persistence.atomic import atomic_write_text
from rarebit.reporting import names, rows
from rarebit.reporting.checks import checks_context
from rarebit.reporting.costs import cost_table
from rarebit.reporting.explanation import explanation_context
from rarebit.reporting.figures import report_figures
from rarebit.reporting.operating import operating_rows
from rarebit.reporting.pages import render_template
from rarebit.reporting.rerun import protocol_name, rerun
from rarebit.reporting.review import review_context
from rarebit.reporting.stability import stability_context
from rarebit.reporting.subgroups import subgroup_context
from rarebit.zoo.objective import get_objective

# Candidates in the main table; the others are folded away below it.
TABLE_ROWS = 12


def write_report(comparison: Comparison, path: str | os.PathLike[str]) -> Path:
    """Write the report on a comparison as one self-contained HTML file.

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

    Examples
    --------
    >>> from rarebit.datasets import load_dataset
    >>> from rarebit.evaluation import compare
    >>> outcome = compare(load_dataset("digits_8"), preset="quick")  # doctest: +SKIP
    >>> write_report(outcome, "report.html")  # doctest: +SKIP
    """
    target = Path(path)
    atomic_write_text(target, render_report(comparison))
    return target


def render_report(comparison: Comparison) -> str:
    """Return the HTML text of the report on a comparison."""
    drawn = {
        "figures": report_figures(comparison),
        "stability": stability_context(comparison.stability),
        "explanation": explanation_context(comparison.explanation),
    }
    return render_template("report.html", report_facts(comparison) | drawn)


def report_facts(comparison: Comparison) -> dict[str, Any]:
    """Everything that the report says besides figures; the model card says the same."""
    ranking = rows.ranking_rows(comparison)
    return {
        "dataset": rows.dataset_facts(comparison.dataset),
        "has_model": comparison.model is not None,
        "best": _best(comparison),
        "baseline": _baseline(comparison),
        "metric": comparison.objective.label,
        "meanings": [
            f"{answer.objective.label}: {answer.objective.meaning}."
            for answer in comparison.answers
            if answer.objective.meaning
        ],
        "greater_is_better": comparison.objective.greater_is_better,
        "others": [get_objective(name).label for name in rows.other_metrics(comparison)],
        "finding": [
            names.clean(text) for text in comparison.finding if text != comparison.recommendation
        ],
        "checks": checks_context(comparison.checks),
        "warnings": [names.clean(text) for text in dict.fromkeys(comparison.warnings)],
        "left_out": [names.clean(text) for text in comparison.left_out],
        "classes": rows.class_rows(comparison.dataset),
        "columns": rows.column_rows(comparison.dataset),
        "ranking": ranking[:TABLE_ROWS],
        "ranking_rest": ranking[TABLE_ROWS:],
        "ranking_not_estimated": rows.not_estimated(ranking),
        "probabilities": _probabilities(comparison),
        "effects": [_effects(comparison, answer) for answer in comparison.answers],
        "reference": rows.reference_label(comparison),
        "costs": _costs(comparison),
        "confusions": rows.confusion_tables(comparison),
        "operating": operating_rows(comparison.operating, comparison.points),
        "review": review_context(comparison.review),
        "rare_label": rows.rare_label(comparison.dataset),
        "subgroups": subgroup_context(comparison.subgroups),
        "test": _other_rows(comparison),
        "settings": rows.setting_rows(comparison.settings),
        "versions": rows.setting_rows(dict(comparison.versions)),
        "rerun": rerun(comparison),
        "protocol": protocol_name(comparison),
    }


def _best(comparison: Comparison) -> dict[str, Any]:
    classifier, treatment = comparison.best
    score, low, high = comparison.best_corrected
    return {
        "heading": "Recommended" if comparison.coverage.is_complete else "Best so far",
        "is_corrected": bool(np.isfinite(score)),
        "classifier": names.label(comparison, classifier, rows.NAME),
        "treatment": names.label(comparison, treatment, rows.NAME),
        "score": wording.number(score),
        "interval": wording.interval(low, high),
        "mean": wording.number(line_of(comparison.ranking, comparison.best)["score"]),
        "found": rows.found_rows(comparison.dataset, comparison.predictions.get(comparison.best)),
    }


def _probabilities(comparison: Comparison) -> dict[str, Any] | None:
    """The recommended model's score by the metric of the probabilities; None without one."""
    answer = comparison.probabilities
    if answer is None:
        return None
    score, low, high = answer.best_corrected
    return {
        "metric": answer.objective.label,
        "is_corrected": bool(np.isfinite(score)),
        "score": wording.number(score),
        "interval": wording.interval(low, high),
        "mean": wording.number(line_of(comparison.ranking, comparison.best)[answer.metric]),
    }


def _effects(comparison: Comparison, answer: Answer) -> dict[str, Any]:
    found = rows.effect_rows(comparison, answer)
    return {
        "metric": answer.objective.label,
        "greater_is_better": answer.objective.greater_is_better,
        "rows": found,
        "not_estimated": rows.not_estimated(found),
    }


def _baseline(comparison: Comparison) -> dict[str, Any] | None:
    other = baseline(comparison)
    if other is None:
        return None
    return {
        "label": names.candidate_label(comparison, other, 60),
        "found": rows.found_rows(comparison.dataset, comparison.predictions.get(other)),
    }


def _costs(comparison: Comparison) -> dict[str, Any] | None:
    """What the best model's decisions cost, and those of its baseline."""
    totals = [(comparison.best, comparison.cost)]
    if (other := baseline(comparison)) is not None:
        given = comparison.settings.get("cost_matrix")
        predictions = comparison.predictions.get(other)
        totals.append((other, total_cost(comparison.dataset, predictions, given)))
    labelled = [(names.candidate_label(comparison, pair, 60), total) for pair, total in totals]
    return cost_table(comparison.dataset, labelled)


def _other_rows(comparison: Comparison) -> dict[str, Any] | None:
    """Texts of the section on the test rows; None if there are none."""
    found, model = comparison.test, comparison.model
    if found is None or model is None:
        return None
    expected = line_of(comparison.ranking, comparison.best)
    return {
        "name": names.clean(found.dataset.name, 120),
        "n_rows": len(found.dataset.target),
        "n_train": model.n_rows_,
        "scores": [
            {
                "label": row["label"],
                "expected": wording.number(expected.get(row["metric"], np.nan)),
                "score": wording.number(row["score"]),
                "interval": wording.interval(row["low"], row["high"]),
            }
            for row in found.metrics.to_dict("records")
            if np.isfinite(row["score"])
        ],
        "finding": [names.clean(text) for text in found.finding],
        "warnings": [names.clean(text) for text in found.warnings],
    }
