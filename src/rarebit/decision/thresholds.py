"""Decision rules: from probabilities to labels, by argmax, by cost, or tuned to a score."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from rarebit._common.predictions import check_codes, check_proba, check_row_weights
from rarebit._common.random_state import as_generator
from rarebit.decision.costs import check_cost_matrix
from rarebit.exceptions import InputError

# score(y, labels, sample_weight) -> float, greater is better.
Score = Callable[[np.ndarray, np.ndarray, np.ndarray], float]

# Cuts tried in one round over all classes, and along one class at least.
MAX_CUTS, MIN_CUTS = 64, 16
# Rounds of coordinate ascent at most, with three classes or more.
MAX_ROUNDS = 5
MAX_RESAMPLES = 10_000
# Smallest probability whose logarithm is taken.
TINY = 1e-9


class ArgmaxRule(BaseEstimator):
    """Decide the most probable class.

    Examples
    --------
    >>> ArgmaxRule().decide(np.array([[0.7, 0.3], [0.2, 0.8]]))
    array([0, 1])
    """

    def decide(self, proba: np.ndarray) -> np.ndarray:
        """Decide a label code for each row of ``proba``, ``(n_rows, n_classes)``."""
        return check_proba(proba).argmax(axis=1).astype(np.int64)


class CostRule(BaseEstimator):
    """Decide the class of smallest expected cost (Elkan 2001, equation 1).

    Right for calibrated probabilities; nothing is fitted.

    Parameters
    ----------
    cost_matrix : array of shape (n_classes, n_classes)
        ``cost[true, decided]``.

    Examples
    --------
    >>> rule = CostRule([[0, 1], [10, 0]])
    >>> rule.decide(np.array([[0.8, 0.2], [0.95, 0.05]]))
    array([1, 0])
    """

    def __init__(self, cost_matrix: np.ndarray) -> None:
        self.cost_matrix = cost_matrix

    def decide(self, proba: np.ndarray) -> np.ndarray:
        """Decide a label code for each row of ``proba``, ``(n_rows, n_classes)``."""
        proba = check_proba(proba)
        cost = check_cost_matrix(self.cost_matrix, proba.shape[1])
        return (proba @ cost).argmin(axis=1).astype(np.int64)


class TunedThreshold(BaseEstimator):
    """Decide the class of greatest weighted probability, the weights tuned to a score.

    ``argmax(weight * p)``: for two classes a threshold on the positive class's probability, for
    many one weight a class, found by coordinate ascent. A freely tuned rule follows the accidents
    of few rare rows, so it is held back in two ways. The labels that it is tuned on are softened:
    a row counts as of its own class by ``1 - s`` and by ``s`` as its probabilities say, with
    ``s = shrinkage / (shrinkage + n)`` and ``n`` the rows of the rarest class. And the logarithms
    of the weights are averaged over bootstrap resamples.

    Parameters
    ----------
    positive : int or None, default=None
        Code of the positive class of a two-class problem; 1 where not said.
    shrinkage : float, default=5.0
        Rows of the rarest class at which the labels have as much say as the probabilities. 0 takes
        the labels as they are, infinity the probabilities alone.
    n_resamples : int, optional
        Bootstrap resamples; 0 tunes once on the rows as they are. By default 20 with up to ten
        classes and fewer beyond, since each costs in proportion to the classes.
    random_state : int, default=0
        Seed of the resamples.

    Attributes
    ----------
    weights_ : ndarray of shape (n_classes,)
        Weight of each class; their geometric mean is 1.
    threshold_ : float or None
        Probability of the positive class from which on it is decided; None with many classes.

    Notes
    -----
    With all say given to the probabilities the rule is the plug-in one, best in expectation if they
    are right (Ye et al. 2012); with none it is the empirical optimum. Drawing the threshold towards
    argmax instead, the other obvious choice, loses: for scores that value the rare class, argmax is
    about the worst rule there is.

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
        proba: np.ndarray,
        y: np.ndarray,
        *,
        score: Score,
        sample_weight: np.ndarray | None = None,
    ) -> Self:
        """Tune the weights on out-of-fold probabilities.

        Parameters
        ----------
        proba : ndarray of shape (n_rows, n_classes)
            Probabilities of rows that the model was not fitted on.
        y : ndarray of shape (n_rows,), int64
            True label codes.
        score : callable (y, labels, sample_weight) -> float
            Greater is better. It must depend on the rows only through the weight of each pair of
            true and decided label: it is called on one row a pair, not on the rows themselves.
        sample_weight : ndarray of shape (n_rows,), optional
            Weight of each row.

        Returns
        -------
        self

        Raises
        ------
        InputError
            If a parameter is not as described, or codes, probabilities or weights are none or do
            not fit each other.
        """
        proba = check_proba(proba)
        n_classes = proba.shape[1]
        y = check_codes("y", y, n_classes, len(proba))
        weight = check_row_weights(sample_weight, len(y), positive=True)
        self._check(n_classes, score)
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
        tuned = [
            _ascend(log_proba, mass * (weight * drawn)[:, None], score)
            for drawn in _resamples(len(y), n_resamples, rng)
        ]
        log_weights = np.mean(tuned, axis=0)
        self.weights_ = np.exp(log_weights - log_weights.mean())
        return self

    @property
    def threshold_(self) -> float | None:
        """Probability of the positive class from which on it is decided; None with many classes."""
        check_is_fitted(self, "weights_")
        if len(self.weights_) != 2:
            return None
        return float(self.weights_[1 - self._positive()] / self.weights_.sum())

    def decide(self, proba: np.ndarray) -> np.ndarray:
        """Decide a label code for each row of ``proba``, ``(n_rows, n_classes)``."""
        check_is_fitted(self, "weights_")
        proba = check_proba(proba, len(self.weights_))
        if self.threshold_ is None:
            return (proba * self.weights_).argmax(axis=1).astype(np.int64)
        positive = self._positive()
        return np.where(proba[:, positive] >= self.threshold_, positive, 1 - positive)

    def _check(self, n_classes: int, score: Score) -> None:
        """Refuse parameters that are not as documented."""
        if n_classes == 2 and self.positive not in (None, 0, 1):
            raise InputError(f"positive is {self.positive!r}: give 0 or 1, or None for 1.")
        shrinkage: Any = self.shrinkage
        if not isinstance(shrinkage, int | float | np.number) or not shrinkage >= 0:
            raise InputError(f"shrinkage is {shrinkage!r}: give a number of 0 or more.")
        count: Any = self.n_resamples
        if count is not None and not (
            isinstance(count, int | np.integer) and 0 <= count <= MAX_RESAMPLES
        ):
            raise InputError(
                f"n_resamples is {count!r}: give an integer from 0 to {MAX_RESAMPLES:,}, or None."
            )
        if not callable(score):
            raise InputError(f"score is {score!r}: give a function of y, labels and sample_weight.")
        found: Any = score(np.arange(n_classes), np.arange(n_classes), np.ones(n_classes))
        if not isinstance(found, int | float | np.number):
            raise InputError(f"score gives {found!r}: it must give a number, greater is better.")

    def _positive(self) -> int:
        return 1 if self.positive is None else self.positive


