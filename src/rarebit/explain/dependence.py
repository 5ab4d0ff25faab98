"""Partial dependence: the mean prediction if a column had one value in every row."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from rarebit._common.parameters import check_sizes
from rarebit._common.predictions import check_row_weights
from rarebit.exceptions import InputError
from rarebit.explain.grouping import is_ordered, with_values

# Quantiles between which a grid lies: there are few rows beyond.
ENDS = 0.025, 0.975


def grid_values(column: pd.Series, n_values: int = 12) -> pd.Series:
    """Choose values of a column at which a dependence is computed.

    Parameters
    ----------
    column : Series of shape (n_rows,)
        Numbers, dates, truth values or categories; missing values are left out.
    n_values : int, default=12
        Most values.

    Returns
    -------
    Series
        Values that occur in the column, of its type: evenly spaced quantiles of numbers, dates and
        truth values, in order; else the most frequent values.

    Examples
    --------
    >>> grid_values(pd.Series(range(101)), 3).tolist()
    [2, 50, 98]
    >>> grid_values(pd.Series(["b", "a", "b"])).tolist()
    ['b', 'a']
    """
    check_sizes(n_values=n_values)
    present = column.dropna()
    if not is_ordered(column):
        distinct = present.drop_duplicates()
        counts = present.value_counts()  # of a categorical column, also of values without rows
        return distinct.set_axis(distinct).loc[counts[counts > 0].index[:n_values]]
    ordered = present.sort_values(kind="stable")
    places = np.linspace(*ENDS, n_values) * max(len(ordered) - 1, 0)
    chosen = np.unique(np.rint(places).astype(int))[: len(ordered)]
    return ordered.iloc[chosen].drop_duplicates()


def partial_dependence(
    predict: Callable[[pd.DataFrame], np.ndarray],
    X: pd.DataFrame,
    values: pd.Series,
    *,
    sample_weight: ArrayLike | None = None,
) -> np.ndarray:
    """Mean prediction over the rows if a column had the same value in all of them.

    Parameters
    ----------
    predict : callable (X) -> ndarray of shape (n_rows, ...)
        The model.
    X : DataFrame of shape (n_rows, n_columns)
        Rows that the prediction is averaged over.
    values : Series of shape (n_values,)
        The values, such as those of :func:`grid_values`; its name is that of the column.
    sample_weight : array-like of shape (n_rows,), optional
        Weight of each row.

    Returns
    -------
    ndarray of shape (n_values, ...), float64
        If the column is correlated with another, some of these rows cannot exist.

    Examples
    --------
    >>> X = pd.DataFrame({"x": [0.0, 1.0], "other": [2.0, 4.0]})
    >>> predict = lambda X: (X["x"] + 10 * X["other"]).to_numpy()
    >>> partial_dependence(predict, X, X["x"]).tolist()
    [30.0, 31.0]
    """
    if X.empty:
        raise InputError("X has no rows or no columns: give the rows to average over.")
    if values.name not in X:
        raise InputError(f"X has no column {values.name!r}: give `values` the name of a column.")
    weight = check_row_weights(sample_weight, len(X), positive=True)
    means = []
    for position in range(len(values)):
        same = values.take(np.full(len(X), position)).array
        predicted = predict(with_values(X, {values.name: same}))
        means.append(np.average(predicted, axis=0, weights=weight))
    return np.array(means)
