"""Two models at a time over many data sets: how often, by how much and how surely one is better.

Differences are those of one model's scores to another's, one a data set. Where just one of the two
failed there, it counts as beaten by more than any difference that was measured; where both
failed, as a tie.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from rarebit.exceptions import InputError
from rarebit.statistics.across import DECIMALS, check_scores
from rarebit.statistics.paired import ROUNDING, bootstrap_interval, holm


class Record(NamedTuple):
    """Data sets won, tied and lost."""

    wins: int
    ties: int
    losses: int


def wilcoxon_p(differences: ArrayLike) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test.

    Parameters
    ----------
    differences : array-like of shape (n_datasets,)
        Score of one model less the score of the other. Differences of 0 are ranked, and their
        ranks split between both sides ("zsplit", as Demšar 2006 has it). Exact for up to 50 data
        sets without ties, and up to 13 with some; by the normal approximation else, as in SciPy.

    Returns
    -------
    float
        1 where all differences are 0.

    Examples
    --------
    >>> wilcoxon_p([0.1, 0.3, 0.2, 0.5, 0.4, 0.6])
    0.03125
    """
    d = np.asarray(differences, dtype=float)
    if not d.any():
        return 1.0
    return float(stats.wilcoxon(d, zero_method="zsplit").pvalue)


def rank_biserial(differences: ArrayLike) -> float:
    """Matched-pairs rank-biserial correlation: the effect size that goes with Wilcoxon's test.

    The ranks of the differences in favour of the first model less those against it, as a share of
    all ranks (Kerby 2014): 1 where it always wins, -1 where it always loses, 0 where they are even.

    Parameters
    ----------
    differences : array-like of shape (n_datasets,)
        Score of one model less the score of the other.

    Returns
    -------
    float

    Examples
    --------
    Ranks 3 and 2 for, rank 1 against: (5 - 1) / 6.

    >>> round(rank_biserial([0.3, 0.2, -0.1]), 3)
    0.667
    """
    d = np.asarray(differences, dtype=float)
    size = stats.rankdata(np.abs(d))
    return float(np.sum(np.sign(d) * size) / size.sum())


def win_tie_loss(differences: ArrayLike, margin: float = 0.0) -> Record:
    """Count the data sets on which the first model is better, level or worse.

    Parameters
    ----------
    differences : array-like of shape (n_datasets,)
        Score of one model less the score of the other.
    margin : float, default=0.0
        A difference up to this size is a tie.

    Returns
    -------
    Record

    Examples
    --------
    >>> win_tie_loss([0.10, 0.01, -0.01, -0.20], margin=0.01)
    Record(wins=1, ties=2, losses=1)
    """
    if not margin >= 0:
        raise InputError(
            f"margin is {margin}: give the largest difference that is a tie, 0 or more"
        )
    d = np.asarray(differences, dtype=float)
    wins, losses = int((d > margin + ROUNDING).sum()), int((d < -margin - ROUNDING).sum())
    return Record(wins, len(d) - wins - losses, losses)


