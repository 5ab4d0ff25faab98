"""Decision rules: from probabilities to labels, by argmax, by cost, or tuned to a score."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from rarebit.decision.costs import check_cost_matrix

# score(y, labels, sample_weight) -> float, greater is better.
Score = Callable[[np.ndarray, np.ndarray, np.ndarray], float]

# Cuts tried along one class; a rare class of this many rows or fewer is searched exactly.
MAX_CUTS = 200
# Rounds of coordinate ascent over the classes.
MAX_ROUNDS = 5
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
        return proba.argmax(axis=1).astype(np.int64)


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
        cost = check_cost_matrix(self.cost_matrix, proba.shape[1])
        return (proba @ cost).argmin(axis=1).astype(np.int64)


class TunedThreshold(BaseEstimator):
    """Decide the class of greatest weighted probability, the weights tuned to a score.

    ``argmax(weight * p)``: for two classes a threshold on the positive class's probability, for
    many one weight a class, found by coordinate ascent. A freely tuned rule does harm on few rows.
    So the logarithms of the weights are averaged over bootstrap resamples and drawn towards argmax
    by the factor ``n / (n + shrinkage)``, ``n`` the rows of the rarest class.

    Parameters
    ----------
    positive : int or None, default=None
        Code of the positive class of a two-class problem; 1 where not said.
    shrinkage : float, default=10.0
        Rows of the rarest class at which the tuned weights have as much say as argmax; 0 for none.
    n_resamples : int, default=20
        Bootstrap resamples; 0 tunes once on the rows as they are.
    random_state : int, default=0
        Seed of the resamples.

    Attributes
    ----------
    weights_ : ndarray of shape (n_classes,)
        Weight of each class; their geometric mean is 1.
    threshold_ : float or None
        Probability of the positive class from which on it is decided; None with many classes.

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
        shrinkage: float = 10.0,
        n_resamples: int = 20,
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
        """
        n_classes = proba.shape[1]
        weight = np.ones(len(y)) if sample_weight is None else sample_weight
        counts = np.bincount(y, minlength=n_classes)
        self.weights_ = np.ones(n_classes)
        if np.count_nonzero(counts) < 2:
            return self
        log_proba = np.log(np.maximum(proba, TINY))
        rng = np.random.default_rng(self.random_state)
        resampled = [
            weight * np.bincount(rng.integers(len(y), size=len(y)), minlength=len(y))
            for _ in range(self.n_resamples)
        ]
        tuned = [_ascend(log_proba, y, drawn, score) for drawn in resampled or [weight]]
        n_rare = counts[counts > 0].min()
        log_weights = np.mean(tuned, axis=0) * n_rare / (n_rare + self.shrinkage)
        self.weights_ = np.exp(log_weights - log_weights.mean())
        return self

    @property
    def threshold_(self) -> float | None:
        """Probability of the positive class from which on it is decided; None with many classes."""
        check_is_fitted(self, "weights_")
        if len(self.weights_) != 2:
            return None
        positive = 1 if self.positive is None else self.positive
        return float(self.weights_[1 - positive] / self.weights_.sum())

    def decide(self, proba: np.ndarray) -> np.ndarray:
        """Decide a label code for each row of ``proba``, ``(n_rows, n_classes)``."""
        check_is_fitted(self, "weights_")
        return (proba * self.weights_).argmax(axis=1).astype(np.int64)


def _ascend(log_proba: np.ndarray, y: np.ndarray, weight: np.ndarray, score: Score) -> np.ndarray:
    """Logarithms of class weights by coordinate ascent, the first class held at 0."""
    n_classes = log_proba.shape[1]
    log_weights = np.zeros(n_classes)
    best = -np.inf
    for _ in range(MAX_ROUNDS if n_classes > 2 else 1):
        before = best
        for code in range(1, n_classes):
            log_weights[code], best = _best_weight(log_proba, y, weight, score, log_weights, code)
        if best <= before:
            break
    return log_weights


def _best_weight(
    log_proba: np.ndarray,
    y: np.ndarray,
    weight: np.ndarray,
    score: Score,
    log_weights: np.ndarray,
    code: int,
) -> tuple[float, float]:
    """Logarithm of one class's weight that scores best, the others held, and that score.

    A row goes to the class once its log-weight passes the lead that the best other class has.
    """
    n_classes = log_proba.shape[1]
    weighted = log_proba + log_weights
    weighted[:, code] = -np.inf
    other = weighted.argmax(axis=1)
    lead = weighted.max(axis=1) - log_proba[:, code]
    cuts = _cuts(lead, y)
    # The first cut that each row goes over at; then the confusion matrix cut by cut.
    cut_of_row = np.searchsorted(cuts, lead)
    shape = (len(cuts), n_classes, n_classes)
    cell_of_row = np.ravel_multi_index((cut_of_row, y, other), shape)
    moved = np.bincount(cell_of_row, weights=weight, minlength=len(cuts) * n_classes**2)
    moved = moved.reshape(shape).cumsum(axis=0)
    confusion = moved[-1] - moved
    confusion[:, :, code] += moved.sum(axis=2)
    scores = np.array([_score_confusion(cells, score) for cells in confusion])
    plateau = np.flatnonzero(scores >= np.nanmax(scores) - 1e-12)
    middle = plateau[len(plateau) // 2]
    return float(cuts[middle]), float(scores[middle])


def _cuts(lead: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Values between neighbouring leads worth trying, the two ends included.

    Inside a run of rows of one class no score that rewards right decisions has its best cut.
    """
    order = np.argsort(lead, kind="stable")
    values, starts = np.unique(lead[order], return_index=True)
    lowest = np.minimum.reduceat(y[order], starts)
    highest = np.maximum.reduceat(y[order], starts)
    one_class = (lowest[1:] == highest[:-1]) & (highest[1:] == lowest[:-1])
    cuts = ((values[1:] + values[:-1]) / 2)[~one_class]
    if len(cuts) > MAX_CUTS:
        cuts = cuts[np.linspace(0, len(cuts) - 1, MAX_CUTS).round().astype(np.int64)]
    return np.concatenate([[values[0] - 1.0], cuts, [values[-1] + 1.0]])


def _score_confusion(confusion: np.ndarray, score: Score) -> float:
    """Score a confusion matrix as one weighted row a cell."""
    y, labels = np.nonzero(confusion)
    return score(y, labels, confusion[y, labels])
