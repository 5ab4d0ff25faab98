"""Tables: from a file to roles and values, and the registry of named data sets.

A table goes through here in one direction: a file (``files``) gives a frame of cells, the cells
give each column a role and each cell a value (``columns``), and ``make`` puts them together with
the target as a :class:`Dataset`, after ``checks`` for what makes scores misleading. ``sources``
finds named data sets. What is read as a number, a date or missing is listed in ``spellings``.
"""

from rarebit.datasets._dataset import Dataset, Role
from rarebit.datasets.columns.cleaning import clean_values
from rarebit.datasets.columns.reading import infer_columns
from rarebit.datasets.files.tables import iter_table, read_table
from rarebit.datasets.make import make_dataset
from rarebit.datasets.sources.loading import fetch_dataset, load_dataset
from rarebit.datasets.sources.mimic import load_mimic
from rarebit.datasets.sources.registry import list_datasets

__all__ = [
    "Dataset",
    "Role",
    "clean_values",
    "fetch_dataset",
    "infer_columns",
    "iter_table",
    "list_datasets",
    "load_dataset",
    "load_mimic",
    "make_dataset",
    "read_table",
]
