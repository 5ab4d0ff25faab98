"""Sentences that warn of a model: too good to be true, no better than chance, useless decisions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rarebit._common.checks import finds
from rarebit._common.wording import count, interval, number, percent
from rarebit.datasets import Dataset
from rarebit.datasets.giveaways import ROWS_TO_JUDGE
from rarebit.evaluation.comparison import Predictions
from rarebit.metrics import confusion_matrix
from rarebit.statistics.binomial import binomial_interval

# ROC-AUC of random guessing.
CHANCE = 0.5
# Alarms that are right this many times as often as random ones are of use, even if there are few.
USEFUL = 2.0


@finds("RB108")
def no_better_than_chance(model: str, roc_auc: float, low: float, high: float) -> list[str]:
    """Warn where the interval of the ROC-AUC reaches down to that of random guessing."""
    if not low <= CHANCE:
        return []
    return [
        f"{model} may be no better than random guessing: its ROC-AUC is {number(roc_auc)} "
        f"(95 % interval {interval(low, high)}), and random guessing gives {CHANCE}."
    ]


@finds("RB109")
def without_an_error(dataset: Dataset, seen: Predictions) -> list[str]:
    """Warn of each class of some size that a model predicts without an error on the test rows.

    With two classes, the warning names the rare one.
    """
    counts = confusion_matrix(seen.y, seen.labels, len(dataset.classes)).astype(int)
    codes = range(len(dataset.classes)) if dataset.positive is None else [dataset.positive]
    return [
        f"The recommended model makes no error on class {dataset.classes[code]!r}: of its "
        f"{count(found, 'row')} it found all, with 0 false alarms. That is rarely true of new "
        "rows; make sure that no column is filled in after the outcome."
        for code in codes
        if ROWS_TO_JUDGE
        <= (found := counts[code, code])
        == counts[code].sum()
        == counts[:, code].sum()
    ]


def useless(model: str, dataset: Dataset, seen: Predictions) -> list[str]:
    """Say that a model's decisions on rows that occur once are useless, if they are."""
    counts = confusion_matrix(seen.y, seen.labels, len(dataset.classes))
    return useless_decisions(model, counts, dataset.classes, dataset.positive)


@finds("RB107")
def useless_decisions(
    model: str, counts: np.ndarray, classes: Sequence[object], positive: int | None
) -> list[str]:
    """Say that decisions are useless: one class for all rows, or alarms no better than random ones.

    ``counts`` are the rows by true class (line) and decided class (column), ``positive`` is the
    code of the rare class of two.
    """
    decided = np.flatnonzero(counts.sum(axis=0))
    if len(decided) == 1 and np.count_nonzero(counts.sum(axis=1)) > 1:
        label = classes[decided[0]]
        return [f"The decisions of {model} are useless: it gives every row the class {label!r}."]
    if positive is None:
        return []
    right, alarms = int(counts[positive, positive]), int(counts[:, positive].sum())
    share = counts[positive].sum() / counts.sum()
    found = binomial_interval(right, alarms)
    if not alarms or found.low > share or found.estimate >= USEFUL * share:
        return []
    shown = "are useless" if found.high < USEFUL * share else "are not shown to be of any use"
    return [
        f"The decisions of {model} {shown}: of {count(alarms, 'alarm')}, "
        f"{percent(found.estimate)} are right (95 % interval {percent(found.low)} to "
        f"{percent(found.high)}), and {percent(share)} of all rows are of class "
        f"{classes[positive]!r}, so random alarms may be right as often."
    ]
