"""The best candidate's score, corrected for selection bias.

The best of many scores is optimistic: it was selected because it is high. Bootstrap bias-corrected
cross-validation (Tsamardinos, Greasidou and Borboudakis, Machine Learning 107, 2018, their
Algorithm 3) repeats the selection on resamples of the out-of-fold predictions, and each time scores
the selected candidate on the rows that were not used to select it. No model is refitted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from rarebit._common.parameters import check_count
from rarebit._common.predictions import check_row_weights
from rarebit._common.random_state import RandomState
from rarebit._common.wording import count
from rarebit.exceptions import InputError
from rarebit.statistics.bootstrap import bootstrap_counts, percentile_interval
from rarebit.statistics.intervals import check_level, drop_missing

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Real, Shaped

# Takes y, what was predicted, and the weights of the rows.
Score = Callable[[np.ndarray, np.ndarray, np.ndarray], float]
# Takes the scores of the candidates on the drawn rows, and the weights of these; gives a position.
Choose = Callable[[np.ndarray, np.ndarray], int]


@dataclass(frozen=True)
class CorrectedScore:
    """Outcome of :func:`corrected_winner`; nan where it is not defined.

    Attributes
    ----------
    score, low, high : float
        Mean and percentile interval of the out-of-bag scores of the candidates selected in-bag.
        They are scored on about a third of the rows, so the interval is rather wide.
    uncorrected : float
        Score of the best candidate on all rows.
    winner : int
        Position of the candidate that is best on all rows; -1 if no candidate has a score.
    picked : ndarray of shape (n_candidates,), float64
        Share of the resamples in which each candidate was selected: how stable the choice is.
    n_used : int
        Number of resamples with a score.
    """

    score: float
    low: float
    high: float
    uncorrected: float
    winner: int
    picked: Float[np.ndarray, " candidates"]
    n_used: int

    @property
    def optimism(self) -> float:
        """The uncorrected minus the corrected score; negative for a loss."""
        return self.uncorrected - self.score


def corrected_winner(
    y: ArrayLike,
    predictions: Sequence[ArrayLike],
    score: Score,
    *,
    groups: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    greater_is_better: bool = True,
    choose: Choose | None = None,
    n_resamples: int = 500,
    level: float = 0.95,
    random_state: RandomState = None,
) -> CorrectedScore:
    """Score of the best candidate, corrected for selection bias.

    The predictions of all folds are scored together. Scores of single folds would not work: the
    out-of-bag rows of one fold often include no row of the rare class.

    Parameters
    ----------
    y : array-like of shape (n,)
        True labels, one per out-of-fold prediction.
    predictions : sequence of array-like of shape (n,) or (n, n_classes)
        Labels or probabilities that each candidate predicted for the same rows.
    score : callable (y, predicted, sample_weight) -> float
        Called on rows of positive weight only. A candidate whose score is nan is not selected.
    groups : array-like of shape (n,), optional
        Rows that are drawn together: those of one patient, or the predictions of one row in all
        repeats. Predictions are drawn one by one if not given.
    sample_weight : array-like of shape (n,), optional
        Weight of each row in the score.
    greater_is_better : bool, default=True
        False for a loss.
    choose : callable (scores, row_weight) -> int, optional
        Selects a candidate, given the scores ``(n_candidates,)`` of all and the weight ``(n,)`` of
        each row, 0 for rows not drawn. The default selects the best score.
    n_resamples : int, default=500
        Number of bootstrap samples. They are stratified by class, and drawn so that a class of two
        groups or more has some in-bag and some out-of-bag. A class of one group is in both: without
        it, an average over the classes would be too optimistic.
    level, random_state : float, and int, Generator, RandomState or None
        As for :func:`bootstrap_scores`.

    Returns
    -------
    CorrectedScore

    Examples
    --------
    Twenty candidates that guess at random: the best of them looks better than chance.

    >>> rng = np.random.default_rng(0)
    >>> y = rng.integers(2, size=200)
    >>> guesses = rng.integers(2, size=(20, 200))
    >>> accuracy = lambda y, labels, weight: float(np.average(y == labels, weights=weight))
    >>> result = corrected_winner(y, list(guesses), accuracy, random_state=0)
    >>> round(result.uncorrected, 2), round(result.score, 2)
    (0.55, 0.48)
    """
    y, tables, units, weight = _validate(y, predictions, groups, sample_weight)
    check_level(level)
    check_count("n_resamples", n_resamples)
    sign = 1.0 if greater_is_better else -1.0

    def best(row_weight: Real[np.ndarray, " rows"]) -> int:
        scores = np.array([table.score(score, row_weight) for table in tables])
        if np.isnan(scores).all():
            return -1
        return int(np.nanargmax(sign * scores)) if choose is None else choose(scores, row_weight)

    winner = best(weight)
    picked = np.zeros(len(tables))
    outside = np.full(n_resamples, np.nan)
    strata = _strata(y, units)
    alone = np.zeros(units.max() + 1, dtype=bool)
    alone[[stratum[0] for stratum in strata if len(stratum) == 1]] = True
    draws = bootstrap_counts(len(alone), n_resamples, random_state, strata=strata)
    for i, counts in enumerate(draws):
        times = counts[units]
        choice = best(times * weight)
        if choice >= 0:
            picked[choice] += 1 / n_resamples
            left = times == 0
            if left.any():
                outside[i] = tables[choice].score(score, (left | alone[units]) * weight)

    uncorrected = tables[winner].score(score, weight) if winner >= 0 else np.nan
    used, _ = drop_missing(outside)
    mean = float(used.mean()) if len(used) else np.nan
    _, low, high, n_used, _ = percentile_interval(mean, used, level)
    return CorrectedScore(mean, low, high, uncorrected, winner, picked, n_used)


@dataclass(frozen=True)
class _Table:
    """Predictions of one candidate, with equal rows merged into one line.

    A resample then changes only the weights of the lines. For labels there is at most one line for
    each pair of a true and a predicted class.
    """

    y: Shaped[np.ndarray, " lines"]
    predicted: Shaped[np.ndarray, "lines ..."]
    line_of_row: Int[np.ndarray, " rows"]

    @classmethod
    def of(
        cls, y: Shaped[np.ndarray, " rows"], predicted: Shaped[np.ndarray, "rows ..."]
    ) -> _Table:
        if predicted.ndim > 1:
            # In order of the probability, so that scores that sort are fast.
            order = np.argsort(predicted[:, -1], kind="stable")
            return cls(y[order], predicted[order], np.argsort(order))
        codes = np.unique(y, return_inverse=True)[1]
        labels, label_codes = np.unique(predicted, return_inverse=True)
        _, first, line_of_row = np.unique(
            codes * len(labels) + label_codes, return_index=True, return_inverse=True
        )
        return cls(y[first], predicted[first], line_of_row)

    def score(self, score: Score, row_weight: Real[np.ndarray, " rows"]) -> float:
        weight = np.bincount(self.line_of_row, weights=row_weight, minlength=len(self.y))
        present = weight > 0
        if not present.any():
            return float("nan")
        return float(score(self.y[present], self.predicted[present], weight[present]))


def _strata(
    y: Shaped[np.ndarray, " rows"], units: Int[np.ndarray, " rows"]
) -> list[Int[np.ndarray, " members"]]:
    """Group the units by class; one with rows of several classes belongs to the rarest."""
    _, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
    rarest_first = np.lexsort((counts[codes], units))
    _, first = np.unique(units[rarest_first], return_index=True)
    code_of_unit = codes[rarest_first][first]
    return [np.flatnonzero(code_of_unit == code) for code in np.unique(code_of_unit)]


def _validate(
    y: ArrayLike,
    predictions: Sequence[ArrayLike],
    groups: ArrayLike | None,
    sample_weight: ArrayLike | None,
) -> tuple[
    Shaped[np.ndarray, " rows"],
    list[_Table],
    Int[np.ndarray, " rows"],
    Float[np.ndarray, " rows"],
]:
    """Return labels, a table per candidate, units and weights, after checking their lengths."""
    y = np.asarray(y)
    if len(y) == 0 or len(predictions) == 0:
        raise InputError(
            f"There are {count(len(predictions), 'candidate')} and {count(len(y), 'row')}: "
            "give at least one of each."
        )
    arrays = [np.asarray(predicted) for predicted in predictions]
    units = np.arange(len(y)) if groups is None else np.unique(groups, return_inverse=True)[1]
    weight = check_row_weights(sample_weight, len(y))
    named = {f"candidate {i}": array for i, array in enumerate(arrays)}
    for name, array in {**named, "groups": units}.items():
        if len(array) != len(y):
            raise InputError(
                f"{name} has {count(len(array), 'row')} and y {len(y)}: "
                "give the same rows in the same "
                "order, and leave out candidates that failed on some of them."
            )
    return y, [_Table.of(y, predicted) for predicted in arrays], units, weight
