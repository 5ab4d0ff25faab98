"""The report on a sweep: one HTML file over many data sets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from rarebit._common import wording
from rarebit.evaluation.sweep.level import Level
from rarebit.evaluation.sweep.summary import UNTOUCHED, SweepSummary
from rarebit.metrics import get_metric
from rarebit.persistence.atomic import atomic_write_text
from rarebit.reporting import names, plots
from rarebit.reporting.critical_difference import critical_difference_diagram
from rarebit.reporting.curves import ReportFigure
from rarebit.reporting.pages import render_template
from rarebit.reporting.rows import Scale, setting_rows
from rarebit.running.cells import candidate_name

# Entries shown of each level; the others are folded away.
SHOWN = 20
LABEL = 60  # characters of a name
LEVELS = {"treatments": "Treatments", "classifiers": "Classifiers", "candidates": "Models"}


def write_sweep_report(summary: SweepSummary, path: str | os.PathLike[str]) -> Path:
    """Write the report on a sweep as one self-contained HTML file, replaced in one step."""
    target = Path(path)
    atomic_write_text(target, render_sweep_report(summary))
    return target


def render_sweep_report(summary: SweepSummary) -> str:
    """Return the HTML text of the report on a sweep."""
    better = get_metric(summary.metric).greater_is_better
    levels = {key: getattr(summary, key) for key in LEVELS}
    context = {
        "name": names.clean(summary.name, 120),
        "metric": get_metric(summary.metric).label,
        "greater_is_better": better,
        "finding": [names.clean(text) for text in summary.finding],
        "warnings": [names.clean(text) for text in summary.warnings],
        "left_out": [names.clean(text) for text in summary.left_out],
        "datasets": dataset_rows(summary),
        "n_cells": int(summary.datasets["n_cells"].sum()),
        "levels": [_level_context(summary, key, level) for key, level in levels.items() if level],
        "gains": _gains_figure(summary),
        "failures": failure_rows(summary),
        "runs": [
            {
                "command": names.clean(run.get("command", "")),
                "versions": setting_rows(run["versions"]),
            }
            for run in summary.runs
        ],
        "settings": setting_rows(summary.settings),
    }
    return render_template("sweep.html", context)


# ---------------------------------------------------------------- rows of tables


def dataset_rows(summary: SweepSummary) -> list[dict[str, Any]]:
    """One entry a data set."""
    return [
        {str(key): value for key, value in row.items()}
        | {
            "dataset": names.clean(row["dataset"], LABEL),
            "imbalance": wording.number(row["imbalance"], 1),
        }
        for row in summary.datasets.to_dict("records")
    ]


def failure_rows(summary: SweepSummary) -> list[dict[str, Any]]:
    """One entry for each data set and candidate with cells that have no score."""
    return [
        {
            "dataset": names.clean(row["dataset"], LABEL),
            "classifier": _label(summary, row["classifier"]),
            "treatment": _label(summary, row["treatment"]),
            "failed": row["n_cells"] - row["n_done"],
            "cells": row["n_cells"],
            "error": names.clean(row["error"], 200),
        }
        for row in summary.failures.to_dict("records")
    ]


def level_rows(summary: SweepSummary, level: Level) -> list[dict[str, Any]]:
    """One entry for each entry of a level, best first, as the tables show it."""
    table = level.table
    scale = Scale.around(table["low"], table["high"], table["difference"], 0.0)
    return [
        {
            "entry": _label(summary, row["entry"]),
            "is_reference": row["entry"] == row["other"],
            "rank": wording.number(row["average_rank"], 2),
            "score": wording.number(row["score"]),
            "firsts": row["firsts"],
            "failed": row["failed"],
            "difference": wording.number(row["difference"], signed=True),
            "interval": wording.DASH
            if row["entry"] == row["other"]
            else wording.interval(row["low"], row["high"], signed=True),
            "bar": scale.bar(row["low"], row["difference"], row["high"]),
            "zero": scale.at(0.0),
            "record": wording.DASH
            if np.isnan(row["wins"])
            else f"{row['wins']:.0f} / {row['ties']:.0f} / {row['losses']:.0f}",
            "effect": wording.number(row["rank_biserial"], 2, signed=True),
            "p": wording.p_value(row["p"]),
        }
        for row in table.to_dict("records")
    ]


def _label(summary: SweepSummary, name: str, limit: int | None = LABEL) -> str:
    return names.clean(summary.labels.get(name, name), limit)


def _heat(summary: SweepSummary, level: Level) -> dict[str, Any]:
    """Scores by data set, shaded by rank: the darker the better."""
    shown = list(level.table["entry"][:SHOWN])
    places = level.ranks[shown].to_numpy()
    shares = 100 * (level.scores.shape[1] - places) / (level.scores.shape[1] - 1)
    marks = _marks(summary)

    def cell(dataset: str, entry: str, score: float, rank: float, share: float) -> dict[str, Any]:
        mark = "" if np.isfinite(score) else marks.get((dataset, entry), "no score")
        shade = {"rank": f"{rank:g}", "share": round(share)}
        return {"score": wording.number(score), "mark": mark, **shade}

    return {
        "columns": [_label(summary, entry) for entry in shown],
        "rows": [
            {
                "dataset": names.clean(dataset, LABEL),
                "cells": [
                    cell(str(dataset), *of_entry) for of_entry in zip(shown, *line, strict=True)
                ],
            }
            for dataset, *line in zip(
                level.scores.index, level.scores[shown].to_numpy(), places, shares, strict=True
            )
        ],
    }


def _marks(summary: SweepSummary) -> dict[tuple[str, str], str]:
    """Why a candidate has no score on a data set, in two words."""
    return {
        (row["dataset"], candidate_name((row["classifier"], row["treatment"]))): (
            "out of time" if row["n_timeout"] else "failed"
        )
        for row in summary.failures.to_dict("records")
    }


# ---------------------------------------------------------------- sections and figures


def _level_context(summary: SweepSummary, key: str, level: Level) -> dict[str, Any]:
    rows = level_rows(summary, level)
    n, k = level.scores.shape
    test = level.test
    other = str(level.table["other"].iloc[0])
    over = [_label(summary, name) for name in summary.averaged_over.get(key, [])]
    return {
        "key": key,
        "title": LEVELS[key],
        "n_datasets": n,
        "n_entries": k,
        "over": over,
        "other": _label(summary, other),
        "picked": level.reference is None,
        "rows": rows[:SHOWN],
        "rest": rows[SHOWN:],
        "heat": _heat(summary, level),
        "figure": _rank_figure(summary, key, level),
        "power": level.power,
        "test": {
            "defined": not np.isnan(test.chi2),  # it takes three entries
            "chi2": wording.number(test.chi2, 2),
            "df": test.df,
            "p": wording.p_equals(test.p),
            "f": "∞" if np.isposinf(test.f) else wording.number(test.f, 2),
            "dfs": f"{test.f_df1} and {test.f_df2}",
            "f_p": wording.p_equals(test.f_p),
            "critical_difference": wording.number(level.critical_difference, 2),
        },
    }


def _rank_figure(summary: SweepSummary, key: str, level: Level) -> ReportFigure | None:
    """Critical-difference diagram of the best entries; None without a test."""
    n, k = level.scores.shape
    if n < 2:
        return None
    average, tied = level.leaders(SHOWN)
    # Nemenyi's critical difference, if it fits on the scale of the diagram.
    room = np.ceil(average.max()) - np.floor(average.min())
    figure = critical_difference_diagram(
        average,
        tied,
        critical_difference=level.critical_difference
        if level.critical_difference <= room
        else None,
        labels={str(name): _label(summary, str(name), 40) for name in average.index},
        highlight=set(average.index) & {level.reference},
    )
    caption = (
        f"Average rank over {n} data sets; 1 is the best of {k}. A bar joins entries that do not "
        "differ significantly from each other (Wilcoxon’s test, Holm-adjusted p ≥ 0.05)."
    )
    if len(average) < k:
        caption += f" Shown: the best {len(average)} of {k}; ranks and p-values include all."
    return ReportFigure(f"ranks-{key}", f"{LEVELS[key]} by average rank", caption, figure)


def _gains_figure(summary: SweepSummary) -> ReportFigure | None:
    if summary.gains.empty:
        return None
    metric = wording.in_a_sentence(get_metric(summary.metric).label)
    labelled = summary.gains.rename(columns=lambda name: _label(summary, name, 30))
    sign = "" if get_metric(summary.metric).greater_is_better else " (a decrease counts as a gain)"
    caption = (
        f"Each mark is a data set: gain in {metric}{sign} over the "
        f"{_label(summary, UNTOUCHED).lower()} model, averaged over the same classifiers. The box "
        "holds the middle half of the data sets, with the median as a line. Right of the dotted "
        "line, the treatment helps."
    )
    figure = plots.gains(labelled, metric)
    return ReportFigure("gains", "Gains over the untouched model", caption, figure)
