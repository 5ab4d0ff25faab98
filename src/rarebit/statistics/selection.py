"""The winner's score, corrected for its having been picked because of it.

The best of many scores is too good on average: luck helps to win. Bootstrap bias-corrected
cross-validation (Tsamardinos, Greasidou and Borboudakis, Machine Learning 107, 2018, their
Algorithm 3) plays the choice over again on resamples of the out-of-fold predictions and scores each
time the one picked on the rows that had no part in picking it. No model is fitted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rarebit.exceptions import InputError

# score(y, predicted, sample_weight)
Score = Callable[[np.ndarray, np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class CorrectedScore:
    """Outcome of :func:`corrected_winner`; nan where it cannot be told.

    Attributes
    ----------
    score, low, high : float
        Mean and percentile interval of the out-of-bag scores of the candidates picked in-bag. They
        are scored on about a third of the rows, so the interval is on the wide side.
    uncorrected : float
        Score of the winner on all rows.
    winner : int
        Position of the candidate that is best on all rows; -1 where no candidate has a score.
    picked : ndarray of shape (n_candidates,), float64
        Share of the resamples in which each candidate was picked: how sure the choice is.
    n_used : int
        Resamples that gave a score.
    """

    score: float
    low: float
    high: float
    uncorrected: float
    winner: int
    picked: np.ndarray
    n_used: int

    @property
    def optimism(self) -> float:
        """How much better the winner looks on all rows than it should; below 0 for a loss."""
        return self.uncorrected - self.score


def corrected_winner(
    y: ArrayLike,
    predictions: Sequence[ArrayLike],
    score: Score,
    *,
    groups: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    greater_is_better: bool = True,
    n_resamples: int = 500,
    level: float = 0.95,
    random_state: int | np.random.Generator | np.random.RandomState | None = None,
) -> CorrectedScore:
    """Score of the best candidate, corrected for the choice.

    The predictions of all folds are scored together. Scores of single folds would not do: the part
    of a fold that a resample leaves out often has no row of the rare class.

    Parameters
    ----------
    y : array-like of shape (n,)
        True labels, one for each out-of-fold prediction.
    predictions : sequence of array-like of shape (n,) or (n, n_classes)
        Labels or probabilities that each candidate gave to the same rows.
    score : callable (y, predicted, sample_weight) -> float
        Called on rows of positive weight only. A candidate whose score is nan is not picked.
    groups : array-like of shape (n,), optional
        What is drawn as one: the patient a row belongs to, or the row that was predicted once in
        each repeat. Each prediction is drawn on its own where not given.
    sample_weight : array-like of shape (n,), optional
        Weight of each row in the score.
    greater_is_better : bool, default=True
        False for a loss.
    n_resamples : int, default=500
        Number of bootstrap samples. They are stratified by class, and drawn so that a class of two
        groups or more has some in the bag and some out of it. A class of one group is in both:
        left out of the score, it would make an average over the classes too good.
    level : float, default=0.95
        Level of the interval.
    random_state : int, Generator, RandomState or None, default=None
        Source of the resamples.

    Returns
    -------
    CorrectedScore

    Raises
    ------
    InputError
        Without candidates or rows, where lengths do not agree, or for a level out of range.

    Examples
    --------
    Twenty candidates that guess: the best of them seems to know something.

    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(2, size=200)
    >>> guesses = rng.integers(2, size=(20, 200))
    >>> accuracy = lambda y, labels, weight: float(np.average(y == labels, weights=weight))
    >>> result = corrected_winner(y, list(guesses), accuracy, random_state=0)
    >>> round(result.uncorrected, 2), round(result.score, 2)
    (0.55, 0.48)
    """
    y, tables, units, weight = _validate(y, predictions, groups, sample_weight)
    if not 0 < level < 1 or n_resamples < 1:
        raise InputError(
            f"level is {level} and n_resamples {n_resamples}: give a level between 0 and 1, and "
            "one resample or more"
        )
    sign = 1.0 if greater_is_better else -1.0

    def best(row_weight: np.ndarray) -> int:
        scores = np.array([sign * table.score(score, row_weight) for table in tables])
        return -1 if np.isnan(scores).all() else int(np.nanargmax(scores))

    winner = best(weight)
    picked = np.zeros(len(tables))
    outside = np.full(n_resamples, np.nan)
    strata = _strata(y, units)
    alone = np.zeros(units.max() + 1, dtype=bool)
    alone[[stratum[0] for stratum in strata if len(stratum) == 1]] = True
    draws = _draw_units(strata, n_resamples, np.random.default_rng(random_state))
    for i, drawn in enumerate(draws):
        times = drawn[units]
        choice = best(times * weight)
        if choice >= 0:
            picked[choice] += 1 / n_resamples
            left = times == 0
            if left.any():
                outside[i] = tables[choice].score(score, (left | alone[units]) * weight)

    used = outside[~np.isnan(outside)]
    uncorrected = tables[winner].score(score, weight) if winner >= 0 else np.nan
    if not len(used):
        return CorrectedScore(np.nan, np.nan, np.nan, uncorrected, winner, picked, 0)
    low, high = np.quantile(used, [(1 - level) / 2, (1 + level) / 2])
    return CorrectedScore(
        float(used.mean()), float(low), float(high), uncorrected, winner, picked, len(used)
    )


@dataclass(frozen=True)
class _Table:
    """Predictions of one candidate, rows that score alike kept once.

    A resample then changes only the weights of the lines, of which labels need no more than one for
    each pair of a true and a predicted class.
    """

    y: np.ndarray
    predicted: np.ndarray
    line_of_row: np.ndarray

    @classmethod
    def of(cls, y: np.ndarray, predicted: np.ndarray) -> _Table:
        if predicted.ndim > 1:
            # In order of the probability, so that scores that sort have nothing left to do.
            order = np.argsort(predicted[:, -1], kind="stable")
            return cls(y[order], predicted[order], np.argsort(order))
        codes = np.unique(y, return_inverse=True)[1]
        labels, label_codes = np.unique(predicted, return_inverse=True)
        _, first, line_of_row = np.unique(
            codes * len(labels) + label_codes, return_index=True, return_inverse=True
        )
        return cls(y[first], predicted[first], line_of_row)

    def score(self, score: Score, row_weight: np.ndarray) -> float:
        weight = np.bincount(self.line_of_row, weights=row_weight, minlength=len(self.y))
        present = weight > 0
        if not present.any():
            return float("nan")
        return float(score(self.y[present], self.predicted[present], weight[present]))


def _strata(y: np.ndarray, units: np.ndarray) -> list[np.ndarray]:
    """Units by class; one with rows of several classes counts for the rarest of them."""
    _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    rarest_first = np.lexsort((counts[codes], units))
    _, first = np.unique(units[rarest_first], return_index=True)
    code_of_unit = codes[rarest_first][first]
    return [np.flatnonzero(code_of_unit == code) for code in np.unique(code_of_unit)]


def _draw_units(
    strata: list[np.ndarray], n_resamples: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield how often each unit is drawn, resample by resample."""
    n_units = sum(len(stratum) for stratum in strata)
    for _ in range(n_resamples):
        times = np.empty(n_units, dtype=np.int64)
        for stratum in strata:
            size = len(stratum)
            drawn = rng.multinomial(size, np.full(size, 1 / size))
            while size > 1 and drawn.min() > 0:  # nobody left to score on: likely in tiny classes
                drawn = rng.multinomial(size, np.full(size, 1 / size))
            times[stratum] = drawn
        yield times


def _validate(
    y: ArrayLike,
    predictions: Sequence[ArrayLike],
    groups: ArrayLike | None,
    sample_weight: ArrayLike | None,
) -> tuple[np.ndarray, list[_Table], np.ndarray, np.ndarray]:
    """Arrays of equal length: labels, a table for each candidate, units drawn, weights."""
    y = np.asarray(y)
    if len(y) == 0 or len(predictions) == 0:
        raise InputError(
            f"there are {len(predictions)} candidates and {len(y)} rows: give one or more of both"
        )
    arrays = [np.asarray(predicted) for predicted in predictions]
    units = np.arange(len(y)) if groups is None else np.unique(groups, return_inverse=True)[1]
    weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
    named = {f"candidate {i}": array for i, array in enumerate(arrays)}
    for name, array in {**named, "groups": units, "sample_weight": weight}.items():
        if len(array) != len(y):
            raise InputError(
                f"{name} has {len(array)} rows and y {len(y)}: give the same rows in the same "
                "order; leave out candidates that failed on some"
            )
    return y, [_Table.of(y, predicted) for predicted in arrays], units, weight
