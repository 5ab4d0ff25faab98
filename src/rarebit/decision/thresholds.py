"""Decision rules from probabilities to labels: of smallest cost, or tuned to a score."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from rarebit._common.parameters import Bounds, Rule, check_parameters
from rarebit._common.predictions import check_codes, check_proba, check_row_weights
from rarebit._common.random_state import as_generator
from rarebit.decision.costs import Costs, check_cost_matrix, expected_costs
from rarebit.exceptions import InputError
from rarebit.statistics.bootstrap import bootstrap_counts

if TYPE_CHECKING:
    from jaxtyping import Float, Int, Integer, Real

    Proba = Float[np.ndarray, "rows classes"]
    Mass = Float[np.ndarray, "rows classes"]
    Labels = Int[np.ndarray, " rows"]
    Confusion = Float[np.ndarray, "classes classes"]

# score(y, labels, sample_weight) -> float, greater is better.
Score = Callable[[np.ndarray, np.ndarray, np.ndarray], float]

# Cuts tried in one round over all classes, and at least along one class.
MAX_CUTS, MIN_CUTS = 64, 16
# Maximum rounds of coordinate ascent, with three classes or more.
MAX_ROUNDS = 5
MAX_RESAMPLES = 10_000
# Smallest probability whose logarithm is taken.
TINY = 1e-9

_RULES: dict[str, Rule] = {
    "positive": (None, 0, 1),
    "shrinkage": (Bounds(float, 0), np.inf),
    "n_resamples": (None, Bounds(int, 0, MAX_RESAMPLES)),
}


class CostRule(BaseEstimator):
    """Predict the class of smallest expected cost (Elkan 2001, equation 1).

    Optimal for calibrated probabilities, also where costs differ from row to row (Bahnsen, Aouada
    and Ottersten 2014); nothing is fitted.

    Parameters
    ----------
    cost_matrix : array of shape (n_classes, n_classes)
        ``cost[true, decided]``: numbers, or names of columns that hold the amount of each row.

    Examples
    --------
    >>> rule = CostRule([[0, 1], [10, 0]])
    >>> rule.decide(np.array([[0.8, 0.2], [0.95, 0.05]]))
    array([1, 0])

    A missed row costs its amount, an alarm 5:

    >>> rule = CostRule([[0, 5], ["amount", 5]])
    >>> rule.decide(np.array([[0.9, 0.1], [0.9, 0.1]]), pd.DataFrame({"amount": [20, 200]}))
    array([0, 1])
    """

    def __init__(self, cost_matrix: Any) -> None:
        self.cost_matrix = cost_matrix

    @property
    def columns(self) -> list[str]:
        """Columns that hold amounts."""
        return Costs.from_matrix(self.cost_matrix).columns

    def decide(self, proba: Proba, amounts: pd.DataFrame | None = None) -> Labels:
        """Predict a label code for each row of ``proba``, ``(n_rows, n_classes)``.

        ``amounts`` holds the columns that the costs name, one row for each of ``proba``.
        """
        proba = check_proba(proba)
        cost = Costs.from_matrix(self.cost_matrix, proba.shape[1]).matrix(amounts)
        check_cost_matrix(cost, proba.shape[1], len(proba))
        return expected_costs(proba, cost).argmin(axis=1).astype(np.int64)


class TunedThreshold(BaseEstimator):
    """Predict the class of greatest weighted probability, the weights tuned to a score.

    ``argmax(weight * p)``: for two classes a threshold on the positive class's probability, for
    more one weight per class, found by coordinate ascent. With few rare rows a freely tuned rule
    overfits, so it is regularised in two ways. The labels that it is tuned on are smoothed: each
    row counts with weight ``1 - s`` as its own class and with weight ``s`` as its probabilities,
    where ``s = shrinkage / (shrinkage + n)`` and ``n`` is the number of rows of the rarest class.
    And the logarithms of the weights are averaged over bootstrap resamples.

    Parameters
    ----------
    positive : int or None, default=None
        Code of the positive class of a two-class problem; None means 1.
    shrinkage : float, default=5.0
        Rows of the rarest class at which labels and probabilities weigh the same. 0 uses the
        labels alone, infinity the probabilities alone.
    n_resamples : int, optional
        Bootstrap resamples; 0 tunes once on all rows. The default is 20 with up to ten classes and
        fewer with more, since the time grows with their number.
    random_state : int, Generator, RandomState or None, default=0
        Source of the resamples.

    Attributes
    ----------
    weights_ : ndarray of shape (n_classes,)
        Weight of each class; their geometric mean is 1.
    threshold_ : float or None
        Probability from which the positive class is predicted; None with three classes or more.

    Notes
    -----
    With the probabilities alone this is the plug-in rule, optimal in expectation if they are
    calibrated (Ye et al. 2012); with the labels alone it is the empirical optimum. Shrinking the
    threshold towards argmax instead performs worse: for scores that value the rare class, argmax
    is one of the worst rules.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> p = rng.beta(1, 9, size=2000)
    >>> y = (rng.uniform(size=2000) < p).astype(np.int64)
    >>> def balanced_accuracy(y, labels, sample_weight):
    ...     right = sample_weight * (y == labels)
    ...     return np.mean([right[y == c].sum() / sample_weight[y == c].sum() for c in (0, 1)])
    >>> rule = TunedThreshold().fit(np.column_stack([1 - p, p]), y, score=balanced_accuracy)
    >>> bool(0.05 < rule.threshold_ < 0.15)
    True
    """

    def __init__(
        self,
        positive: int | None = None,
        *,
        shrinkage: float = 5.0,
        n_resamples: int | None = None,
        random_state: int = 0,
    ) -> None:
        self.positive = positive
        self.shrinkage = shrinkage
        self.n_resamples = n_resamples
        self.random_state = random_state

    def fit(
        self,
        proba: Proba,
        y: Integer[np.ndarray, " rows"],
        *,
        score: Score,
        sample_weight: Real[np.ndarray, " rows"] | None = None,
    ) -> Self:
        """Tune on probabilities ``(n_rows, n_classes)`` of rows that the model was not fitted on.

        ``y`` and ``sample_weight`` ``(n_rows,)`` are the true label codes and weights of the rows.
        ``score(y, labels, sample_weight)``, greater is better, must depend only on the total weight
        of each pair of true and predicted label: it is called with one row per pair.
        """
        proba = check_proba(proba)
        n_classes = proba.shape[1]
        y = check_codes("y", y, n_classes, len(proba))
        weight = check_row_weights(sample_weight, len(y), positive=True)
        check_parameters(self, _RULES)
        _check_score(score, n_classes)
        rng = as_generator(self.random_state)
        counts = np.bincount(y, minlength=n_classes)
        self.weights_ = np.ones(n_classes)
        if np.count_nonzero(counts) < 2:
            return self
        weight = weight / weight.mean()
        softness = 1 / (1 + counts[counts > 0].min() / self.shrinkage) if self.shrinkage else 0.0
        mass = (1 - softness) * np.eye(n_classes)[y] + softness * proba
        log_proba = np.log(np.maximum(proba, TINY))
        n_resamples = self.n_resamples
        if n_resamples is None:
            n_resamples = min(20, max(2, 200 // n_classes))
        draws = bootstrap_counts(len(y), n_resamples, rng) if n_resamples else [np.ones(len(y))]
        tuned = [_ascend(log_proba, mass * (weight * drawn)[:, None], score) for drawn in draws]
        log_weights = np.mean(tuned, axis=0)
        self.weights_ = np.exp(log_weights - log_weights.mean())
        return self

    @property
    def threshold_(self) -> float | None:
        """Probability from which the positive class is predicted; None with three or more."""
        check_is_fitted(self, "weights_")
        if len(self.weights_) != 2:
            return None
        return float(self.weights_[1 - self._positive()] / self.weights_.sum())

    def decide(self, proba: Proba) -> Labels:
        """Predict a label code for each row of ``proba``, ``(n_rows, n_classes)``."""
        check_is_fitted(self, "weights_")
        proba = check_proba(proba, len(self.weights_))
        if self.threshold_ is None:
            return (proba * self.weights_).argmax(axis=1).astype(np.int64)
        positive = self._positive()
        return np.where(proba[:, positive] >= self.threshold_, positive, 1 - positive)

    def _positive(self) -> int:
        return 1 if self.positive is None else self.positive


def _check_score(score: Any, n_classes: int) -> None:
    """Check that the score is a function that returns a number."""
    if not callable(score):
        raise InputError(f"score is {score!r}: give a function of y, labels and sample_weight.")
    codes = np.arange(n_classes)
    found = score(codes, codes, np.ones(n_classes))
    if not isinstance(found, int | float | np.number):
        raise InputError(f"score returns {found!r}: it must return a number, greater is better.")


def _ascend(log_proba: Proba, mass: Mass, score: Score) -> Float[np.ndarray, " classes"]:
    """Return log-weights of the classes by coordinate ascent; the first class keeps its start.

    ``mass`` is the weight of each row as each class. Starts from argmax or from the inverse prior,
    whichever scores better: if several classes are never predicted, some scores stay at 0 however
    a single weight changes.
    """
    n_classes = log_proba.shape[1]
    shares = mass.sum(axis=0)
    starts = [np.zeros(n_classes), -np.log(np.maximum(shares / shares.sum(), TINY))]
    log_weights = max(starts, key=lambda start: _score_weights(log_proba, mass, start, score))
    n_cuts = max(MIN_CUTS, MAX_CUTS // (n_classes - 1))
    best = -np.inf
    for _ in range(MAX_ROUNDS if n_classes > 2 else 1):
        before = best
        for code in range(1, n_classes):
            best = _set_weight(log_proba, mass, log_weights, code, score, n_cuts)
        if best <= before:
            break
    return log_weights


def _set_weight(
    log_proba: Proba,
    mass: Mass,
    log_weights: Float[np.ndarray, " classes"],
    code: int,
    score: Score,
    n_cuts: int,
) -> float:
    """Set one class's log-weight to the value that scores best; return that score.

    A row moves to the class once its log-weight exceeds the lead of the best other class.
    """
    n_classes = log_proba.shape[1]
    weighted = log_proba + log_weights
    weighted[:, code] = -np.inf
    other = weighted.argmax(axis=1)
    lead = weighted.max(axis=1) - log_proba[:, code]
    cuts = _cuts(lead, mass[:, code], mass.sum(axis=1) - mass[:, code], n_cuts)
    # Mass that moves at each cut, by true class and previous label; then summed up to each cut.
    cell = np.searchsorted(cuts, lead) * n_classes + other
    size = len(cuts) * n_classes
    moved = np.stack(
        [
            np.bincount(cell, weights=of_class, minlength=size).reshape(len(cuts), n_classes)
            for of_class in mass.T
        ],
        axis=1,
    ).cumsum(axis=0)
    confusion = moved[-1] - moved
    confusion[:, :, code] += moved.sum(axis=2)
    scores = np.array([_score_confusion(cells, score) for cells in confusion])
    if np.isnan(scores).all():
        return -np.inf
    scores[np.isnan(scores)] = -np.inf
    plateau = np.flatnonzero(scores >= scores.max() - 1e-12)
    middle = plateau[len(plateau) // 2]
    log_weights[code] = cuts[middle]
    return float(scores[middle])


def _cuts(
    lead: Float[np.ndarray, " rows"],
    inside: Float[np.ndarray, " rows"],
    outside: Float[np.ndarray, " rows"],
    n_cuts: int,
) -> Float[np.ndarray, " cuts"]:
    """Return the values between neighbouring leads to try, and one beyond either end.

    If there are too many, they are spread evenly over the mass inside and outside the class, with
    half of the cuts for each: a rare class is searched as finely as a common one.
    """
    values, position = np.unique(lead, return_inverse=True)
    cuts = (values[1:] + values[:-1]) / 2
    if len(cuts) > n_cuts:
        passed = sum(
            np.bincount(position, weights=part).cumsum()[:-1] / max(part.sum(), TINY)
            for part in (inside, outside)
        )
        chosen = np.searchsorted(passed, np.linspace(0, 2, n_cuts + 2)[1:-1])
        cuts = cuts[np.unique(np.minimum(chosen, len(cuts) - 1))]
    return np.concatenate([[values[0] - 1.0], cuts, [values[-1] + 1.0]])


def _score_weights(
    log_proba: Proba, mass: Mass, log_weights: Float[np.ndarray, " classes"], score: Score
) -> float:
    """Score the predictions under given weights; an undefined score is the lowest."""
    labels = (log_proba + log_weights).argmax(axis=1)
    confusion = np.stack(
        [mass[labels == code].sum(axis=0) for code in range(mass.shape[1])], axis=1
    )
    value = _score_confusion(confusion, score)
    return -np.inf if np.isnan(value) else value


def _score_confusion(confusion: Confusion, score: Score) -> float:
    """Score a confusion matrix with one weighted row per cell."""
    y, labels = np.nonzero(confusion > TINY)
    return score(y, labels, confusion[y, labels])
