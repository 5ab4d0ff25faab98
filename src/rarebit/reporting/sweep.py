"""The report on a sweep: one HTML file over many data sets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from rarebit.evaluation.ranking_metric import greater_is_better, metric_label
from rarebit.evaluation.sweep.level import Level
from rarebit.evaluation.sweep.summary import BASE, SweepSummary
from rarebit.persistence import atomic_write_text
from rarebit.reporting import names, outcome
from rarebit.reporting.critical_difference import critical_difference_diagram
from rarebit.reporting.figures import ReportFigure
from rarebit.reporting.plots import WIDTH
from rarebit.reporting.report import render_template
from rarebit.reporting.svg import INK, PALETTE, inline_svg, styled
from rarebit.statistics import cliques

# Entries shown of each level; the rest of the candidates is folded away.
SHOWN = 20
LABEL = 60  # characters of a name
LEVELS = {
    "treatments": "Treatments",
    "classifiers": "Classifiers",
    "candidates": "Models with a treatment",
}


def write_sweep_report(summary: SweepSummary, path: str | os.PathLike[str]) -> Path:
    """Write the report on a sweep as one HTML file that needs nothing else.

    Parameters
    ----------
    summary : SweepSummary
        What :func:`rarebit.evaluation.sweep.summary.summarise_sweep` returned.
    path : path
        File to write. An existing one is replaced in one step.

    Returns
    -------
    pathlib.Path
        The file written.
    """
    target = Path(path)
    atomic_write_text(target, render_sweep_report(summary))
    return target


def render_sweep_report(summary: SweepSummary) -> str:
    """Return the HTML text of the report on a sweep."""
    better = greater_is_better(summary.metric)
    levels = {key: getattr(summary, key) for key in LEVELS}
    context = {
        "name": names.clean(summary.name, 120),
        "metric": metric_label(summary.metric),
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
                "versions": outcome.setting_rows(run["versions"]),
            }
            for run in summary.runs
        ],
        "settings": outcome.setting_rows(summary.settings),
    }
    return render_template("sweep.html", context)


# ---------------------------------------------------------------- rows of tables


def dataset_rows(summary: SweepSummary) -> list[dict[str, Any]]:
    """One entry a data set."""
    return [
        {str(key): value for key, value in row.items()}
        | {
            "dataset": names.clean(row["dataset"], LABEL),
            "imbalance": f"{row['imbalance']:.1f}",
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
    scale = outcome.Scale.around(table["low"], table["high"], table["difference"], 0.0)
    return [
        {
            "entry": _label(summary, row["entry"]),
            "is_reference": row["entry"] == row["other"],
            "rank": names.number(row["average_rank"], 2),
            "score": names.number(row["score"]),
            "firsts": row["firsts"],
            "failed": row["failed"],
            "difference": names.number(row["difference"], signed=True),
            "interval": outcome.interval(row["low"], row["high"], signed=True),
            "bar": outcome.bar(scale, row["low"], row["difference"], row["high"]),
            "zero": scale.at(0.0),
            "record": names.DASH
            if np.isnan(row["wins"])
            else f"{row['wins']:.0f} / {row['ties']:.0f} / {row['losses']:.0f}",
            "effect": names.number(row["rank_biserial"], 2, signed=True),
            "p": _p(row["p"]),
        }
        for row in table.to_dict("records")
    ]


def _p(value: float) -> str:
    return names.p_value(value) if np.isfinite(value) else names.DASH


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
        return {
            "score": names.number(score), "rank": f"{rank:g}", "share": round(share), "mark": mark,
        }  # fmt: skip

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
        (row["dataset"], f"{row['classifier']} + {row['treatment']}"): "out of time"
        if row["n_timeout"]
        else "failed"
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
            "chi2": names.number(test.chi2, 2),
            "df": test.df,
            "p": _p(test.p),
            "f": "∞" if np.isposinf(test.f) else names.number(test.f, 2),
            "dfs": f"{test.f_df1} and {test.f_df2}",
            "f_p": _p(test.f_p),
            "critical_difference": names.number(level.critical_difference, 2),
        },
    }


def _rank_figure(summary: SweepSummary, key: str, level: Level) -> ReportFigure | None:
    """Critical-difference diagram of the best entries; nothing where no test holds."""
    if len(level.scores) < 2:
        return None
    average = level.ranks.mean().sort_values(kind="stable")[:SHOWN]
    tied = cliques(average, level.wilcoxon)
    figure = critical_difference_diagram(
        average,
        tied,
        critical_difference=_measure(average, level.critical_difference),
        labels={str(name): _label(summary, str(name), 40) for name in average.index},
        highlight=set(average.index) & {level.reference},
    )
    n, k = level.scores.shape
    caption = (
        f"Average rank over {n} data sets, 1 of {k} is best. A bar joins entries of which no two "
        "differ (Wilcoxon, Holm-adjusted p of 0.05 or more)."
    )
    if len(average) < k:
        caption += f" The best {len(average)} of {k} are shown; ranks and p-values are of all."
    title = f"{LEVELS[key]} by average rank"
    return ReportFigure(f"ranks-{key}", title, caption, inline_svg(figure, f"ranks-{key}", title))


def _measure(average: pd.Series, critical_difference: float) -> float | None:
    """Nemenyi's measure, where it fits on the scale of the diagram."""
    room = np.ceil(average.max()) - np.floor(average.min())
    return critical_difference if critical_difference <= room else None


def _gains_figure(summary: SweepSummary) -> ReportFigure | None:
    if summary.gains.empty:
        return None
    metric = metric_label(summary.metric)
    labelled = summary.gains.rename(columns=lambda name: _label(summary, name, 30))
    better = greater_is_better(summary.metric)
    sign = "" if better else " (a fall counts as a gain)"
    caption = (
        f"One mark a data set: what the treatment changes in {metric}{sign} against the "
        f"{_label(summary, BASE).lower()} model, averaged over the same classifiers. The box holds "
        "the middle half of the data sets, its line the median. Right of the dotted line it helps."
    )
    figure = gains_plot(labelled, metric)
    title = "Gains over the untouched model"
    return ReportFigure("gains", title, caption, inline_svg(figure, "gains", title))


@styled
def gains_plot(gains: pd.DataFrame, metric: str) -> Figure:
    """Draw what each treatment changes, data set by data set.

    Parameters
    ----------
    gains : DataFrame of shape (n_datasets, n_treatments)
        Above 0 where the treatment is better.
    metric : str
        Label of the score.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(WIDTH, 0.9 + 0.55 * gains.shape[1]), layout="constrained")
    axes = figure.add_subplot()
    axes.axvline(0, color=INK, linewidth=0.9, linestyle=":")
    # Marks are spread over the height of their row in a fixed pattern, so that few overlap.
    spread = 0.24 * np.sin(np.arange(len(gains)) * 2.4)
    for row, name in enumerate(gains):
        values = gains[name].to_numpy()
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        color = PALETTE[row % len(PALETTE)]
        axes.barh(row, high - low, left=low, height=0.66, color=color, alpha=0.18, linewidth=0)
        axes.plot([middle] * 2, [row - 0.33, row + 0.33], color=color, linewidth=2)
        axes.scatter(values, row + spread, s=18, color=color, alpha=0.85, linewidths=0, zorder=3)
    axes.set_yticks(range(gains.shape[1]), list(gains.columns))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(f"Gain in {metric}")
    return figure
