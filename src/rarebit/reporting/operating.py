"""Operating points for terminal and report, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from rarebit._common import wording
from rarebit.evaluation.operating import AtPoint, point_table
from rarebit.reporting import names
from rarebit.statistics import Interval


def operating_rows(outcomes: Sequence[AtPoint], points: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One entry for each operating point: texts of its figures, and what the model promises."""
    table = point_table(outcomes, points)
    return [
        _row(found, threshold, promise)
        for found, threshold, promise in zip(
            outcomes,
            table.get("threshold", ()),
            table.get("promise", ()),
            strict=True,
        )
    ]


def _row(found: AtPoint, threshold: float, promise: str) -> dict[str, Any]:
    return {
        "at": found.at,
        "threshold": "none" if np.isinf(threshold) else wording.number(threshold),
        "recall": share_texts(found.recall),
        "precision": share_texts(found.precision),
        "fpr": share_texts(found.fpr),
        "alert_rate": share_texts(found.alert_rate),
        "alerts": found.alerts,
        "found": found.found,
        "rare": found.rare,
        "promise": promise,
    }


def share_texts(share: Interval) -> tuple[str, str]:
    """Estimate and interval; dashes without rows."""
    if not np.isfinite(share.estimate):
        return wording.DASH, wording.DASH
    low, high = (wording.percent(end) for end in (share.low, share.high))
    return wording.percent(share.estimate), f"{low} to {high}"


def operating_table(rows: list[dict[str, Any]]) -> Table:
    """Return operating points as a table for the terminal."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("At", no_wrap=True)
    columns = {
        "Threshold": [row["threshold"] for row in rows],
        "Recall": [row["recall"][0] for row in rows],
        "95 % interval": [row["recall"][1] for row in rows],
        "Precision": [row["precision"][0] for row in rows],
        "FPR": [row["fpr"][0] for row in rows],
        "Alerts": [f"{row['alerts']:,}" for row in rows],
    }
    for header in columns:
        table.add_column(header, justify="right", no_wrap=True)
    for at, *values in zip([row["at"] for row in rows], *columns.values(), strict=True):
        table.add_row(*(Text(names.clean(value)) for value in (at, *values)))
    return table