def _resamples(n_rows: int, n_resamples: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """How often each bootstrap resample draws each row; once each where none is wanted."""
    if n_resamples == 0:
        yield np.ones(n_rows)
    for _ in range(n_resamples):
        yield np.bincount(rng.integers(n_rows, size=n_rows), minlength=n_rows)


def _ascend(log_proba: np.ndarray, mass: np.ndarray, score: Score) -> np.ndarray:
    """Logarithms of class weights by coordinate ascent, the first class held at its start.

    ``mass`` says by how much each row counts as of each class. Starts from argmax or from the
    prior's inverse, whichever scores better: where several classes are missed altogether, some
    scores are 0 however a single weight is changed.
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
    log_proba: np.ndarray,
    mass: np.ndarray,
    log_weights: np.ndarray,
    code: int,
    score: Score,
    n_cuts: int,
) -> float:
    """Set one class's log-weight to what scores best, the others held; return that score.

    A row goes to the class once its log-weight passes the lead that the best other class has.
    """
    n_classes = log_proba.shape[1]
    weighted = log_proba + log_weights
    weighted[:, code] = -np.inf
    other = weighted.argmax(axis=1)
    lead = weighted.max(axis=1) - log_proba[:, code]
    cuts = _cuts(lead, mass[:, code], mass.sum(axis=1) - mass[:, code], n_cuts)
    # Mass that goes over at each cut, by true class and by the label it had; then up to each cut.
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
    scores[np.isnan(scores)] = -np.inf
    plateau = np.flatnonzero(scores >= scores.max() - 1e-12)
    middle = plateau[len(plateau) // 2]
    log_weights[code] = cuts[middle]
    return float(scores[middle])


def _cuts(lead: np.ndarray, inside: np.ndarray, outside: np.ndarray, n_cuts: int) -> np.ndarray:
    """Values between neighbouring leads worth trying, the two ends included.

    All of them where they are few, else evenly spread over the mass inside the class and outside
    it, each taken as one half: a rare class is searched as finely as a common one.
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
    log_proba: np.ndarray, mass: np.ndarray, log_weights: np.ndarray, score: Score
) -> float:
    """Score the decisions under given weights; what cannot be scored comes last."""
    labels = (log_proba + log_weights).argmax(axis=1)
    confusion = np.stack(
        [mass[labels == code].sum(axis=0) for code in range(mass.shape[1])], axis=1
    )
    value = _score_confusion(confusion, score)
    return -np.inf if np.isnan(value) else value


def _score_confusion(confusion: np.ndarray, score: Score) -> float:
    """Score a confusion matrix as one weighted row a cell."""
    y, labels = np.nonzero(confusion > TINY)
    return score(y, labels, confusion[y, labels])
