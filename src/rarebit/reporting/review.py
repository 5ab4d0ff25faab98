"""What review by a person changes, for terminal and report, as plain values."""

from __future__ import annotations

from typing import Any

from rarebit._common import wording
from rarebit.evaluation.review import Reviewed
from rarebit.reporting.rows import interval_texts


def review_context(found: Reviewed | None) -> dict[str, Any] | None:
    """Return the budget, and what happens without and with review; None if nobody asked."""
    if found is None:
        return None
    nothing = (wording.percent(0), wording.DASH)
    reviewed = (nothing, interval_texts(found.share))
    rows = [
        {
            "name": outcome.at,
            "reviewed": reviewed[position],
            "n_reviewed": found.reviewed * position,
            "errors": errors,
            "error_rate": interval_texts(rate),
            "recall": interval_texts(outcome.recall),
            "precision": interval_texts(outcome.precision),
        }
        for position, (outcome, errors, rate) in enumerate(
            zip(found.outcomes, found.errors, found.error_rate, strict=True)
        )
    ]
    return {"budget": found.budget, "rows": rows}
