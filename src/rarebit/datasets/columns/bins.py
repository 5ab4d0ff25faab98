"""Bins of a column of the training rows, into which new rows are counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rarebit.datasets._dataset import Role

# Bins of numbers hold about a tenth of the training rows each.
DECILES = np.linspace(0.1, 0.9, 9)
# Categories with a bin of their own, the most frequent ones; the others share one.
MOST_CATEGORIES = 20


@dataclass(frozen=True)
class Bins:
    """Bins of one column, and how many training rows each held.

    The last bin is that of missing values. Text of many values has one other bin only.
    """

    # Upper ends of all bins of numbers but the last
    edges: tuple[float, ...]
    # Categories with a bin of their own
    values: tuple[str, ...]
    counts: tuple[int, ...]

    @classmethod
    def of(cls, column: pd.Series, role: Role) -> Bins:
        """Find the bins of a column of training rows, as values."""
        if role == Role.CATEGORICAL:
            values = tuple(column.value_counts().index[:MOST_CATEGORIES])
            counts = cls((), values, ()).count(column)
            return cls((), values, tuple(counts.tolist()))
        present = column.dropna().to_numpy()
        n_missing = len(column) - len(present)
        if role == Role.TEXT or not len(present):
            return cls((), (), (len(present), n_missing))
        present = np.sort(present)
        # The smallest values that so many rows do not exceed.
        edges = np.unique(present[np.ceil(DECILES * len(present)).astype(np.int64) - 1])
        below = np.searchsorted(present, edges, side="right")
        counts = np.diff(below, prepend=0, append=len(present))
        return cls(tuple(edges.tolist()), (), (*counts.tolist(), n_missing))

    def count(self, column: pd.Series) -> np.ndarray:
        """Count rows of this column, as values, in each bin."""
        missing = column.isna().to_numpy()
        present = column.to_numpy()[~missing]
        if self.values:
            places = pd.Index(self.values).get_indexer(pd.Index(present))
            places[places < 0] = len(self.values)
        else:
            # Text of many values is not looked at.
            places = np.searchsorted(self.edges, present if self.edges else np.zeros(len(present)))
        n_bins = max(len(self.values), len(self.edges)) + 1
        counts = np.bincount(places, minlength=n_bins)
        return np.append(counts, missing.sum()).astype(np.int64)
