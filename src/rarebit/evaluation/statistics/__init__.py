"""What the scores prove: on one data set, over many, and what it would take to prove more."""

from rarebit.evaluation.statistics.paired import (
    Interval,
    PairedTest,
    bootstrap_interval,
    corrected_interval,
    corrected_t_test,
    holm,
)
from rarebit.evaluation.statistics.selection import CorrectedScore, corrected_winner

__all__ = [
    "CorrectedScore",
    "Interval",
    "PairedTest",
    "bootstrap_interval",
    "corrected_interval",
    "corrected_t_test",
    "corrected_winner",
    "holm",
]
