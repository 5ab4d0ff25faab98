"""Reasons for the prediction of a row: Shapley values of its columns.

Sampled as by Strumbelj and Kononenko (Knowledge and Information Systems 41, 2014): starting from a
row of the background, the columns of the row are put in one by one, in random order, and each
change of the prediction is credited to the column put in. Every second order is the reverse of the
one before it, which lowers the variance (Mitchell et al., JMLR 23, 2022).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rarebit._common.optional import import_extra
from rarebit._common.random_state import RandomState, as_generator
from rarebit.exceptions import InputError
from rarebit.explain.grouping import check_groups

# Rows that are predicted at a time.
ROWS_AT_A_TIME = 50_000


@dataclass(frozen=True, eq=False)
class Reasons:
    """What each group of columns contributes to the predictions of some rows.

    Attributes
    ----------
    columns : tuple of tuple of str
        The groups.
    base : ndarray of shape (...)
        Mean prediction of the background.
    contributions : ndarray of shape (n_rows, n_groups, ...)
        They add to ``predicted - base``.
    predicted : ndarray of shape (n_rows, ...)
        Predictions of the rows.

    Examples
    --------
    >>> X = pd.DataFrame({"x": [0.0, 1.0], "y": [2.0, 4.0]})
    >>> found = shapley_values(lambda X: (X["x"] + X["y"]).to_numpy(), X, X, random_state=0)
    >>> found.top(0, 1)
    [1]
    """

    columns: tuple[tuple[str, ...], ...]
    base: np.ndarray
    contributions: np.ndarray
    predicted: np.ndarray

    def top(self, row: int, n: int, output: int | None = None) -> list[int]:
        """Return positions of the ``n`` groups that contribute most to a row, either way.

        Parameters
        ----------
        row : int
            Position of the row.
        n : int
            Most groups; those that contribute nothing are left out.
        output : int, optional
            Which output of a model with several, such as the code of a class.

        Returns
        -------
        list of int
            Positions in ``columns``, the largest contribution first.
        """
        own = self.contributions[row] if output is None else self.contributions[row, :, output]
        order = np.argsort(-np.abs(own), kind="stable")[:n]
        return [int(position) for position in order if own[position] != 0]

    def to_shap(self, X: pd.DataFrame | None = None) -> Any:
        """Return a ``shap.Explanation`` for the plots of shap (extra ``explain``).

        Parameters
        ----------
        X : DataFrame of shape (n_rows, n_columns), optional
            The explained rows, for plots that show values; used if each group is one column.

        Returns
        -------
        shap.Explanation
        """
        shap = import_extra("shap")
        alone = all(len(group) == 1 for group in self.columns)
        names = [" + ".join(map(str, group)) for group in self.columns]
        columns = [group[0] for group in self.columns]
        data = X[columns].to_numpy() if X is not None and alone else None
        base = np.broadcast_to(self.base, self.predicted.shape)
        return shap.Explanation(self.contributions, base, data, feature_names=names)


def shapley_values(
    predict: Callable[[pd.DataFrame], np.ndarray],
    X: pd.DataFrame,
    background: pd.DataFrame,
    *,
    groups: Sequence[Sequence[str]] | None = None,
    random_state: RandomState = None,
) -> Reasons:
    """Explain the predictions of rows by comparison with background rows.

    Each row costs ``len(background) * (n_groups - 1)`` predictions. The contributions of a row add
    to its prediction minus the mean prediction of the background, up to rounding.

    Parameters
    ----------
    predict : callable (X) -> ndarray of shape (n_rows, ...)
        The model: one output a row, or several, such as the probability of each class.
    X : DataFrame of shape (n_rows, n_columns)
        Rows to explain.
    background : DataFrame of shape (n_background, n_columns)
        Rows to compare with, of the same columns; 20 to 50 are usual. Each one has an order of its
        own in which columns are put in.
    groups : sequence of sequence of str, optional
        Columns that are put in together, such as :func:`correlated_groups`; each column alone by
        default. Columns of no group keep the value of the row.
    random_state : int, Generator, RandomState or None, default=None
        Source of the orders.

    Returns
    -------
    Reasons

    Examples
    --------
    >>> X = pd.DataFrame({"age": [80.0], "dose": [3.0]})
    >>> background = pd.DataFrame({"age": [60.0, 50.0], "dose": [3.0, 1.0]})
    >>> predict = lambda X: (0.01 * X["age"] + 0.1 * X["dose"]).to_numpy()
    >>> shapley_values(predict, X, background, random_state=0).contributions.round(3).tolist()
    [[0.25, 0.1]]
    """
    if background.empty or list(background) != list(X):
        raise InputError("background must hold the columns of X, at least one, and a row.")
    parts = check_groups(X, groups)
    orders = _orders(len(background), len(parts), as_generator(random_state))
    first, last = (np.asarray(predict(rows), dtype=np.float64) for rows in (background, X))
    step = max(1, ROWS_AT_A_TIME // (len(orders) * max(len(parts) - 1, 1)))
    pieces = [np.empty((0, len(parts), *last.shape[1:]))]
    for start in range(0, len(X), step):
        rows = X.iloc[start : start + step]
        between = _between(predict, rows, background, parts, orders, last.shape[1:])
        shape = (len(rows), len(orders), 1, *last.shape[1:])
        ends = first[None, :, None], last[start : start + step, None, None]
        before, after = (np.broadcast_to(end, shape) for end in ends)
        changes = np.diff(np.concatenate([before, between, after], axis=2), axis=2)
        place = np.argsort(orders, axis=1)  # at which step a group is put in
        pieces.append(changes[:, np.arange(len(orders))[:, None], place].mean(axis=1))
    return Reasons(parts, first.mean(axis=0), np.concatenate(pieces), last)


def _orders(n_orders: int, n_groups: int, rng: np.random.Generator) -> np.ndarray:
    """Random orders of the groups ``(n_orders, n_groups)``, every second one reversed."""
    drawn = np.stack([rng.permutation(n_groups) for _ in range((n_orders + 1) // 2)])
    return np.stack([drawn, drawn[:, ::-1]], axis=1).reshape(-1, n_groups)[:n_orders]


def _between(
    predict: Callable[[pd.DataFrame], np.ndarray],
    X: pd.DataFrame,
    background: pd.DataFrame,
    parts: tuple[tuple[str, ...], ...],
    orders: np.ndarray,
    outputs: tuple[int, ...],
) -> np.ndarray:
    """Predictions ``(rows, orders, groups - 1, ...)`` with some groups put in, but not all."""
    n, (n_orders, n_groups) = len(X), orders.shape
    place = np.argsort(orders, axis=1)
    is_in = np.arange(1, n_groups)[None, :, None] > place[:, None, :]  # orders, steps, groups
    shape = (n, n_orders, n_groups - 1)
    own = np.broadcast_to(np.arange(n)[:, None, None], shape)
    other = np.broadcast_to(n + np.arange(n_orders)[None, :, None], shape)
    both = pd.concat([X, background], ignore_index=True)
    source = dict.fromkeys(X, own)
    for k, part in enumerate(parts):
        source |= dict.fromkeys(part, np.where(is_in[:, :, k], own, other))
    mixed = pd.DataFrame({name: both[name].take(source[name].ravel()).array for name in X})
    if mixed.empty:  # a single group: there is nothing between
        return np.empty((*shape, *outputs))
    return np.asarray(predict(mixed), dtype=np.float64).reshape(*shape, *outputs)
