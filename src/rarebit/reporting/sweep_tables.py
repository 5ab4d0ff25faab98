"""The outcome of a sweep for other programs and for a terminal: CSV, Markdown, JSON, text."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rarebit._common.wording import count, number, p_equals
from rarebit.evaluation.sweep.level import Level
from rarebit.evaluation.sweep.summary import SweepSummary
from rarebit.metrics import get_metric
from rarebit.persistence.atomic import atomic_write_text
from rarebit.reporting import names
from rarebit.reporting.exports import plain_values, write_frames, write_json
from rarebit.reporting.sweep import LEVELS, dataset_rows, failure_rows, level_rows
from rarebit.reporting.terminal import print_notes, print_sentences

# Columns of a level's table for people: key of its rows, heading.
COLUMNS = (
    ("entry", ""), ("rank", "Avg. rank"), ("score", "Mean score"), ("firsts", "First on"),
    ("failed", "No score on"), ("difference", "Difference"), ("interval", "95 % interval"),
    ("record", "Wins / ties / losses"), ("effect", "Effect size"), ("p", "p"),
)  # fmt: skip
# In a terminal: the columns, those that need a wide one, the largest number of rows.
TERMINAL_COLUMNS = ("entry", "rank", "score", "difference", "interval", "record", "p")
WIDE_ONLY = ("interval", "record")
NARROW = 110
TERMINAL_ROWS = 10


def write_sweep_tables(summary: SweepSummary, folder: str | os.PathLike[str]) -> list[Path]:
    """Write the tables of a sweep as CSV and as Markdown, with their provenance.

    The CSV files hold figures alone, so that every program can read them; commands, seed, versions
    and machine are in ``provenance.json`` and at the end of ``tables.md``.
    """
    place = Path(folder)
    tables = {"datasets": summary.datasets, "means": summary.means, "failures": summary.failures}
    for key, level in _levels(summary):
        tables[key] = level.table
        tables[f"{key}_scores"] = level.scores.rename_axis("dataset").reset_index()
        tables[f"{key}_p"] = level.wilcoxon.rename_axis("entry").reset_index()
    tests = {key: level.test._asdict() for key, level in _levels(summary)}
    tables["tests"] = pd.DataFrame(tests).T.rename_axis("level").reset_index()
    written = write_frames({f"{name}.csv": table for name, table in tables.items()}, place)
    markdown, stamp = place / "tables.md", place / "provenance.json"
    atomic_write_text(markdown, sweep_markdown(summary))
    write_json(plain_values({"runs": summary.runs, "settings": summary.settings}), stamp)
    return [*written, markdown, stamp]


def _levels(summary: SweepSummary) -> list[tuple[str, Level]]:
    return [(key, level) for key in LEVELS if (level := getattr(summary, key)) is not None]


def sweep_markdown(summary: SweepSummary) -> str:
    """Return the tables of a sweep as Markdown, with their provenance at the end."""
    metric = get_metric(summary.metric).label
    parts = [f"# {names.clean(summary.name)}", *map(names.clean, summary.finding)]
    for key, level in _levels(summary):
        other = summary.labels.get(level.table["other"].iloc[0], "")
        parts += [
            f"## {LEVELS[key]}",
            f"{count(len(level.scores), 'data set')}, ranked by {metric}; compared with “{other}”.",
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
        parts += ["## Warnings", *(f"- {text}" for text in summary.warnings)]
    for run in summary.runs:
        versions = ", ".join(f"{name} {value}" for name, value in run["versions"].items())
        seed = summary.settings.get("seed")
        parts += [f"`{names.clean(run['command'])}`, seed {seed}. {versions}."]
    return "\n\n".join(parts) + "\n"


def _global_test(level: Level) -> str:
    """Whether there is any difference at all; empty for two entries, which have no such test."""
    test = level.test
    if np.isnan(test.chi2):
        return ""
    return (
        f"Friedman χ² = {number(test.chi2, 2)} ({p_equals(test.p)}), Iman-Davenport F = "
        f"{number(test.f, 2)} ({p_equals(test.f_p)}), Nemenyi’s critical difference "
        f"{number(level.critical_difference, 2)}. "
    )


def markdown_table(headings: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """Return a Markdown table; a bar within a text does not end its cell."""

    def line(values: Sequence[object]) -> str:
        return (
            f"| {' | '.join(names.clean(value).replace('|', chr(92) + '|') for value in values)} |"
        )

    return "\n".join([line(headings), line(["---"] * len(headings)), *map(line, rows)])


def sweep_as_dict(summary: SweepSummary) -> dict[str, Any]:
    """Return the outcome of a sweep as values that JSON can hold; an undefined number is None."""
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
    return dict(plain_values(outcome))


def print_sweep(summary: SweepSummary, console: Console) -> None:
    """Print the finding, the rankings and the warnings of a sweep."""
    print_sentences(console, summary.finding)
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
    print_notes(console, {"warning": summary.warnings})
