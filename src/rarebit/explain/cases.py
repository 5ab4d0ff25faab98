"""The known cases that are most similar to a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from rarebit._common.parameters import check_sizes
from rarebit.exceptions import InputError
from rarebit.explain.grouping import is_ordered


def nearest_cases(
    X: pd.DataFrame,
    cases: pd.DataFrame,
    *,
    n_cases: int = 3,
    column_weight: Mapping[str, float] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Find the cases most similar to each row by Gower's distance (Biometrics 27, 1971).

    Two numbers or dates differ by the share of the values of ``cases`` and ``X`` that lie between
    them (their ranks, so that outliers do not matter), two categories by 0 or 1. A missing value
    differs from any other by 1, from another missing one by 0.

    Parameters
    ----------
    X : DataFrame of shape (n_rows, n_columns)
        Rows.
    cases : DataFrame of shape (n_known, n_columns)
        Known cases with the same columns.
    n_cases : int, default=3
        Cases of each row.
    column_weight : mapping of str to float, optional
        Weight of each column, such as its importance; columns not named have none. All have the
        same by default.

    Returns
    -------
    positions : ndarray of shape (n_rows, n), int64
        Positions of the nearest cases, nearest first; ``n`` is the lesser of ``n_cases`` and the
        number of cases.
    distances : ndarray of shape (n_rows, n), float64
        From 0 (the same values) to 1.

    Examples
    --------
    >>> cases = pd.DataFrame({"age": [30, 80], "sex": ["f", "m"]})
    >>> positions, distances = nearest_cases(pd.DataFrame({"age": [80], "sex": ["m"]}), cases)
    >>> positions.tolist(), distances.tolist()
    ([[1, 0]], [[0.0, 1.0]])
    """
    check_sizes(n_cases=n_cases)
    if cases.empty or list(cases) != list(X):
        raise InputError("cases must hold the columns of X, at least one, and a row.")
    names: list[Any] = list(X)
    weight = dict.fromkeys(names, 1.0) if column_weight is None else column_weight
    total = float(sum(weight.get(name, 0.0) for name in names))
    if total <= 0:
        raise InputError("column_weight gives no column of the table a weight above 0.")
    distance = np.zeros((len(X), len(cases)))
    for name in names:
        if weight.get(name, 0.0) > 0:
            distance += weight[name] / total * _differences(X[name], cases[name])
    order = np.argsort(distance, axis=1, kind="stable")[:, :n_cases]
    return order, np.take_along_axis(distance, order, axis=1)


def _differences(values: pd.Series, known: pd.Series) -> np.ndarray:
    """Differences of two columns ``(n_rows, n_known)``, from 0 to 1."""
    both = pd.concat([values, known], ignore_index=True)
    missing = both.isna().to_numpy()
    places = pd.factorize(both)[0].astype(np.float64)
    if is_ordered(both):
        ranks = both.rank(method="dense").fillna(1.0).to_numpy(dtype=np.float64) - 1
        places = ranks / max(ranks.max(), 1.0)
    n = len(values)
    apart = np.abs(places[:n, None] - places[None, n:])
    apart = np.minimum(apart, 1.0)  # codes of categories that are not equal
    gaps = missing[:n, None], missing[None, n:]
    return np.where(gaps[0] | gaps[1], gaps[0] != gaps[1], apart)
