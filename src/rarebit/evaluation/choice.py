"""Which candidate is recommended: good probabilities first, then good decisions, then simplicity.

A threshold cannot change probabilities, and probabilities say little about a decision rule. So the
probabilities choose the models that are considered, and the decisions choose among these. At each
step, candidates within one standard error of the best one are kept (Breiman et al. 1984, section
3.4.3): the standard error of the paired difference over the folds, corrected for their overlap.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rarebit.metrics import Metric
from rarebit.statistics.intervals import ROUNDING

# A single fold gives no standard error: differences of scores that look the same in the tables.
TIE_ON_ONE_FOLD = 1e-3


@dataclass(frozen=True, eq=False)
class Rule:
    """How a candidate is chosen by several losses, the first one first."""

    # For each loss, the standard error of the difference of each two candidates
    errors: tuple[np.ndarray, ...]
    # Of each candidate; smaller is simpler
    simplicity: np.ndarray

    def pick(self, losses: Sequence[np.ndarray]) -> int:
        """Return the position of a candidate by its losses, each ``(n_candidates,)``.

        The simplest of those within one standard error; of these, the one with the lowest first
        loss. A candidate with an undefined loss is chosen only if all have one.
        """
        left = self.within_one_error(losses)
        order = np.lexsort([losses[0], self.simplicity])
        return int(order[left[order]][0])

    def within_one_error(self, losses: Sequence[np.ndarray]) -> np.ndarray:
        """Mask the candidates that are within one standard error of the best, loss after loss."""
        defined = np.asarray(np.isfinite(losses).all(axis=0))
        left = defined if defined.any() else np.ones(len(self.simplicity), dtype=bool)
        for loss, error in zip(losses, self.errors, strict=False):
            known = np.where(left & np.isfinite(loss), loss, np.inf)
            best = int(known.argmin())
            if np.isfinite(known[best]):
                left = left & (known <= known[best] + error[best] + ROUNDING)
        return np.asarray(left)

    def take(self, chosen: np.ndarray) -> Rule:
        """Return the rule for some of the candidates, by position."""
        errors = tuple(error[np.ix_(chosen, chosen)] for error in self.errors)
        return Rule(errors, self.simplicity[chosen])


def mean_losses(scores: pd.DataFrame, metric: Metric) -> np.ndarray:
    """Mean loss of each candidate (column) over the folds; nan if it lacks one of them."""
    sign = -1 if metric.greater_is_better else 1
    return np.asarray(sign * scores.mean(skipna=False).to_numpy(dtype=np.float64))


def paired_errors(scores: pd.DataFrame, ratio: float) -> np.ndarray:
    """Corrected standard error of the difference of each two candidates; 0 where unknown.

    ``ratio`` is the number of test rows per training row, as in
    :func:`rarebit.statistics.corrected_t_test`.
    """
    table = scores.to_numpy(dtype=np.float64)
    n_folds = len(table)
    if n_folds < 2:
        return np.full((table.shape[1], table.shape[1]), TIE_ON_ONE_FOLD)
    centred = table - table.mean(axis=0)
    products = centred.T @ centred
    own = np.diag(products)
    variance = (own[:, None] + own[None, :] - 2 * products) / (n_folds - 1)
    return np.sqrt(np.nan_to_num(np.maximum(variance, 0)) * (1 / n_folds + ratio))
