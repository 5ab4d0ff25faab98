"""What the cells prove: the comparison of one table, and sweeps over many."""

from rarebit.evaluation.compare import Progress, compare, worker_count
from rarebit.evaluation.comparison import Comparison, Predictions
from rarebit.running import PROTOCOLS, Protocol
from rarebit.running.cells import Candidate

__all__ = [
    "PROTOCOLS",
    "Candidate",
    "Comparison",
    "Predictions",
    "Progress",
    "Protocol",
    "compare",
    "worker_count",
]
