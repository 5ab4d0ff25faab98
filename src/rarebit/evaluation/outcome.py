"""What a model does on rows that it was not fitted on: rows found, confusion matrices.

The figures are those of a comparison's test rows and of an evaluation alike. Terminal, report and
exports print them; none of them computes its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rarebit.datasets import Dataset
from rarebit.evaluation.comparison import Comparison, Predictions
from rarebit.metrics import confusion_matrix
from rarebit.running.cells import Candidate
from rarebit.zoo.treatments import TREATMENTS

_KINDS = {treatment.name: treatment.kind for treatment in TREATMENTS}


@dataclass(frozen=True)
class Found:
    """What a model found of one class, in rows (row weights are not applied)."""

    label: str
    found: int
    total: int
    false_alarms: int
    others: int

    @classmethod
    def in_counts(cls, label: object, counts: np.ndarray, code: int) -> Found:
        """Read one class off a confusion matrix (true classes in lines) of rows."""
        found, total = int(counts[code, code]), int(counts[code].sum())
        return cls(
            label=str(label),
            found=found,
            total=total,
            false_alarms=int(counts[:, code].sum()) - found,
            others=int(counts.sum()) - total,
        )

    @property
    def missed(self) -> int:
        """Rows of the class that were predicted as another."""
        return self.total - self.found

    @property
    def precision(self) -> float:
        """Share of the alarms that were correct; nan without alarms."""
        alarms = self.found + self.false_alarms
        return self.found / alarms if alarms else float("nan")


@dataclass(frozen=True, eq=False)
class Confusion:
    """Confusion matrices of the first repeat, true classes in lines, predicted ones in columns."""

    # Rows, each counted once; row weights are not applied
    counts: np.ndarray
    # Share of the true class, by row weight: the diagonal is the recall. 0 for an absent class
    shares: np.ndarray


def confusion(predictions: Predictions) -> Confusion:
    """Confusion matrices of the first repeat."""
    seen = predictions.first_repeat()
    n_classes = seen.proba.shape[1]
    counts = confusion_matrix(seen.y, seen.labels, n_classes)
    weights = confusion_matrix(seen.y, seen.labels, n_classes, seen.weight)
    of_class = weights.sum(axis=1, keepdims=True)
    shares = np.divide(weights, of_class, out=np.zeros_like(weights), where=of_class > 0)
    return Confusion(counts.astype(np.int64), shares)


def found_by(dataset: Dataset, predictions: Predictions | None) -> list[Found]:
    """Count what was found of each rare class; nothing without predictions."""
    if predictions is None:
        return []
    counts = confusion(predictions).counts
    return [Found.in_counts(dataset.classes[code], counts, code) for code in rare_classes(dataset)]


def found_by_best(comparison: Comparison) -> list[Found]:
    """Count what the best model found of each rare class."""
    return found_by(comparison.dataset, comparison.predictions.get(comparison.best))


def rare_classes(dataset: Dataset, limit: int = 3) -> list[int]:
    """Codes of the classes that matter most: the rare one of two, or the rarest with rows."""
    if dataset.positive is not None:
        return [dataset.positive]
    counts = dataset.counts
    rarest_first = [int(code) for code in np.argsort(counts, kind="stable") if counts[code]]
    below_average = [code for code in rarest_first if counts[code] < counts.mean()]
    return (below_average or rarest_first)[:limit]


def class_shares(dataset: Dataset) -> np.ndarray:
    """Share of each class in the data set, by row weight: shape (n_classes,)."""
    weight = np.bincount(dataset.target, dataset.full_weight, minlength=len(dataset.classes))
    return np.asarray(weight / weight.sum())


def ranked(comparison: Comparison) -> list[Candidate]:
    """Candidates that have predictions, best first."""
    table = comparison.ranking
    pairs = zip(table["classifier"], table["treatment"], strict=True)
    return [pair for pair in pairs if pair in comparison.predictions]


def baseline(comparison: Comparison) -> Candidate | None:
    """Model that the best one is compared with in rows.

    The same classifier untouched; if that is the best one itself, with a tuned threshold; if there
    is neither, the best other model of these kinds.
    """
    plain = [
        pair
        for kind in ("none", "threshold")
        for pair in ranked(comparison)
        if treatment_kind(pair[1]) == kind and pair != comparison.best
    ]
    same = [pair for pair in plain if pair[0] == comparison.best[0]]
    return next(iter(same + plain), None)


def treatment_kind(name: str) -> str:
    """Kind of a treatment; a sampler of the user's own is a resampling."""
    return _KINDS.get(name, "resampling")
