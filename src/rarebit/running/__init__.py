"""What is fitted on which rows: protocols, plans, cells, their one store and their runner."""

from rarebit.running.budget import Budget
from rarebit.running.cells import CellKey, CellResult
from rarebit.running.provenance import config_hash
from rarebit.running.runner import run_cells
from rarebit.running.store import Store
from rarebit.running.tasks import ScoreTask

__all__ = ["Budget", "CellKey", "CellResult", "ScoreTask", "Store", "config_hash", "run_cells"]
