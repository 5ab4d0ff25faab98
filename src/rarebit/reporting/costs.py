"""The table of what decisions cost, as plain values for the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rarebit._common.wording import amount, amounts, count
from rarebit.datasets import Dataset
from rarebit.evaluation.comparison import Predictions
from rarebit.evaluation.costs import CostCells, total_cost
from rarebit.reporting import names


def cost_table(
    dataset: Dataset,
    models: Sequence[tuple[str, Predictions | None]],
    given: CostCells | None,
    row: str = "test row",
    part: str = " of the first repeat",
) -> dict[str, Any] | None:
    """Return what the decisions of models cost, and one decision for all rows; None without costs.

    ``models`` are labels and predictions, the recommended model first; ``row`` and ``part`` name
    the rows.
    """
    found = [(label, total_cost(dataset, predictions, given)) for label, predictions in models]
    of_models = {label: total for label, total in found if total is not None}
    totals = {label: total.total for label, total in of_models.items()}
    first = found[0][1] if found else None
    if first is None:
        return None
    constant = {
        f"Every row as {names.clean(label, 60)}": total
        for label, total in first.of_constant.items()
    }
    cheapest = min(constant.values())
    return {
        "rows": count(first.n_rows, row) + part,
        "weighted": dataset.full_weight is not None,
        "lines": [
            {
                "label": label,
                "is_best": label == found[0][0],
                "total": amount(total),
                "per_row": amount(total / first.weight if first.weight else float("nan")),
                "saved": amount(cheapest - total),
                "interval": amounts(*of_models[label].total_interval) if label in of_models else "",
                "saved_interval": amounts(*of_models[label].saved_interval)
                if label in of_models
                else "",
            }
            for label, total in (totals | constant).items()
        ],
    }
