"""Who is fitted on which rows, what came of it, and what that proves."""

from rarebit.evaluation.cells import CellKey, CellPredictions, CellResult
from rarebit.evaluation.compare import Progress, compare, worker_count
from rarebit.evaluation.comparison import Candidate, Comparison, Predictions
from rarebit.evaluation.protocols import PROTOCOLS, Protocol
from rarebit.evaluation.runner import CellTask, run_cells
from rarebit.evaluation.store import Store

__all__ = [
    "PROTOCOLS",
    "Candidate",
    "CellKey",
    "CellPredictions",
    "CellResult",
    "CellTask",
    "Comparison",
    "Predictions",
    "Progress",
    "Protocol",
    "Store",
    "compare",
    "run_cells",
    "worker_count",
]
