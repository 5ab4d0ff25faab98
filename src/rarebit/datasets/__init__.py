"""Tables: reading, the roles of columns, the registry of named data sets."""

from rarebit.datasets._dataset import ColumnReport, Dataset, Role

__all__ = ["ColumnReport", "Dataset", "Role"]
