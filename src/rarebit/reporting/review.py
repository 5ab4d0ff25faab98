"""What review by a person changes, for terminal and report, as plain values."""

from __future__ import annotations

from typing import Any

from rich.table import Table
from rich.text import Text

from rarebit._common import wording
from rarebit.evaluation.review import Reviewed
from rarebit.reporting.operating import share_texts

_COLUMNS = ("Review", "Reviewed", "Errors", "Recall", "95 % interval", "Precision")


def review_context(found: Reviewed | None) -> dict[str, Any] | None:
    """Return the budget, and what happens without and with review; None if nobody asked."""
    if found is None:
        return None
    nothing = (wording.percent(0), wording.DASH)
    reviewed = (nothing, share_texts(found.share))
    rows = [
        {
            "name": outcome.at,
            "reviewed": reviewed[position],
            "n_reviewed": found.reviewed * position,
            "errors": errors,
            "error_rate": share_texts(rate),
            "recall": share_texts(outcome.recall),
            "precision": share_texts(outcome.precision),
        }
        for position, (outcome, errors, rate) in enumerate(
            zip(found.outcomes, found.errors, found.error_rate, strict=True)
        )
    ]
    return {"budget": found.budget, "rows": rows}


def review_table(found: dict[str, Any]) -> Table:
    """Return what review changes as a table for the terminal."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for header in _COLUMNS:
        table.add_column(header, justify="left" if header == "Review" else "right", no_wrap=True)
    for row in found["rows"]:
        cells = (row["name"], row["reviewed"][0], f"{row['errors']:,}", *row["recall"])
        table.add_row(*map(Text, (*cells, row["precision"][0])))
    return table
