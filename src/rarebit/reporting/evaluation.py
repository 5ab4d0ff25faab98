"""An evaluation on rows of another time or place: in a terminal, as a page, JSON and tables."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from rarebit._common import wording
from rarebit.evaluation import Evaluation
from rarebit.evaluation.operating import point_table
from rarebit.evaluation.outcome import found_by
from rarebit.persistence.atomic import atomic_write_text
from rarebit.reporting import curves, names, rows, terminal
from rarebit.reporting.checks import checks_context
from rarebit.reporting.costs import cost_table
from rarebit.reporting.curves import Shown
from rarebit.reporting.exports import (
    cost_as_dict,
    frame_of,
    plain_values,
    write_frames,
    write_json,
)
from rarebit.reporting.operating import operating_rows
from rarebit.reporting.pages import render_template
from rarebit.reporting.review import review_context
from rarebit.reporting.subgroups import subgroup_context

# Characters of a name in a table.
NAME = 60
MODEL = "This model"


def print_evaluation(evaluation: Evaluation, console: Console | None = None) -> None:
    """Print an evaluation: finding, rows found, scores, drift, warnings.

    Parameters
    ----------
    evaluation : Evaluation
        What :func:`rarebit.evaluation.evaluate` returned.
    console : rich.console.Console, optional
        Where to print. The default is the standard output.
    """
    console = console or Console()
    dataset, subgroups = evaluation.dataset, evaluation.subgroups
    terminal.print_sentences(console, evaluation.finding)
    terminal.print_found(console, dataset, evaluation.predictions, "the model", "row")
    terminal.print_table(console, ("Metric", "Score", "95 % interval", "In training"), [
        (row["label"], row["score"], row["interval"], row["training"])
        for row in metric_rows(evaluation)
    ])  # fmt: skip
    terminal.print_decisions(console, evaluation.operating, evaluation.points, evaluation.review)
    terminal.print_drift(console, evaluation.drift)
    notes = {
        "warning": evaluation.warnings,
        "subgroups": [] if subgroups is None else subgroups.notes,
    }
    terminal.print_notes(console, notes)


def metric_rows(evaluation: Evaluation) -> list[dict[str, str]]:
    """One entry a metric that is defined, as texts."""
    return [
        {
            "label": row["label"],
            "score": wording.number(row["score"]),
            "interval": wording.interval(row["low"], row["high"]),
            "training": wording.number(row["training"]),
        }
        for row in evaluation.metrics.to_dict("records")
        if np.isfinite(row["score"]) or np.isfinite(row["training"])
    ]


def evaluation_as_dict(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as values that JSON can hold; an undefined number is None."""
    dataset = evaluation.dataset
    found = found_by(dataset, evaluation.predictions)
    outcome = {
        "dataset": {
            "name": dataset.name,
            "source": dataset.source,
            "n_rows": len(dataset.target),
            "positive": None if dataset.positive is None else dataset.classes[dataset.positive],
            "weighted": dataset.full_weight is not None,
        },
        "metrics": evaluation.metrics,
        "found": [vars(one) for one in found],
        "classes": evaluation.classes,
        "prevalence_p": evaluation.prevalence_p,
        "calibration": evaluation.calibration,
        "recalibration": {
            "best": evaluation.recalibration.best,
            "updates": evaluation.recalibration.table,
        },
        "drift": evaluation.drift,
        "cost": cost_as_dict(evaluation.cost),
        "operating_points": point_table(evaluation.operating, evaluation.points),
        "review": frame_of(evaluation.review),
        "subgroups": frame_of(evaluation.subgroups),
        "finding": evaluation.finding,
        "warnings": evaluation.warnings,
        "checks": [check._asdict() for check in evaluation.checks],
        "settings": evaluation.settings,
        "versions": evaluation.versions,
    }
    return dict(plain_values(outcome))


def write_evaluation(evaluation: Evaluation, folder: str | os.PathLike[str]) -> dict[str, str]:
    """Write an evaluation as a page, as JSON and as CSV files.

    Parameters
    ----------
    evaluation : Evaluation
        What :func:`rarebit.evaluation.evaluate` returned.
    folder : path
        Where to write ``evaluation.html``, ``evaluation.json``, ``metrics.csv``, ``drift.csv``,
        and where there are any, ``operating_points.csv``, ``review.csv`` and ``subgroups.csv``;
        created if missing.

    Returns
    -------
    dict of str to str
        The path of each file, by what it holds.
    """
    place = Path(folder)
    tables = write_frames(
        {
            "metrics.csv": evaluation.metrics,
            "drift.csv": evaluation.drift,
            "operating_points.csv": point_table(evaluation.operating, evaluation.points),
            "review.csv": frame_of(evaluation.review),
            "subgroups.csv": frame_of(evaluation.subgroups),
        },
        place,
    )
    page, figures = place / "evaluation.html", place / "evaluation.json"
    atomic_write_text(page, render_evaluation(evaluation))
    write_json(evaluation_as_dict(evaluation), figures)
    written = {"report": page, "figures": figures} | {path.stem: path for path in tables}
    return {what: str(path) for what, path in written.items()}


def render_evaluation(evaluation: Evaluation) -> str:
    """Return the HTML text of the page on an evaluation."""
    dataset, seen = evaluation.dataset, evaluation.predictions
    shown = [shown_model(evaluation)]
    figures = [
        *curves.curves(dataset, shown, folds=False),
        *curves.calibration(dataset, shown),
        *curves.decisions(dataset, shown),
    ]
    context = {
        "dataset": rows.dataset_facts(dataset),
        "finding": [names.clean(text) for text in evaluation.finding],
        "checks": checks_context(evaluation.checks),
        "warnings": [names.clean(text) for text in dict.fromkeys(evaluation.warnings)],
        "found": rows.found_rows(dataset, seen),
        "classes": _class_rows(evaluation),
        "metrics": metric_rows(evaluation),
        "figures": figures,
        "confusions": [rows.confusion_table(MODEL, dataset, seen)],
        "drift": rows.drift_rows(evaluation.drift),
        "costs": cost_table(dataset, [(MODEL, evaluation.cost)], "row", ""),
        "operating": operating_rows(evaluation.operating, evaluation.points),
        "review": review_context(evaluation.review),
        "rare_label": rows.rare_label(dataset),
        "subgroups": subgroup_context(evaluation.subgroups),
        "settings": rows.setting_rows(evaluation.settings),
        "versions": rows.setting_rows(dict(evaluation.versions)),
    }
    return render_template("evaluation.html", context)


def shown_model(evaluation: Evaluation) -> Shown:
    """The evaluated model, to be drawn."""
    table = evaluation.metrics
    scores = dict(zip(table["metric"], table["score"].astype(float), strict=True))
    return Shown(MODEL, scores, evaluation.predictions)


def _class_rows(evaluation: Evaluation) -> list[dict[str, Any]]:
    """One entry a class: its share here and in training."""
    return [
        {
            "label": names.clean(row["label"], NAME),
            "rows": f"{row['rows']:,}",
            "share": wording.percent(row["share"]),
            "interval": f"{wording.percent(row['low'])} to {wording.percent(row['high'])}",
            "training": wording.percent(row["training_share"]),
        }
        for row in evaluation.classes.to_dict("records")
    ]
