"""Operating points on a batch of rows that comes in parts."""

from __future__ import annotations

import numpy as np

from rarebit._common.wording import count, number
from rarebit.decision import FittedPoint


class Batch:
    """Decides the rows of a batch part by part, at an operating point.

    Which rows are the 50 of greatest probability depends on all of them, so ``alerts<=50`` takes
    two passes: the labels of the first are not final, and :meth:`restart` begins the second.
    """

    def __init__(self, point: FittedPoint) -> None:
        self.point = point
        # Greatest probabilities of the first pass
        self._best = np.empty(0)
        # The least of these, rows equal to it that are still to be alerts, and those that are not
        self._cut: float | None = None
        self._n_equal = self._n_left_out = 0

    @property
    def is_final(self) -> bool:
        """Whether the labels of this pass are final."""
        return self.point.point.kind != "alerts" or self._cut is not None

    def restart(self, *, keep: bool) -> None:
        """Begin another pass; ``keep``: over the same rows, of which all have been seen."""
        self._cut, self._n_equal, self._n_left_out = None, 0, 0
        if keep:
            self._cut = float(self._best[-1]) if len(self._best) else np.inf
            self._n_equal = int((self._best == self._cut).sum())
        self._best = np.empty(0)

    def decide(self, proba: np.ndarray) -> np.ndarray:
        """Return label codes of the next rows, given ``proba``, ``(n_rows, 2)``."""
        if self.point.point.kind != "alerts":
            return self.point.decide(proba)
        p, positive = proba[:, self.point.positive], self.point.positive
        alerts = np.zeros(len(p), dtype=bool)
        if self._cut is None:
            most = int(self.point.point.value)
            self._best = np.sort(np.append(self._best, p))[::-1][:most]
        else:
            alerts = p > self._cut
            equal = np.flatnonzero(p == self._cut)
            taken = equal[: self._n_equal]
            alerts[taken] = True
            self._n_equal -= len(taken)
            self._n_left_out += len(equal) - len(taken)
        return np.where(alerts, positive, 1 - positive)

    def sentences(self) -> list[str]:
        """Say how many rows were left out although they equal the last alert."""
        if not self._n_left_out:
            return []
        others = count(self._n_left_out, "further row")
        verb = "has" if self._n_left_out == 1 else "have"
        return [
            f"{self.point.point}: {others} {verb} the probability of the last alert "
            f"({number(self._cut)}); the first rows of the file were taken."
        ]
