"""An evaluation on rows of another time or place: in a terminal, as a page, JSON and tables."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rarebit._common import wording
from rarebit.datasets import Dataset
from rarebit.evaluation import Comparison, Evaluation
from rarebit.evaluation.operating import point_table
from rarebit.evaluation.outcome import Found, found_by
from rarebit.evaluation.ranking import line_of
from rarebit.persistence.atomic import atomic_write_text
from rarebit.reporting import curves, names, rows
from rarebit.reporting.checks import checks_context
from rarebit.reporting.costs import cost_table
from rarebit.reporting.curves import Shown
from rarebit.reporting.exports import cost_as_dict, plain_values, write_csv
from rarebit.reporting.operating import operating_rows, operating_table
from rarebit.reporting.pages import render_template
from rarebit.reporting.review import review_context, review_table
from rarebit.reporting.subgroups import subgroup_context

# Characters of a name in a table, and of a note.
NAME, LINE = 60, 600
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
    for sentence in evaluation.finding:
        console.print(Text(names.clean(sentence)))
    for found in found_by(evaluation.dataset, evaluation.predictions):
        console.print(
            Text(
                f"Of {wording.count(found.total, 'row')} of class "
                f'"{names.clean(found.label, NAME)}", the model found {found.found:,}. It raised '
                f"{wording.count(found.false_alarms, 'false alarm')} on the other "
                f"{wording.count(found.others, 'row')}."
            )
        )
    if evaluation.dataset.full_weight is not None:
        console.print(Text("Row weights are applied to all scores, but not to these counts."))
    console.print()
    console.print(terminal_table(("Metric", "Score", "95 % interval", "In training"), [
        (row["label"], row["score"], row["interval"], row["training"])
        for row in metric_rows(evaluation)
    ]))  # fmt: skip
    if points := operating_rows(evaluation.operating, evaluation.points):
        console.print()
        console.print(operating_table(points))
    if (review := review_context(evaluation.review)) is not None:
        console.print()
        console.print(review_table(review))
    if drift := drift_rows(evaluation.drift)[:10]:
        console.print()
        console.print(terminal_table(("Column", "Drift", "By chance", "p"), [
            (row["column"], row["difference"], row["by_chance"], row["p"]) for row in drift
        ]))  # fmt: skip
    notes = [("warning", text) for text in dict.fromkeys(evaluation.warnings)]
    if evaluation.subgroups is not None:
        notes += [("subgroups", text) for text in evaluation.subgroups.notes]
    if notes:
        console.print()
    for kind, text in notes:
        console.print(Text.assemble((f"{kind}: ", "yellow"), names.clean(text, LINE)))


def terminal_table(headers: tuple[str, ...], lines: Sequence[tuple[str, ...]]) -> Table:
    """A table whose first column is text, and the others numbers."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for position, header in enumerate(headers):
        table.add_column(header, justify="right" if position else "left", no_wrap=True)
    for line in lines:
        table.add_row(*map(Text, line))
    return table


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


def drift_rows(drift: pd.DataFrame) -> list[dict[str, str]]:
    """One entry a column, the largest drift first, as texts."""
    return [
        {
            "column": names.clean(row["column"], NAME),
            "difference": wording.percent(row["difference"]),
            "by_chance": wording.percent(row["by_chance"]),
            "p": wording.p_value(row["p"]),
            "missing": wording.percent(row["missing"]),
            "missing_before": wording.percent(row["missing_before"]),
        }
        for row in drift.to_dict("records")
    ]


def evaluation_as_dict(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as values that JSON can hold; an undefined number is None."""
    dataset, subgroups = evaluation.dataset, evaluation.subgroups
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
        "review": None if evaluation.review is None else evaluation.review.frame(),
        "subgroups": None if subgroups is None else subgroups.frame(),
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
    place.mkdir(parents=True, exist_ok=True)
    atomic_write_text(place / "evaluation.html", render_evaluation(evaluation))
    text = json.dumps(evaluation_as_dict(evaluation), indent=2, ensure_ascii=False)
    atomic_write_text(place / "evaluation.json", text + "\n")
    tables: dict[str, pd.DataFrame] = {"metrics": evaluation.metrics, "drift": evaluation.drift}
    if evaluation.operating:
        tables["operating_points"] = point_table(evaluation.operating, evaluation.points)
    if evaluation.review is not None:
        tables["review"] = evaluation.review.frame()
    if evaluation.subgroups is not None:
        tables["subgroups"] = evaluation.subgroups.frame()
    for name, table in tables.items():
        write_csv(table, place / f"{name}.csv")
    written = {"report": "evaluation.html", "figures": "evaluation.json"}
    written |= {name: f"{name}.csv" for name in tables}
    return {what: str(place / name) for what, name in written.items()}


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
        "found": _found(dataset, evaluation),
        "classes": _class_rows(evaluation),
        "metrics": metric_rows(evaluation),
        "figures": figures,
        "confusions": [rows.confusion_table(MODEL, dataset, seen)],
        "drift": drift_rows(evaluation.drift),
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


def other_rows_context(comparison: Comparison) -> dict[str, Any] | None:
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


def _found(dataset: Dataset, evaluation: Evaluation) -> list[Found]:
    """Rows found of each rare class; those without a row say nothing."""
    return [found for found in found_by(dataset, evaluation.predictions) if found.total]


def _class_rows(evaluation: Evaluation) -> list[dict[str, Any]]:
    """One entry a class: its share here and in training."""
    return [
        {
            "label": names.clean(row["label"], NAME),
            "rows": int(row["rows"]),
            "share": wording.percent(row["share"]),
            "interval": f"{wording.percent(row['low'])} to {wording.percent(row['high'])}",
            "training": wording.percent(row["training_share"]),
        }
        for row in evaluation.classes.to_dict("records")
    ]
