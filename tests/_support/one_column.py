"""A table with one column, read as every command reads it."""

import numpy as np
import pandas as pd

from rarebit.datasets import clean_values
from rarebit.datasets.columns.reading import read_columns

N = 200
RNG = np.random.default_rng(0)
NUMBERS = RNG.lognormal(6, 1, N).round(2)
DAYS = pd.date_range("2019-03-01", periods=N)


def read(column, name="x", **roles):
    """Reading, values and reason of one column."""
    frame = pd.DataFrame({name: pd.Series(column, dtype=object)})
    reading = read_columns(frame, roles or None)
    values = clean_values(frame, reading.roles, reading.spellings)
    return reading, values.get(name), reading.reports[0].reason


def some(mark, cells=NUMBERS, every=5):
    """Put a mark into every fifth cell."""
    return [mark if k % every == 0 else str(cell) for k, cell in enumerate(cells)]
