"""Many models over many data sets: ranks, global tests, Nemenyi's post-hoc test, cliques.

Data sets are independent, so the classical tests are valid (Demšar, "Statistical Comparisons of
Classifiers over Multiple Data Sets", JMLR 7, 2006). Scores form a table with one row per data set
and one column per model; a missing score means that the model failed there, and ranks last.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from rarebit._common.wording import count
from rarebit.exceptions import InputError

# Scores that agree to this many decimals tie.
DECIMALS = 12


class GlobalTest(NamedTuple):
    """Outcome of :func:`friedman`: whether the models differ at all.

    Attributes
    ----------
    n_datasets, n_models : int
        Size of the table.
    chi2, df, p : float
        Friedman's statistic, its degrees of freedom and p-value.
    f, f_df1, f_df2, f_p : float
        Iman and Davenport's F computed from it, which is less conservative and preferable.
    """

    n_datasets: int
    n_models: int
    chi2: float
    df: int
    p: float
    f: float
    f_df1: int
    f_df2: int
    f_p: float


def ranks(scores: pd.DataFrame, *, greater_is_better: bool = True) -> pd.DataFrame:
    """Rank the models on each data set: 1 is best, ties share the mean of their ranks.

    Parameters
    ----------
    scores : DataFrame of shape (n_datasets, n_models)
        One row per data set, one column per model; nan where the model failed.
    greater_is_better : bool, default=True
        False for a loss.

    Returns
    -------
    DataFrame of shape (n_datasets, n_models), float64
        Failed models rank below all others and tie with each other.

    Examples
    --------
    >>> scores = pd.DataFrame({"a": [0.9, 0.8], "b": [0.7, 0.8], "c": [None, 0.5]})
    >>> ranks(scores).mean().to_dict()
    {'a': 1.25, 'b': 1.75, 'c': 3.0}
    """
    better = check_scores(scores) * (1.0 if greater_is_better else -1.0)
    values = stats.rankdata(-better.fillna(-np.inf).to_numpy(), axis=1)
    return pd.DataFrame(values, index=scores.index, columns=scores.columns)


def friedman(scores: pd.DataFrame, *, greater_is_better: bool = True) -> GlobalTest:
    """Friedman's test, corrected for ties, and Iman and Davenport's F.

    Parameters
    ----------
    scores, greater_is_better : DataFrame, bool
        As for :func:`ranks`.

    Returns
    -------
    GlobalTest
        If all models tie on all data sets, the statistics are 0 and the p-values 1.

    Examples
    --------
    >>> scores = pd.DataFrame({"a": [9, 8, 7, 9], "b": [5, 6, 8, 4], "c": [1, 2, 3, 1]})
    >>> test = friedman(scores)
    >>> round(test.chi2, 2), round(test.p, 3), round(test.f, 2), round(test.f_p, 4)
    (6.5, 0.039, 13.0, 0.0066)
    """
    table = ranks(scores, greater_is_better=greater_is_better)
    n, k = table.shape
    if n < 2 or k < 3:
        raise InputError(
            f"The table has {count(n, 'data set')} and {count(k, 'model')}: Friedman's test needs "
            "at least 2 and 3 (compare two models with pairwise())."
        )
    if (table == (k + 1) / 2).all(axis=None):
        return global_test(0.0, n, k)
    # Ranks instead of scores: they include the failures and have the same ties.
    return global_test(float(stats.friedmanchisquare(*table.to_numpy().T).statistic), n, k)


def global_test(chi2: float, n_datasets: int, n_models: int) -> GlobalTest:
    """P-values of a Friedman statistic, also through Iman and Davenport's F (1980).

    Parameters
    ----------
    chi2 : float
        Friedman's statistic, with or without correction for ties.
    n_datasets, n_models : int
        Size of the table it was computed from.

    Returns
    -------
    GlobalTest

    Examples
    --------
    Demšar (2006), section 3.2.2: 4 models on 14 data sets.

    >>> test = global_test(9.28, 14, 4)
    >>> round(test.f, 2), test.f_df1, test.f_df2
    (3.69, 3, 39)
    """
    df1, df2 = n_models - 1, (n_models - 1) * (n_datasets - 1)
    rest = n_datasets * df1 - chi2  # 0 if all data sets rank the models alike
    f = (n_datasets - 1) * chi2 / rest if rest > 1e-9 else np.inf
    p, f_p = float(stats.chi2.sf(chi2, df1)), float(stats.f.sf(f, df1, df2))
    return GlobalTest(n_datasets, n_models, chi2, df1, p, f, df1, df2, f_p)


def friedman_statistic(average_ranks: pd.Series, n_datasets: int) -> float:
    """Friedman's statistic from average ranks alone, as in printed tables; ignores ties.

    Parameters
    ----------
    average_ranks : Series of shape (n_models,)
        Average rank of each model.
    n_datasets : int
        Number of data sets that the ranks are averaged over.

    Returns
    -------
    float

    Examples
    --------
    Demšar (2006), section 3.2.2.

    >>> round(friedman_statistic(pd.Series([3.143, 2.000, 2.893, 1.964]), 14), 2)
    9.28
    """
    k = len(average_ranks)
    squares = float((average_ranks.astype(float) ** 2).sum())
    return 12 * n_datasets / (k * (k + 1)) * (squares - k * (k + 1) ** 2 / 4)


def nemenyi_critical_difference(n_models: int, n_datasets: int, alpha: float = 0.05) -> float:
    """Smallest difference of average ranks that is significant by Nemenyi's test.

    Parameters
    ----------
    n_models, n_datasets : int
        Size of the table.
    alpha : float, default=0.05
        Family-wise level of the test.

    Returns
    -------
    float

    Examples
    --------
    Demšar (2006), section 3.2.2: 2.569 * sqrt(4 * 5 / (6 * 14)).

    >>> round(nemenyi_critical_difference(4, 14), 2)
    1.25
    """
    q = float(stats.studentized_range.isf(alpha, n_models, np.inf))
    return q * _rank_error(n_models, n_datasets)


def nemenyi(scores: pd.DataFrame, *, greater_is_better: bool = True) -> pd.DataFrame:
    """P-value of each pair of models by Nemenyi's test on their average ranks.

    It is weaker than Wilcoxon's test with Holm's correction (:func:`wilcoxon_holm`), and the result
    for a pair depends on the other models in the table.

    Parameters
    ----------
    scores, greater_is_better : DataFrame, bool
        As for :func:`ranks`.

    Returns
    -------
    DataFrame of shape (n_models, n_models), float64
        Symmetric, 1 on the diagonal.

    Examples
    --------
    >>> scores = pd.DataFrame({"a": [9, 8, 7, 9], "b": [5, 6, 8, 4], "c": [1, 2, 3, 1]})
    >>> nemenyi(scores).round(3).loc["a"].to_dict()
    {'a': 1.0, 'b': 0.759, 'c': 0.036}
    """
    table = ranks(scores, greater_is_better=greater_is_better)
    n, k = table.shape
    average = table.mean().to_numpy()
    first, second = np.triu_indices(k, 1)
    q = np.abs(average[first] - average[second]) / _rank_error(k, n)
    p = np.ones((k, k))
    p[first, second] = p[second, first] = stats.studentized_range.sf(q, k, np.inf)
    return pd.DataFrame(p, index=table.columns, columns=table.columns)


def cliques(
    average_ranks: pd.Series, p_values: pd.DataFrame, alpha: float = 0.05
) -> list[tuple[str, ...]]:
    """Runs of models, in the order of their ranks, in which no two differ significantly.

    These are the bars of a critical-difference diagram. Models under one bar do not differ; a pair
    without a common bar may not differ either, if a model ranked between them differs from one of
    the two (Wilcoxon's test compares each pair alone).

    Parameters
    ----------
    average_ranks : Series of shape (n_models,)
        Average rank of each model, by name.
    p_values : DataFrame of shape (n_models, n_models)
        Adjusted p-value of each pair, from :func:`wilcoxon_holm` or :func:`nemenyi`.
    alpha : float, default=0.05
        Two models differ if their p-value is below.

    Returns
    -------
    list of tuple of str
        Maximal runs of two or more models, best first; none is contained in another.

    Examples
    --------
    >>> names = ["a", "b", "c"]
    >>> p = pd.DataFrame([[1, 0.2, 0.01], [0.2, 1, 0.3], [0.01, 0.3, 1]], names, names)
    >>> cliques(pd.Series([1.2, 2.0, 2.8], names), p)
    [('a', 'b'), ('b', 'c')]
    """
    order = list(average_ranks.sort_values(kind="stable").index)
    differ = (p_values.loc[order, order] < alpha).to_numpy()
    found: list[tuple[str, ...]] = []
    reached = 0
    for start in range(len(order)):
        end = start + 1
        while end < len(order) and not differ[start:end, end].any():
            end += 1
        if end - start > 1 and end > reached:
            found.append(tuple(order[start:end]))
        reached = max(reached, end)
    return found


def _rank_error(n_models: int, n_datasets: int) -> float:
    """Return the divisor that turns a difference of average ranks into a studentized range."""
    return float(np.sqrt(n_models * (n_models + 1) / (12 * n_datasets)))


def check_scores(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the scores as floats."""
    n, k = scores.shape
    if n < 1 or k < 2 or not scores.columns.is_unique:
        raise InputError(
            f"The scores have {count(n, 'row')} and {count(k, 'column')} "
            f"({', '.join(map(str, scores.columns))}): give one row per data set "
            "and one column, with a unique name, per model."
        )
    # Equal means over folds may differ by rounding errors: such models tie.
    return scores.astype(float).round(DECIMALS)
