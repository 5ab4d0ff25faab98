"""What ranks: a metric of :mod:`rarebit.metrics`, or the expected cost."""

from __future__ import annotations

from rarebit.metrics import get_metric

EXPECTED_COST = "expected_cost"


def metric_label(metric: str) -> str:
    """Name of a metric for people.

    >>> metric_label("macro_f1"), metric_label("expected_cost")
    ('Macro F1', 'Expected cost')
    """
    return "Expected cost" if metric == EXPECTED_COST else get_metric(metric).label


def greater_is_better(metric: str) -> bool:
    """Whether a higher value of a metric is better.

    >>> greater_is_better("macro_f1"), greater_is_better("expected_cost")
    (True, False)
    """
    return metric != EXPECTED_COST and get_metric(metric).greater_is_better
