"""Operating points for terminal and report, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rarebit._common import wording
from rarebit.decision.points import FittedPoint
from rarebit.evaluation.operating import AtPoint
from rarebit.reporting.rows import interval_texts


def operating_rows(
    outcomes: Sequence[AtPoint], points: Mapping[str, FittedPoint]
) -> list[dict[str, Any]]:
    """One entry for each operating point: texts of its figures, and what the model promises."""
    return [_row(found, points.get(found.at)) for found in outcomes]


def _row(found: AtPoint, fitted: FittedPoint | None) -> dict[str, Any]:
    if fitted is None:
        threshold = wording.DASH
    else:
        threshold = "none" if np.isinf(fitted.threshold) else wording.number(fitted.threshold)
    return {
        "at": found.at,
        "threshold": threshold,
        "recall": interval_texts(found.recall),
        "precision": interval_texts(found.precision),
        "fpr": interval_texts(found.fpr),
        "alert_rate": interval_texts(found.alert_rate),
        "alerts": found.alerts,
        "found": found.found,
        "rare": found.rare,
        "promise": "" if fitted is None else fitted.statement,
    }
