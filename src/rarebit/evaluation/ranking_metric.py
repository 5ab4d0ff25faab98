"""What ranks: a metric of :mod:`rarebit.metrics`, or the expected cost."""

from __future__ import annotations

from rarebit.metrics import METRICS, get_metric

EXPECTED_COST = "expected_cost"


def metric_label(metric: str) -> str:
    """Name of a metric for people.

    Examples
    --------
    >>> metric_label("macro_f1"), metric_label("expected_cost")
    ('Macro F1', 'Expected cost')
    """
    return "Expected cost" if metric == EXPECTED_COST else get_metric(metric).label


def greater_is_better(metric: str) -> bool:
    """Direction of a metric.

    Examples
    --------
    >>> greater_is_better("macro_f1"), greater_is_better("expected_cost")
    (True, False)
    """
    return metric != EXPECTED_COST and get_metric(metric).greater_is_better


def in_a_sentence(metric: str) -> str:
    """Name of a metric amid other words: those of the registry are names, such as Brier's.

    Examples
    --------
    >>> in_a_sentence("brier"), in_a_sentence("expected_cost")
    ('Brier score', 'expected cost')
    """
    return metric_label(metric) if metric in METRICS else metric_label(metric).lower()
