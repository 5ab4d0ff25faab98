"""The table of what decisions cost, as plain values for the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rarebit._common.wording import amount, amounts, count
from rarebit.datasets import Dataset
from rarebit.evaluation.costs import TotalCost
from rarebit.reporting import names


def cost_table(
    dataset: Dataset,
    totals: Sequence[tuple[str, TotalCost | None]],
    row: str = "test row",
    part: str = " of the first repeat",
) -> dict[str, Any] | None:
    """Return what the decisions of models cost, and one decision for all rows; None without costs.

    ``totals`` are of models with their labels, the recommended model first; ``row`` and ``part``
    name the rows.
    """
    first = totals[0][1]
    if first is None:
        return None
    cheapest = min(first.of_constant.values())

    def line(label: str, total: float) -> dict[str, Any]:
        return {
            "label": label,
            "is_best": False,
            "total": amount(total),
            "per_row": amount(total / first.weight if first.weight else float("nan")),
            "saved": amount(cheapest - total),
            "interval": "",
            "saved_interval": "",
        }

    of_models = [
        line(label, found.total)
        | {
            "is_best": found is first,
            "interval": amounts(*found.total_interval),
            "saved_interval": amounts(*found.saved_interval),
        }
        for label, found in totals
        if found is not None
    ]
    constant = [
        line(f"Every row as {names.clean(label, 60)}", total)
        for label, total in first.of_constant.items()
    ]
    return {
        "rows": count(first.n_rows, row) + part,
        "weighted": dataset.full_weight is not None,
        "lines": [*of_models, *constant],
    }
