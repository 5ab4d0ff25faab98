"""Pairs of models over many data sets: how often, by how much and how surely one is better.

A difference is the score of one model minus the score of another on one data set. If one of the two
failed there, it loses by more than any measured difference; if both failed, they tie.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from rarebit._common.parameters import NON_NEGATIVE, check_value
from rarebit._common.random_state import RandomState, as_generator
from rarebit.statistics.across import DECIMALS, check_scores
from rarebit.statistics.bootstrap import bootstrap_interval
from rarebit.statistics.intervals import ROUNDING
from rarebit.statistics.paired import holm

if TYPE_CHECKING:
    from jaxtyping import Float


# As in SciPy: with more data sets and ties, the normal approximation is close.
EXACT_WITH_TIES = 13


class Record(NamedTuple):
    """Number of data sets won, tied and lost."""

    wins: int
    ties: int
    losses: int


def wilcoxon_p(differences: ArrayLike) -> float:
    """Two-sided p-value of Wilcoxon's signed-rank test; 1 if all differences are 0.

    Ranks of differences of 0 are split between both sides ("zsplit", as in Demšar 2006). Exact for
    up to 50 data sets without ties and up to 13 with ties; else the normal approximation (SciPy's).
    """
    d = np.asarray(differences, dtype=float)
    if not d.any():
        return 1.0
    if len(d) <= EXACT_WITH_TIES:
        return _exact_wilcoxon_p(d)
    return float(stats.wilcoxon(d, zero_method="zsplit").pvalue)


def _exact_wilcoxon_p(d: np.ndarray) -> float:
    """Count the signs of the differences that have a rank sum as far from its mean as theirs.

    SciPy lists all 2**n signs where some tie; adding one rank after the other is a thousand times
    as fast. Twice a rank is an integer.
    """
    ranks = np.rint(2 * stats.rankdata(np.abs(d))).astype(int)
    ways = np.ones(1)  # of each rank sum in favour of the first model
    for rank in ranks[d != 0]:
        ways = np.append(ways, np.zeros(rank)) + np.append(np.zeros(rank), ways)
    distance = np.abs(2 * np.arange(len(ways)) - (len(ways) - 1))
    return float(ways[distance >= distance[ranks[d > 0].sum()]].sum() / ways.sum())


def rank_biserial(differences: ArrayLike) -> float:
    """Matched-pairs rank-biserial correlation: the effect size of Wilcoxon's test.

    The rank sum of the differences in favour of the first model minus that of the differences
    against it, divided by the sum of all ranks (Kerby 2014): 1 if it always wins, -1 if it always
    loses, 0 if they are even.
    """
    d = np.asarray(differences, dtype=float)
    size = stats.rankdata(np.abs(d))
    return float(np.sum(np.sign(d) * size) / size.sum())


def win_tie_loss(differences: ArrayLike, margin: float = 0.0) -> Record:
    """Count the data sets on which the first model wins, ties or loses."""
    check_value("margin", margin, *NON_NEGATIVE)
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
    random_state: RandomState = None,
) -> pd.DataFrame:
    """Compare all pairs of models, or every model with a reference.

    Parameters
    ----------
    scores : DataFrame of shape (n_datasets, n_models)
        As for :func:`ranks`.
    reference : str, optional
        Model to compare the others with. All pairs if not given.
    greater_is_better : bool, default=True
        False for a loss.
    margin : float, default=0.0
        A difference up to this size is a tie.
    level, n_resamples, random_state : float, int, and int, Generator, RandomState or None
        As for :func:`bootstrap_interval`.

    Returns
    -------
    DataFrame
        One row per pair: ``model, other``; ``n`` data sets where both have a score, and over these
        ``difference`` (mean, positive if `model` is better, also for a loss) with its bootstrap
        interval ``low, high``; over all data sets ``wins, ties, losses`` of `model`,
        ``rank_biserial``, Wilcoxon's ``p`` and ``p_holm``, adjusted for the pairs in the table.

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
    rng = as_generator(random_state)
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
        As for :func:`ranks`.

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


def _wilcoxon_rows(
    differences: Float[np.ndarray, "pairs datasets"],
) -> Float[np.ndarray, " pairs"]:
    """Return the p-value of each row as :func:`wilcoxon_p` does, many rows at once."""
    sizes = np.sort(np.abs(differences), axis=1)
    # SciPy chooses exact or normal for all rows together: rows with zeros or ties go one by one.
    plain = (sizes[:, 0] > 0) & (np.diff(sizes, axis=1) > 0).all(axis=1)
    p = np.ones(len(differences))
    if plain.any():
        p[plain] = stats.wilcoxon(differences[plain], zero_method="zsplit", axis=1).pvalue
    p[~plain] = [wilcoxon_p(line) for line in differences[~plain]]
    return p


def _pairs(table: pd.DataFrame, reference: str | None) -> list[tuple[str, str]]:
    """Return all pairs of models, or every model with the reference."""
    names = list(table.columns)
    if reference is None:
        return list(combinations(names, 2))
    check_value("reference", reference, *names)
    return [(name, reference) for name in names if name != reference]


def _differences(first: pd.Series, second: pd.Series) -> Float[np.ndarray, " datasets"]:
    """Return the differences, rounded, with a failure as the largest of all."""
    d = (first - second).to_numpy()
    beyond = 1.0 + np.nanmax(np.abs(d), initial=0.0)
    d = np.where(first.isna() & second.notna(), -beyond, d)
    d = np.where(first.notna() & second.isna(), beyond, d)
    # 0.3 - 0.2 and 0.2 - 0.1 are the same difference: ranks must see a tie.
    return np.nan_to_num(d).round(DECIMALS)
