"""Groups of columns that hold much the same information.

A model can take from one column what is missing in a correlated one. Each alone then seems to be
without use, so such columns are permuted and replaced together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from rarebit._common.parameters import COUNT, FRACTION, check_values
from rarebit._common.wording import named
from rarebit.exceptions import InputError

# Correlations from which collinearity distorts what a model makes of single columns
# (Dormann et al., Ecography 36, 2013).
LIMIT = 0.7
# Rows that associations are computed from, spread evenly over the table.
MOST_ROWS = 2000
# Levels of a category, the others together being one; fewer with few rows or many columns.
MOST_LEVELS, ROWS_PER_LEVEL, MOST_INDICATORS = 20, 10, 2000


def association(frame: pd.DataFrame) -> np.ndarray:
    """Association of each pair of columns, from 0 to 1.

    For two columns of numbers, dates or truth values it is the absolute rank correlation
    (Spearman), for two of categories Cramér's V, for one of each the correlation ratio of the
    ranks. All three are one formula: with Q an orthonormal basis of the centred ranks or
    indicators of a column, ``|Q_a' Q_b|_F / sqrt(min(dim Q_a, dim Q_b))``.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Numbers, dates, truth values and categories. A missing number has the mean rank; a missing
        category is a category.

    Returns
    -------
    ndarray of shape (n_columns, n_columns), float64
        Symmetric, with ones on the diagonal; a constant column is associated with no other.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [1, 2, 3, 4], "square": [1, 4, 9, 16], "alike": list("abba")})
    >>> association(frame).round(2).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    rows = np.unique(np.linspace(0, max(len(frame) - 1, 0), MOST_ROWS).astype(int))
    seen = frame.iloc[rows[: len(frame)]]
    n_levels = min(MOST_LEVELS, len(seen) // ROWS_PER_LEVEL, MOST_INDICATORS // frame.shape[1])
    blocks = [_basis(seen[name], max(2, n_levels)) for name in frame]
    starts = np.cumsum([0, *(block.shape[1] for block in blocks[:-1])])
    joined = np.concatenate(blocks, axis=1)
    squares = (joined.T @ joined) ** 2
    sums = np.add.reduceat(np.add.reduceat(squares, starts, axis=0), starts, axis=1)
    sizes = np.array([max(1, np.linalg.matrix_rank(block)) for block in blocks])
    found = np.sqrt(np.clip(sums / np.minimum.outer(sizes, sizes), 0.0, 1.0))
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)


def is_ordered(column: pd.Series) -> bool:
    """Whether a column holds numbers, dates or truth values."""
    types = pd.api.types
    return bool(
        types.is_numeric_dtype(column)
        or types.is_datetime64_any_dtype(column)
        or types.is_timedelta64_dtype(column)
    )


def _basis(column: pd.Series, n_levels: int) -> np.ndarray:
    """Centred ranks ``(n_rows, 1)`` or centred, scaled indicators ``(n_rows, n_levels)``."""
    if is_ordered(column):
        ranks = column.rank()
        centred = (ranks - ranks.mean()).fillna(0.0).to_numpy(dtype=np.float64)
        length = np.linalg.norm(centred)
        return (centred / length if length > 0 else centred)[:, None]
    codes = pd.factorize(column, use_na_sentinel=False)[0]
    by_size = np.argsort(np.argsort(-np.bincount(codes), kind="stable"), kind="stable")
    indicators = np.eye(n_levels)[np.minimum(by_size[codes], n_levels - 1)]
    counts = indicators.sum(axis=0)
    scaled = indicators / np.sqrt(np.maximum(counts, 1))
    return np.asarray(scaled - scaled.mean(axis=0))


def correlated_groups(
    frame: pd.DataFrame, *, limit: float = LIMIT, most: int = 60
) -> list[list[str]]:
    """Group columns so that all pairs within a group are associated by at least ``limit``.

    Complete-linkage clustering of :func:`association`. If there would be more than ``most`` groups,
    the most similar ones are joined, whatever their association.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        As for :func:`association`.
    limit : float, default=0.7
        Least association within a group.
    most : int, default=60
        Most groups.

    Returns
    -------
    list of list of str
        Names of the columns, in the order of the table.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame({"age": rng.normal(60, 9, 99), "dose": rng.normal(size=99)})
    >>> correlated_groups(frame.assign(born=2020 - frame["age"].round()))
    [['age', 'born'], ['dose']]
    """
    check_values({"limit": limit, "most": most}, {"limit": FRACTION, "most": COUNT})
    names: list[Any] = list(frame)
    if len(names) < 2 or frame.empty:
        return [[name] for name in names]
    tree = linkage(squareform(1 - association(frame), checks=False), "complete")
    labels = fcluster(tree, 1 - limit, "distance")
    if labels.max() > most:
        labels = fcluster(tree, most, "maxclust")
    groups: dict[int, list[str]] = {}
    for name, label in zip(names, labels.tolist(), strict=True):
        groups.setdefault(label, []).append(name)
    return list(groups.values())


def with_values(frame: pd.DataFrame, values: Mapping[Any, Any]) -> pd.DataFrame:
    """Return the table with other values in some columns, whose labels need not be text."""
    changed = frame.copy(deep=False)
    for name, column in values.items():
        changed[name] = column
    return changed


def check_groups(
    frame: pd.DataFrame, groups: Sequence[Sequence[str]] | None
) -> tuple[tuple[str, ...], ...]:
    """Return the groups, or each column alone; refuse columns that are unknown or in two groups."""
    if groups is None:
        each: list[Any] = list(frame)
        return tuple((name,) for name in each)
    names = list(chain.from_iterable(groups))
    unknown = [name for name in names if name not in frame]
    if unknown or not all(map(len, groups)):
        what = f"the unknown {named('column', unknown)}" if unknown else "an empty group"
        raise InputError(f"groups holds {what}: give names of columns of the table.")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"groups holds column {twice!r} twice: give each column to one group.")
    return tuple(map(tuple, groups))
