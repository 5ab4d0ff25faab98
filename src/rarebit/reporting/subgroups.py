"""The table of subgroups for the report, as plain values."""

from __future__ import annotations

from typing import Any

from rarebit._common import wording
from rarebit.evaluation.subgroups import Subgroup, Subgroups
from rarebit.reporting import names
from rarebit.reporting.rows import NAME, interval_texts
from rarebit.zoo.objective import get_objective


def subgroup_context(found: Subgroups | None) -> dict[str, Any] | None:
    """Texts of the section on subgroups; None if there are none."""
    if found is None or not found.groups:
        return None
    return {
        "label": names.clean(found.label, 60),
        "scores": [get_objective(name).label for name in found.groups[0].scores],
        "rows": [_row(group) for group in found.groups],
        "notes": [names.clean(note) for note in found.notes],
    }


def _row(group: Subgroup) -> dict[str, Any]:
    """Texts of one group."""
    return {
        "column": names.clean(group.column, NAME),
        "value": names.clean(group.value, NAME),
        "rows": group.rows,
        "rare": group.rare,
        "is_small": group.is_small,
        "scores": [interval_texts(score, wording.number) for score in group.scores.values()],
        "predicted": wording.percent(group.predicted),
        "shares": list(map(interval_texts, (group.observed, group.recall, group.precision))),
    }
