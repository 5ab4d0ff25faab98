"""Tables: from a file to roles and values, and the registry of named data sets.

A table goes through here in one direction: a file (``files``) gives a frame of cells, the cells
give each column a role and each cell a value (``columns``), and ``make`` puts them together with
the target as a :class:`Dataset`, after ``checks`` for what makes scores misleading. ``sources``
finds named data sets. What is read as a number, a date or missing is listed in ``spellings``.
"""

from rarebit._common.frames import as_frame
from rarebit.datasets._dataset import ColumnReport, Dataset, Role
from rarebit.datasets.checks import find_giveaways, find_problems
from rarebit.datasets.columns.cleaning import clean_values
from rarebit.datasets.columns.roles import infer_columns
from rarebit.datasets.columns.unusable import UnusableCells
from rarebit.datasets.files.tables import iter_table, read_table
from rarebit.datasets.files.writer import table_writer
from rarebit.datasets.make import make_dataset
from rarebit.datasets.sources.loading import fetch_dataset, load_dataset
from rarebit.datasets.sources.mimic import load_mimic
from rarebit.datasets.sources.opening import open_dataset
from rarebit.datasets.sources.registry import DatasetInfo, dataset_info, list_datasets

__all__ = [
    "ColumnReport",
    "Dataset",
    "DatasetInfo",
    "Role",
    "UnusableCells",
    "as_frame",
    "clean_values",
    "dataset_info",
    "fetch_dataset",
    "find_giveaways",
    "find_problems",
    "infer_columns",
    "iter_table",
    "list_datasets",
    "load_dataset",
    "load_mimic",
    "make_dataset",
    "open_dataset",
    "read_table",
    "table_writer",
]
