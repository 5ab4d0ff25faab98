"""What the cells prove: the comparison of one table, and sweeps over many."""

from rarebit.evaluation.compare import Progress, compare, worker_count
from rarebit.evaluation.comparison import Comparison
from rarebit.running.protocols import PROTOCOLS, Protocol

__all__ = ["PROTOCOLS", "Comparison", "Progress", "Protocol", "compare", "worker_count"]
