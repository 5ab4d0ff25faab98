"""Tables: reading, the roles of columns, the registry of named data sets."""

from rarebit._common.frames import as_frame
from rarebit.datasets._dataset import ColumnReport, Dataset, Role
from rarebit.datasets.checks import find_giveaways, find_problems
from rarebit.datasets.columns import clean_values, closest, infer_columns
from rarebit.datasets.loading import fetch_dataset, load_dataset
from rarebit.datasets.make import make_dataset
from rarebit.datasets.mimic import load_mimic
from rarebit.datasets.opening import open_dataset
from rarebit.datasets.registry import DatasetInfo, dataset_info, list_datasets
from rarebit.datasets.tables import iter_table, read_table
from rarebit.datasets.unusable import UnusableCells
from rarebit.datasets.writer import table_writer

__all__ = [
    "ColumnReport",
    "Dataset",
    "DatasetInfo",
    "Role",
    "UnusableCells",
    "as_frame",
    "clean_values",
    "closest",
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
