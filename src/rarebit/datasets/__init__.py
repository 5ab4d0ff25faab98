"""Tables: reading, the roles of columns, the registry of named data sets."""

from rarebit.datasets._dataset import ColumnReport, Dataset, Role
from rarebit.datasets.columns import clean_values, infer_columns
from rarebit.datasets.frames import as_frame
from rarebit.datasets.make import make_dataset
from rarebit.datasets.tables import iter_table, read_table

__all__ = [
    "ColumnReport",
    "Dataset",
    "Role",
    "as_frame",
    "clean_values",
    "infer_columns",
    "iter_table",
    "make_dataset",
    "read_table",
]
