"""Decisions on a batch of rows that comes in parts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rarebit._common.wording import count, number
from rarebit.decision import FittedPoint, FittedReview


class Batch:
    """Decides the rows of a batch part by part, at an operating point and with rows to review.

    Which rows are the 50 of greatest probability depends on all of them, so ``alerts<=50`` takes
    two passes: what the first finds is not final, and :meth:`restart` begins the second.
    """

    def __init__(self, point: FittedPoint | None, review: FittedReview | None = None) -> None:
        self.point, self.review = point, review
        self._alerts: Greatest | None = None
        self._reviewed: Greatest | None = None
        if point is not None and point.point.kind == "alerts":
            last = "the probability of the last alert"
            self._alerts = Greatest(int(point.point.value), str(point.point), last)
        if review is not None and not review.budget.is_share:
            last = "the expected cost of the last row reviewed"
            self._reviewed = Greatest(int(review.budget.value), f"review {review.budget}", last)

    @property
    def is_final(self) -> bool:
        """Whether what this pass decides is final."""
        return all(part.is_final for part in self._parts)

    @property
    def _parts(self) -> list[Greatest]:
        return [part for part in (self._alerts, self._reviewed) if part is not None]

    def restart(self, *, keep: bool) -> None:
        """Begin another pass; ``keep``: over the same rows, of which all have been seen."""
        for part in self._parts:
            part.restart(keep=keep)

    def decide(self, proba: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """Return label codes of the next rows; ``codes`` are those without an operating point."""
        if self.point is None:
            return codes
        if self._alerts is None:
            return self.point.decide(proba)
        positive = self.point.positive
        return np.where(self._alerts.choose(proba[:, positive]), positive, 1 - positive)

    def reviewed(self, proba: np.ndarray, values: pd.DataFrame) -> np.ndarray | None:
        """Return which of the next rows go to a person; None without a budget of review."""
        if self.review is None:
            return None
        if self._reviewed is None:
            return self.review.reviewed(proba, values)
        saving = self.review.saving(proba, values)
        return self._reviewed.choose(np.where(saving > 0, saving, -np.inf)) & (saving > 0)

    def sentences(self) -> list[str]:
        """Say how many rows were left out although they equal the last that was taken."""
        return [text for part in self._parts if (text := part.sentence()) is not None]


class Greatest:
    """Finds the rows of greatest value, in two passes; of equal ones, the first are taken."""

    def __init__(self, most: int, name: str, last: str) -> None:
        # For the message: number of rows, name of the limit, what the last row taken has
        self.most, self.name, self.last = most, name, last
        # Greatest values of the first pass
        self._best = np.empty(0)
        # The least of these, rows equal to it that are still to be taken, and those that are not
        self._cut: float | None = None
        self._n_equal = self._n_left_out = 0

    @property
    def is_final(self) -> bool:
        """Whether this is the second pass."""
        return self._cut is not None

    def restart(self, *, keep: bool) -> None:
        """Begin another pass; ``keep``: over the same rows, of which all have been seen."""
        self._cut, self._n_equal, self._n_left_out = None, 0, 0
        if keep:
            self._cut = float(self._best[-1]) if len(self._best) else np.inf
            self._n_equal = int((self._best == self._cut).sum())
        self._best = np.empty(0)

    def choose(self, values: np.ndarray) -> np.ndarray:
        """Return which of the next rows are taken; none in the first pass."""
        if self._cut is None:
            self._best = np.sort(np.append(self._best, values))[::-1][: self.most]
            return np.zeros(len(values), dtype=bool)
        chosen = values > self._cut
        equal = np.flatnonzero(values == self._cut)
        taken = equal[: self._n_equal]
        chosen[taken] = True
        self._n_equal -= len(taken)
        self._n_left_out += len(equal) - len(taken)
        return chosen

    def sentence(self) -> str | None:
        """Say how many rows were left out although they equal the last that was taken."""
        if not self._n_left_out or self._cut is None or np.isinf(self._cut):
            return None
        others = count(self._n_left_out, "further row")
        verb = "has" if self._n_left_out == 1 else "have"
        return (
            f"{self.name}: {others} {verb} {self.last} ({number(self._cut)}); the first rows of "
            "the file were taken."
        )
