"""The outcome of a sweep for other programs and for a terminal: CSV, Markdown, JSON, text."""

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

from rarebit.evaluation.ranking_metric import metric_label
from rarebit.evaluation.sweep.level import Level
from rarebit.evaluation.sweep.summary import SweepSummary
from rarebit.persistence import atomic_write_text
from rarebit.reporting import names
from rarebit.reporting.exports import no_formula, plain_values
from rarebit.reporting.sweep import LEVELS, dataset_rows, failure_rows, level_rows

# Columns of a level's table for people: key of its rows, heading.
COLUMNS = (
    ("entry", ""), ("rank", "Average rank"), ("score", "Mean score"), ("firsts", "First on"),
    ("failed", "No score on"), ("difference", "Change"), ("interval", "95 % interval"),
    ("record", "Won / tied / lost"), ("effect", "Effect"), ("p", "p"),
)  # fmt: skip
# In a terminal: the columns, those that a narrow one has no room for, the rows at most.
TERMINAL_COLUMNS = ("entry", "rank", "score", "difference", "interval", "record", "p")
WIDE_ONLY = ("interval", "record")
NARROW = 110
TERMINAL_ROWS = 10


def write_sweep_tables(summary: SweepSummary, folder: str | os.PathLike[str]) -> list[Path]:
    """Write the tables of a sweep as CSV, all of them as Markdown, and where they come from.

    The CSV files hold figures alone, so that every program reads them; command, seed, versions and
    machine stand in ``provenance.json`` beside them and at the end of ``tables.md``.

    Parameters
    ----------
    summary : SweepSummary
        What :func:`rarebit.evaluation.sweep.summary.summarise_sweep` returned.
    folder : path
        Where to write; made if missing.

    Returns
    -------
    list of pathlib.Path
        The files written.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    tables = {"datasets": summary.datasets, "means": summary.means, "failures": summary.failures}
    for key, level in _levels(summary):
        tables[key] = level.table
        tables[f"{key}_scores"] = level.scores.rename_axis("dataset").reset_index()
        tables[f"{key}_p"] = level.wilcoxon.rename_axis("entry").reset_index()
    tests = {key: level.test._asdict() for key, level in _levels(summary)}
    tables["tests"] = pd.DataFrame(tests).T.rename_axis("level").reset_index()
    texts = {
        f"{name}.csv": table.map(no_formula).to_csv(index=False, lineterminator="\n")
        for name, table in tables.items()
    }
    texts["tables.md"] = sweep_markdown(summary)
    stamp = {"runs": summary.runs, "settings": summary.settings}
    texts["provenance.json"] = json.dumps(plain_values(stamp), indent=1, ensure_ascii=False) + "\n"
    for name, text in texts.items():
        atomic_write_text(place / name, text)
    return [place / name for name in texts]


def _levels(summary: SweepSummary) -> list[tuple[str, Level]]:
    return [(key, level) for key in LEVELS if (level := getattr(summary, key)) is not None]


def sweep_markdown(summary: SweepSummary) -> str:
    """Return the tables of a sweep as Markdown, with what they come from at the end."""
    metric = metric_label(summary.metric)
    parts = [f"# {names.clean(summary.name)}", *map(names.clean, summary.finding)]
    for key, level in _levels(summary):
        other = summary.labels.get(level.table["other"].iloc[0], "")
        parts += [
            f"## {LEVELS[key]}",
            f"{len(level.scores)} data sets, ranked by {metric}; changes are against “{other}”.",
            markdown_table(
                [heading for _, heading in COLUMNS],
                [[row[column] for column, _ in COLUMNS] for row in level_rows(summary, level)],
            ),
            f"{_global_test(level)}{level.power}",
        ]
    datasets = dataset_rows(summary)
    parts += [
        "## Data sets",
        markdown_table(list(datasets[0]), [list(row.values()) for row in datasets]),
    ]
    failures = failure_rows(summary)
    if failures:
        parts += [
            "## Without a score",
            markdown_table(list(failures[0]), [list(row.values()) for row in failures]),
        ]
    if summary.warnings:
        parts += ["## Before you trust it", *(f"- {text}" for text in summary.warnings)]
    for run in summary.runs:
        versions = ", ".join(f"{name} {value}" for name, value in run["versions"].items())
        seed = summary.settings.get("seed")
        parts += [f"`{names.clean(run['command'])}`, seed {seed}. {versions}."]
    return "\n\n".join(parts) + "\n"


def _global_test(level: Level) -> str:
    """Whether there is any difference at all; nothing for two entries, between which none asks."""
    if np.isnan(level.test.chi2):
        return ""
    return (
        f"Friedman χ² = {level.test.chi2:.2f} (p = {level.test.p:.2g}), Iman-Davenport F = "
        f"{level.test.f:.2f} (p = {level.test.f_p:.2g}), Nemenyi's critical difference "
        f"{level.critical_difference:.2f}. "
    )


def markdown_table(headings: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """A table; a bar within a text must not end its cell."""

    def line(values: Sequence[object]) -> str:
        return (
            f"| {' | '.join(names.clean(value).replace('|', chr(92) + '|') for value in values)} |"
        )

    return "\n".join([line(headings), line(["---"] * len(headings)), *map(line, rows)])


def sweep_as_dict(summary: SweepSummary) -> dict[str, Any]:
    """Return the outcome of a sweep as values that JSON can hold; undefined numbers are None."""
    levels = {
        key: {
            "table": level.table,
            "test": level.test._asdict(),
            "critical_difference": level.critical_difference,
            "cliques": level.cliques,
            "power": level.power,
        }
        for key, level in _levels(summary)
    }
    outcome = {
        "name": summary.name,
        "metric": summary.metric,
        "finding": summary.finding,
        "warnings": summary.warnings,
        "left_out": summary.left_out,
        "datasets": summary.datasets,
        **levels,
        "failures": summary.failures,
        "settings": summary.settings,
        "runs": summary.runs,
    }
    plain: dict[str, Any] = plain_values(outcome)
    return plain


def print_sweep(summary: SweepSummary, console: Console) -> None:
    """Print the outcome of a sweep: finding, rankings, warnings."""
    for sentence in summary.finding:
        console.print(Text(names.clean(sentence)))
    headings = dict(COLUMNS)
    columns = [key for key in TERMINAL_COLUMNS if console.width >= NARROW or key not in WIDE_ONLY]
    for key, level in _levels(summary):
        rows = level_rows(summary, level)
        table = Table(box=None, pad_edge=False, header_style="dim", caption_justify="left")
        for column in columns:
            left = column == "entry"
            table.add_column(
                LEVELS[key] if left else headings[column],
                justify="left" if left else "right",
                no_wrap=not left,
            )
        for row in rows[:TERMINAL_ROWS]:
            table.add_row(*(Text(str(row[column])) for column in columns))
        if len(rows) > TERMINAL_ROWS:
            table.caption = Text(f"and {len(rows) - TERMINAL_ROWS} more")
        console.print()
        console.print(table)
    if summary.warnings:
        console.print()
    for text in summary.warnings:
        console.print(Text.assemble(("warning: ", "yellow"), names.clean(text)))
