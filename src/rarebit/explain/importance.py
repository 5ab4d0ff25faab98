"""Permutation importance: how much worse predictions get without what some columns say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import norm

from rarebit._common.parameters import check_sizes
from rarebit._common.predictions import check_row_weights
from rarebit._common.random_state import RandomState, as_generator
from rarebit.exceptions import InputError
from rarebit.explain.grouping import check_groups, with_values

# Of a 95 % interval, in standard errors.
HALF_WIDTH = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Importance:
    """Importance of a group of columns.

    Attributes
    ----------
    columns : tuple of str
        The columns, permuted together.
    increase : float
        Mean increase of the loss when their values are permuted.
    standard_error : float
        Its standard error, over the rows; the model is given.

    Examples
    --------
    >>> found = Importance(("age", "born"), 0.5, 0.1)
    >>> round(found.low, 2), round(found.high, 2)
    (0.3, 0.7)
    """

    columns: tuple[str, ...]
    increase: float
    standard_error: float

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.increase - HALF_WIDTH * self.standard_error

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval."""
        return self.increase + HALF_WIDTH * self.standard_error


def permutation_importance(
    predict: Callable[[pd.DataFrame], np.ndarray],
    X: pd.DataFrame,
    loss: Callable[[np.ndarray], np.ndarray],
    *,
    groups: Sequence[Sequence[str]] | None = None,
    sample_weight: ArrayLike | None = None,
    n_repeats: int = 5,
    random_state: RandomState = None,
) -> list[Importance]:
    """Measure how much the loss grows when a group of columns is permuted over the rows.

    Use rows that the model was not fitted on: on training rows, noise that it has memorised
    looks important.

    Parameters
    ----------
    predict : callable (X) -> ndarray of shape (n_rows, ...)
        The model.
    X : DataFrame of shape (n_rows, n_columns)
        Held-out rows.
    loss : callable (predicted) -> ndarray of shape (n_rows,)
        Loss of each row, such as ``-log`` of the probability of its class.
    groups : sequence of sequence of str, optional
        Columns that are permuted together, such as :func:`correlated_groups`; each column alone by
        default.
    sample_weight : array-like of shape (n_rows,), optional
        Weight of each row. Values are then drawn from the weighted rows instead of permuted.
    n_repeats : int, default=5
        Permutations of each group.
    random_state : int, Generator, RandomState or None, default=None
        Source of the permutations, which are the same for all groups.

    Returns
    -------
    list of Importance
        One a group, in their order; exactly 0 for columns that the model does not use.

    Examples
    --------
    >>> X = pd.DataFrame({"used": np.arange(100.0), "ignored": np.arange(100.0)})
    >>> predict = lambda X: X["used"].to_numpy()
    >>> squared = lambda predicted: (predicted - np.arange(100.0)) ** 2
    >>> used, ignored = permutation_importance(predict, X, squared, random_state=0)
    >>> used.low > 1000, ignored.increase
    (True, 0.0)
    """
    check_sizes(n_repeats=n_repeats)
    if X.empty:
        raise InputError("X has no rows or no columns: give the held-out rows.")
    weight = check_row_weights(sample_weight, len(X), positive=True)
    rng, n = as_generator(random_state), len(X)
    if sample_weight is None:
        orders = np.stack([rng.permutation(n) for _ in range(n_repeats)])
    else:
        orders = rng.choice(n, (n_repeats, n), p=weight / weight.sum())
    before = loss(predict(X))
    # All repeats are predicted at once: many models take as long for few rows as for one.
    repeated = X.take(np.tile(np.arange(n), n_repeats))
    found = []
    for columns in check_groups(X, groups):
        drawn = {name: X[name].take(orders.ravel()).array for name in columns}
        parts = np.split(predict(with_values(repeated, drawn)), n_repeats)
        increases = np.array([loss(part) - before for part in parts])
        found.append(Importance(columns, *_mean_and_error(increases, orders, weight)))
    return found


def _mean_and_error(
    increases: np.ndarray, orders: np.ndarray, weight: np.ndarray
) -> tuple[float, float]:
    """Weighted mean of increases ``(n_repeats, n_rows)``, and its standard error over the rows.

    The mean is a U-statistic of the row that is predicted and the row that the values come from.
    So a row has an influence in both parts (van der Vaart, Asymptotic Statistics, section 12.1).
    """
    mean = float(np.average(increases.mean(axis=0), weights=weight))
    n = len(weight)
    if n < 2:
        return mean, float("nan")
    apart = weight * (increases - mean) / len(orders)
    influence = apart.sum(axis=0) + np.bincount(orders.ravel(), apart.ravel(), minlength=n)
    return mean, float(np.linalg.norm(influence) / weight.sum() * np.sqrt(n / (n - 1)))
