"""Files to frames of cells, and back.

A text file goes through ``compression`` (bytes to text), ``layout`` (separator, decimal mark,
header) and ``text`` (cells). Cells with types come from ``parquet``, ``arrow``, ``excel`` and
``database``. ``tables`` picks one of them by the name of the file. What the
cells mean is decided in :mod:`rarebit.datasets.columns`.
"""
