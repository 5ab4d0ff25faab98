"""Who is fitted on which rows: protocols, plans, cells, their one store and their runner."""

from rarebit.running.cells import CellKey, CellPredictions, CellResult
from rarebit.running.job import Job
from rarebit.running.protocols import PROTOCOLS, Protocol
from rarebit.running.runner import CellTask, run_cells
from rarebit.running.store import Store

__all__ = [
    "PROTOCOLS",
    "CellKey",
    "CellPredictions",
    "CellResult",
    "CellTask",
    "Job",
    "Protocol",
    "Store",
    "run_cells",
]
