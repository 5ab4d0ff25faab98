"""What the scores prove: on one data set, over many, and what it would take to prove more."""

from rarebit.evaluation.statistics.paired import (
    Interval,
    PairedTest,
    bootstrap_interval,
    corrected_interval,
    corrected_t_test,
    holm,
)

__all__ = [
    "Interval",
    "PairedTest",
    "bootstrap_interval",
    "corrected_interval",
    "corrected_t_test",
    "holm",
]
