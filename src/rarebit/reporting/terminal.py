"""What every outcome prints in a terminal: sentences, rows found, tables, notes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rarebit._common.wording import count
from rarebit.datasets import Dataset
from rarebit.decision.points import FittedPoint
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.operating import AtPoint
from rarebit.evaluation.review import Reviewed
from rarebit.reporting import names, rows
from rarebit.reporting.operating import operating_rows
from rarebit.reporting.review import review_context

# Columns whose drift is shown; JSON has all.
MOST_DRIFT = 10


def terminal_table(headers: Sequence[str], lines: Iterable[Sequence[str]]) -> Table:
    """Return a table whose first column is text, and the others numbers."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for position, header in enumerate(headers):
        table.add_column(header, justify="right" if position else "left", no_wrap=True)
    for line in lines:
        table.add_row(*map(Text, line))
    return table


def print_table(console: Console, headers: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    """Print a table after a blank line; nothing without lines."""
    if lines:
        console.print()
        console.print(terminal_table(headers, lines))


def print_sentences(console: Console, texts: Iterable[str]) -> None:
    """Print each sentence on lines of its own."""
    for text in texts:
        console.print(Text(names.clean(text)))


def print_found(
    console: Console, dataset: Dataset, predictions: Predictions | None, model: str, row: str
) -> None:
    """Print what a model found of each rare class; ``row`` is what is counted."""
    print_sentences(
        console,
        [
            f'Of {count(found.total, row)} of class "{found.label}", {model} found '
            f"{found.found:,}. It raised {count(found.false_alarms, 'false alarm')} on the other "
            f"{count(found.others, 'row')}."
            for found in rows.found_rows(dataset, predictions)
        ],
    )
    if dataset.full_weight is not None:
        console.print("Row weights are applied to all scores, but not to these counts.")


def print_decisions(
    console: Console,
    operating: Sequence[AtPoint],
    points: Mapping[str, FittedPoint],
    review: Reviewed | None,
) -> None:
    """Print what a model does at operating points, and with review by a person."""
    found = operating_rows(operating, points)
    headers = ("At", "Threshold", "Recall", "95 % interval", "Precision", "FPR", "Alerts")
    print_table(console, headers, [
        (row["at"], row["threshold"], *row["recall"], row["precision"][0], row["fpr"][0],
         f"{row['alerts']:,}")
        for row in found
    ])  # fmt: skip
    print_sentences(console, [row["promise"] for row in found if row["promise"]])
    reviewed = review_context(review)
    columns = ("Review", "Reviewed", "Errors", "Recall", "95 % interval", "Precision")
    print_table(console, columns, [
        (row["name"], row["reviewed"][0], f"{row['errors']:,}", *row["recall"], row["precision"][0])
        for row in (reviewed["rows"] if reviewed else [])
    ])  # fmt: skip


def print_drift(console: Console, drift: pd.DataFrame) -> None:
    """Print the columns that differ most from training."""
    keys = ("column", "difference", "by_chance", "p")
    shown = [[row[key] for key in keys] for row in rows.drift_rows(drift)[:MOST_DRIFT]]
    print_table(console, ("Column", "Drift", "By chance", "p"), shown)


def print_notes(console: Console, notes: Mapping[str, Iterable[str]]) -> None:
    """Print notes of each kind after a blank line, each once."""
    lines = [(kind, text) for kind, texts in notes.items() for text in dict.fromkeys(texts)]
    if lines:
        console.print()
    for kind, text in lines:
        console.print(Text.assemble((f"{kind}: ", "yellow"), names.clean(text)))
