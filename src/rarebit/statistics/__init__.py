"""Statistics on scores: intervals, tests on one and on many data sets, power, selection bias."""

from rarebit.statistics.across import (
    GlobalTest,
    cliques,
    friedman,
    friedman_statistic,
    global_test,
    nemenyi,
    nemenyi_critical_difference,
    ranks,
)
from rarebit.statistics.binomial import (
    binomial_interval,
    binomial_p_value,
    misses_allowed,
    rows_needed,
    weighted_share,
)
from rarebit.statistics.bootstrap import bootstrap_interval, bootstrap_scores
from rarebit.statistics.counts import CountDifference, count_difference
from rarebit.statistics.intervals import Interval
from rarebit.statistics.paired import (
    PairedTest,
    corrected_interval,
    corrected_t_test,
    holm,
)
from rarebit.statistics.pairwise import pairwise, wilcoxon_holm
from rarebit.statistics.power import PowerStatement, power_statement
from rarebit.statistics.selection import CorrectedScore, corrected_winner

__all__ = [
    "CorrectedScore",
    "CountDifference",
    "GlobalTest",
    "Interval",
    "PairedTest",
    "PowerStatement",
    "binomial_interval",
    "binomial_p_value",
    "bootstrap_interval",
    "bootstrap_scores",
    "cliques",
    "corrected_interval",
    "corrected_t_test",
    "corrected_winner",
    "count_difference",
    "friedman",
    "friedman_statistic",
    "global_test",
    "holm",
    "misses_allowed",
    "nemenyi",
    "nemenyi_critical_difference",
    "pairwise",
    "power_statement",
    "ranks",
    "rows_needed",
    "weighted_share",
    "wilcoxon_holm",
]
