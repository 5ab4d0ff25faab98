"""What is fitted on which rows: protocols, plans, cells, their one store and their runner."""

from rarebit.running.cells import CellKey, CellPredictions, CellResult
from rarebit.running.job import Job
from rarebit.running.protocols import PROTOCOLS, Protocol
from rarebit.running.provenance import config_hash
from rarebit.running.runner import run_cells, run_in_folder
from rarebit.running.store import Store
from rarebit.running.tasks import CellTask, ScoreTask, Task

__all__ = [
    "PROTOCOLS",
    "CellKey",
    "CellPredictions",
    "CellResult",
    "CellTask",
    "Job",
    "Protocol",
    "ScoreTask",
    "Store",
    "Task",
    "config_hash",
    "run_cells",
    "run_in_folder",
]