def pairwise(
    scores: pd.DataFrame,
    *,
    reference: str | None = None,
    greater_is_better: bool = True,
    margin: float = 0.0,
    level: float = 0.95,
    n_resamples: int = 2000,
    random_state: int | np.random.Generator | np.random.RandomState | None = None,
) -> pd.DataFrame:
    """Compare the models two by two, or each with a reference.

    Parameters
    ----------
    scores : DataFrame of shape (n_datasets, n_models)
        One line a data set, one column a model; nan where the model failed.
    reference : str, optional
        Compare every other model with this one. All pairs where not given.
    greater_is_better : bool, default=True
        False for a loss.
    margin : float, default=0.0
        A difference up to this size is a tie.
    level : float, default=0.95
        Level of the interval.
    n_resamples : int, default=2000
        Bootstrap samples for the interval.
    random_state : int, Generator, RandomState or None, default=None
        Source of the resamples.

    Returns
    -------
    DataFrame
        One line a pair: ``model, other``; ``n`` data sets where both have a score, and over these
        ``difference`` (mean, above 0 where `model` is better, for a loss too) with its bootstrap
        interval ``low, high``; over all data sets ``wins, ties, losses`` of `model`,
        ``rank_biserial``, Wilcoxon's ``p`` and ``p_holm``, adjusted for the pairs in the table.

    Raises
    ------
    InputError
        If `reference` is not a column, or the table is not one of models by data sets.

    Examples
    --------
    >>> scores = pd.DataFrame({"a": [9, 8, 7, 9, 8], "b": [5, 6, 8, 4, 5], "c": [1, 2, 3, 1, 0]})
    >>> table = pairwise(scores, reference="c", random_state=0)
    >>> table[["model", "difference", "wins", "p", "p_holm"]]
      model  difference  wins       p  p_holm
    0     a         6.8     5  0.0625   0.125
    1     b         4.2     5  0.0625   0.125
    """
    table = check_scores(scores) * (1.0 if greater_is_better else -1.0)
    rng = np.random.default_rng(random_state)
    lines = []
    for model, other in _pairs(table, reference):
        measured = table[model] - table[other]
        d = _differences(table[model], table[other])
        interval = bootstrap_interval(
            measured, level=level, n_resamples=n_resamples, random_state=rng
        )
        lines.append(
            {
                "model": model,
                "other": other,
                "n": interval.n_used,
                "difference": interval.estimate,
                "low": interval.low,
                "high": interval.high,
                **win_tie_loss(d, margin)._asdict(),
                "rank_biserial": rank_biserial(d),
                "p": wilcoxon_p(d),
            }
        )
    result = pd.DataFrame(lines)
    return result.assign(p_holm=holm(result["p"]))


def wilcoxon_holm(scores: pd.DataFrame) -> pd.DataFrame:
    """Wilcoxon p-value of each pair of models, adjusted by Holm's procedure for all pairs.

    Parameters
    ----------
    scores : DataFrame of shape (n_datasets, n_models)
        One line a data set, one column a model; nan where the model failed.

    Returns
    -------
    DataFrame of shape (n_models, n_models), float64
        Symmetric, 1 on the diagonal.

    Examples
    --------
    >>> scores = pd.DataFrame({"a": [9, 8, 7, 9, 8], "b": [5, 6, 8, 4, 5], "c": [1, 2, 3, 1, 0]})
    >>> wilcoxon_holm(scores).loc["a"].to_dict()
    {'a': 1.0, 'b': 0.1875, 'c': 0.1875}
    """
    table = check_scores(scores)
    pairs = _pairs(table, None)
    adjusted = holm(_wilcoxon_rows(np.array([_differences(table[a], table[b]) for a, b in pairs])))
    p = pd.DataFrame(np.eye(table.shape[1]), index=table.columns, columns=table.columns)
    for (a, b), value in zip(pairs, adjusted, strict=True):
        p.loc[a, b] = p.loc[b, a] = value
    return p


def _wilcoxon_rows(differences: np.ndarray) -> np.ndarray:
    """P-value of each line, as :func:`wilcoxon_p` gives it, many lines at once."""
    sizes = np.sort(np.abs(differences), axis=1)
    # SciPy chooses exact or normal for all lines together: one with zeros or ties goes alone.
    plain = (sizes[:, 0] > 0) & (np.diff(sizes, axis=1) > 0).all(axis=1)
    p = np.ones(len(differences))
    if plain.any():
        p[plain] = stats.wilcoxon(differences[plain], zero_method="zsplit", axis=1).pvalue
    p[~plain] = [wilcoxon_p(line) for line in differences[~plain]]
    return p


def _pairs(table: pd.DataFrame, reference: str | None) -> list[tuple[str, str]]:
    names = list(table.columns)
    if reference is None:
        return list(combinations(names, 2))
    if reference not in names:
        raise InputError(f"there is no model {reference!r}: choose one of {', '.join(names)}")
    return [(name, reference) for name in names if name != reference]


def _differences(first: pd.Series, second: pd.Series) -> np.ndarray:
    """Differences with a failure counted as the largest of all, and rounding taken off."""
    d = (first - second).to_numpy()
    beyond = 1.0 + np.nanmax(np.abs(d), initial=0.0)
    d = np.where(first.isna() & second.notna(), -beyond, d)
    d = np.where(first.notna() & second.isna(), beyond, d)
    # 0.3 - 0.2 and 0.2 - 0.1 are the same difference: ranks must see a tie.
    return np.nan_to_num(d).round(DECIMALS)
