"""What is optimised, and what ranks: a metric, or the expected cost of the decisions."""

from __future__ import annotations

import numpy as np

from rarebit.decision import expected_cost
from rarebit.decision.costs import check_cost_matrix
from rarebit.metrics import Metric, get_metric

EXPECTED_COST = "expected_cost"


def get_objective(name: str, cost_matrix: np.ndarray | None = None) -> Metric:
    """Return a metric by its name; the expected cost needs a cost matrix to be computed.

    >>> get_objective("macro_f1").label, get_objective("expected_cost").label
    ('Macro F1', 'Expected cost')
    """
    if name != EXPECTED_COST:
        return get_metric(name)

    def cost(
        y: np.ndarray,
        predicted: np.ndarray,
        *,
        n_classes: int,
        positive: int | None,  # noqa: ARG001 - part of the signature of every metric
        sample_weight: np.ndarray | None = None,
    ) -> float:
        return expected_cost(y, predicted, check_cost_matrix(cost_matrix, n_classes), sample_weight)

    return Metric(EXPECTED_COST, "Expected cost", cost, greater_is_better=False, highest=np.inf)
