"""What is optimised, and what ranks: a metric, or the expected cost of the decisions."""

from __future__ import annotations

import numpy as np

from rarebit.decision import expected_cost
from rarebit.exceptions import InputError
from rarebit.metrics import Metric, get_metric

EXPECTED_COST = "expected_cost"


def get_objective(name: str, cost: np.ndarray | None = None) -> Metric:
    """Return a metric by its name; the expected cost needs costs to be computed.

    ``cost`` is ``cost[true, decided]``, or ``cost[row, true, decided]``: then the metric can be
    computed for these rows only.

    >>> get_objective("macro_f1").label, get_objective("expected_cost").label
    ('Macro F1', 'Expected cost')
    """
    if name != EXPECTED_COST:
        return get_metric(name)

    def mean_cost(
        y: np.ndarray,
        predicted: np.ndarray,
        *,
        n_classes: int,  # noqa: ARG001 - part of the signature of every metric
        positive: int | None,  # noqa: ARG001 - part of the signature of every metric
        sample_weight: np.ndarray | None = None,
    ) -> float:
        if cost is None:
            raise InputError("The metric 'expected_cost' needs costs, such as 'fn=10,fp=1'.")
        return expected_cost(y, predicted, cost, sample_weight)

    return Metric(
        EXPECTED_COST, "Expected cost", mean_cost, greater_is_better=False, highest=np.inf
    )
