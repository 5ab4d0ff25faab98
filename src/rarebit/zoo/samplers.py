"""Samplers made safe for real tables: what a sampler cannot do is adapted, with a note.

Samplers fail on classes with fewer rows than neighbours, or if no row lies near the border; some
silently add nothing. Here every class gets its rows, or a note says why not.
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.over_sampling import SMOTE
from imblearn.over_sampling.base import BaseOverSampler
from imblearn.utils import check_sampling_strategy
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

# What samplers raise on rows that do not suit them.
_FAILURES = (ValueError, RuntimeError, IndexError, ArithmeticError)


class _Rows(NamedTuple):
    """Rows, their classes and, if the sampler gives them, their positions in the training rows."""

    X: NDArray[Any]
    y: NDArray[Any]
    indices: NDArray[np.int64] | None = None

    def plus(self, other: _Rows) -> _Rows:
        """Append other rows."""
        known = self.indices is not None and other.indices is not None
        return _Rows(
            np.concatenate([self.X, other.X]),
            np.concatenate([self.y, other.y]),
            np.concatenate([self.indices, other.indices]) if known else None,
        )

    def take(self, positions: NDArray[np.int64]) -> _Rows:
        """Pick rows by position."""
        return _Rows(self.X[positions], self.y[positions], positions)


class AdaptiveSampler(BaseEstimator):
    """A sampler that runs on any training rows and notes what it had to adapt.

    The sampler first runs as it is. If it fails, each class to be over-sampled is taken alone,
    with as many neighbours as it has; a class for which no row can be made gets copies of its
    rows; a class that cleaning removed gets its rows back. If everything fails, the rows are
    returned unchanged. ``class_counts_`` is the prior that a classifier fitted on the rows learns;
    ``sample_indices_`` is None where the sampler makes rows of its own.
    """

    def __init__(self, sampler: Any, class_names: Sequence[str] | None = None) -> None:
        self.sampler = sampler
        self.class_names = class_names

    def fit_resample(self, X: Any, y: Any) -> tuple[NDArray[Any], NDArray[Any]]:
        """Resample the rows."""
        X, y = validate_data(self, X, y)
        given = _Rows(X, y, np.arange(len(y)))
        self.notes_: list[str] = []
        self.is_applied_ = True
        try:
            rows = self._resample(given)
        except _FAILURES as error:
            self.is_applied_ = False
            self.notes_ = [f"{_name(self.sampler)} could not be applied: {error}"]
            rows = given
        rows = self._with_lost_classes(rows, given)
        self.sample_indices_ = rows.indices
        self.class_counts_ = np.unique(rows.y, return_counts=True)[1]
        return rows.X, rows.y

    def _resample(self, given: _Rows) -> _Rows:
        """Run the sampler as it is, or adapted if it fails."""
        part = _over_sampling_part(self.sampler)
        try:
            rows = _run(self.sampler, given)
        except _FAILURES:
            if part is None:
                smallest = min(_counts(given.y).items(), key=lambda item: item[1])
                return self._run_bounded(self.sampler, given, *smallest, spare=0)
            rows = self._with_copies(part, self._class_by_class(part, given), given)
            # Nothing is left to over-sample, so a combination only cleans.
            return rows if part is self.sampler else _run(self.sampler, rows)
        # Borderline-SMOTE silently adds nothing if no row is near the border.
        return self._with_copies(part, rows, given) if part is self.sampler else rows

    def _class_by_class(self, part: Any, given: _Rows) -> _Rows:
        """Over-sample each class alone; leave out those for which no row can be made."""
        rows, counts = given, _counts(given.y)
        for label, n_wanted in _wanted(part, given.y).items():
            if n_wanted == 0:
                continue
            strategy = {label: counts[label] + n_wanted}
            sampler = clone(part).set_params(sampling_strategy=strategy)
            try:
                made = self._run_bounded(sampler, given, label, counts[label], spare=1)
            except _FAILURES:
                continue
            # Over-samplers return the rows given first, then the new ones.
            rows = rows.plus(_Rows(made.X[len(given.y) :], made.y[len(given.y) :]))
        return rows

    def _run_bounded(
        self, sampler: Any, given: _Rows, label: Any, n_rows: int, *, spare: int
    ) -> _Rows:
        """Run with at most as many neighbours as rows, less ``spare`` of them."""
        limits = {
            "k_neighbors": n_rows - spare,
            "n_neighbors": min(n_rows - spare, len(given.y) - 1),
            "m_neighbors": len(given.y) - 1,
        }
        asked = sampler.get_params(deep=False) if hasattr(sampler, "get_params") else {}
        bounded = {
            key: limit
            for key, limit in limits.items()
            if isinstance(asked.get(key), Integral) and 0 < limit < asked[key]
        }
        if bounded:
            sampler = clone(sampler).set_params(**bounded)
        rows = _run(sampler, given)
        if bounded:
            changes = " and ".join(
                f"{key}={value} instead of {asked[key]}" for key, value in bounded.items()
            )
            self.notes_.append(f"{_name(sampler)} used {changes} for {self._class(label, given)}.")
        return rows

    def _with_copies(self, part: Any, rows: _Rows, given: _Rows) -> _Rows:
        """Add copies of the rows of classes for which no row was made."""
        before, after = _counts(given.y), _counts(rows.y)
        random_state = check_random_state(getattr(part, "random_state", None))
        for label, n_wanted in _wanted(part, given.y).items():
            if n_wanted == 0 or after.get(label, 0) > before[label]:
                continue
            own = random_state.permutation(np.flatnonzero(given.y == label))
            # In turn, so that every row is copied equally often.
            rows = rows.plus(given.take(np.resize(own, n_wanted)))
            self.notes_.append(
                f"{_name(part)} could make no rows for {self._class(label, given)}: "
                "copies of its rows were added instead."
            )
        return rows

    def _with_lost_classes(self, rows: _Rows, given: _Rows) -> _Rows:
        """Put back the rows of classes that have none left."""
        for label in np.setdiff1d(given.y, rows.y):
            rows = rows.plus(given.take(np.flatnonzero(given.y == label)))
            self.notes_.append(
                f"{_name(self.sampler)} removed {self._class(label, given)}: "
                "its rows were put back."
            )
        return rows

    def _class(self, label: Any, given: _Rows) -> str:
        """Name a class and its number of rows, for a note."""
        labels = np.unique(given.y)
        index = int(np.searchsorted(labels, label))
        name = label if self.class_names is None else self.class_names[index]
        n_rows = int(np.sum(given.y == label))
        return f"class {name} ({n_rows} {'row' if n_rows == 1 else 'rows'})"


def _run(sampler: Any, given: _Rows) -> _Rows:
    """Run a copy of a sampler."""
    fitted = clone(sampler, safe=False)
    X, y = fitted.fit_resample(given.X, given.y)
    indices = getattr(fitted, "sample_indices_", None)
    if indices is not None and given.indices is not None:
        indices = given.indices[np.asarray(indices, dtype=np.int64)]
    return _Rows(np.asarray(X), np.asarray(y), indices)


def _over_sampling_part(sampler: Any) -> Any:
    """Find the over-sampler: the sampler itself, the one inside a combination, or None."""
    if isinstance(sampler, BaseOverSampler):
        return sampler
    if isinstance(sampler, SMOTEENN | SMOTETomek):
        default = SMOTE(
            sampling_strategy=sampler.sampling_strategy, random_state=sampler.random_state
        )
        return default if sampler.smote is None else sampler.smote
    return None


def _wanted(part: Any, y: NDArray[Any]) -> dict[Any, int]:
    """Rows to be added to each class."""
    return dict(check_sampling_strategy(part.sampling_strategy, y, "over-sampling"))


def _counts(y: NDArray[Any]) -> dict[Any, int]:
    """Rows of each class."""
    labels, counts = np.unique(y, return_counts=True)
    return dict(zip(labels.tolist(), counts.tolist(), strict=True))


def _name(sampler: Any) -> str:
    """Name a sampler, for a note."""
    return type(sampler).__name__
