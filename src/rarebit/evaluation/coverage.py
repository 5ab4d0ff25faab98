"""Which part of a planned comparison has results to compare, where the time was not enough for all.

Only models with results on the same folds are compared. Of the rest it is said that it was not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rarebit._common.checks import finds
from rarebit._common.wording import count, in_a_sentence, listed
from rarebit.running.cells import Candidate, CellResult
from rarebit.running.plans import Plan

Fold = tuple[int, int]


@dataclass(frozen=True)
class Coverage:
    """How many models were compared on how many folds, and how many were planned."""

    models: int
    of_models: int
    folds: int
    of_folds: int

    @property
    def is_complete(self) -> bool:
        """Whether everything planned was compared."""
        return (self.models, self.folds) == (self.of_models, self.of_folds)

    @property
    def has_intervals(self) -> bool:
        """Whether there are enough folds for intervals, or as many as planned."""
        return self.is_complete or self.folds > 1

    @finds("RB104")
    def sentences(self) -> list[str]:
        """Say what the time was enough for, if not for everything."""
        if self.is_complete:
            return []
        models = f"{self.models} of {count(self.of_models, 'model')}"
        sentence = (
            f"The time was enough for {models} on {self.folds} of {count(self.of_folds, 'fold')}"
        )
        if self.folds > 1:
            return [f"{sentence}."]
        return [f"{sentence}; a single fold gives no intervals and no p-values."]


def covered(
    results: Sequence[CellResult], plan: Plan, n_planned: int
) -> tuple[list[CellResult], Coverage]:
    """Return the largest block of models and folds in which every cell has a result.

    The size of a block is its number of cells with scores; at equal sizes, more models win.
    """
    by_fold: dict[Fold, dict[Candidate, CellResult]] = {}
    for result in results:
        if result.status != "cut":
            by_fold.setdefault(_fold(result), {})[result.key.candidate] = result
    blocks = []
    for own in by_fold.values():
        whole = [cells for cells in by_fold.values() if cells.keys() >= own.keys()]
        blocks.append([cells[pair] for cells in whole for pair in own])
    block = max(blocks, key=_size, default=[])
    n_models, n_folds = len({result.key.candidate for result in block}), len(set(map(_fold, block)))
    of_models = len(plan.candidates)
    return block, Coverage(n_models, of_models, n_folds, n_planned // of_models)


def not_covered(
    results: Sequence[CellResult], block: Sequence[CellResult], plan: Plan
) -> list[str]:
    """Name the models outside of the block, one line for each reason."""
    compared = {result.key.candidate for result in block}
    finished = {result.key.candidate for result in results if result.status != "cut"}
    started = {
        result.key.candidate
        for result in results
        if result.status == "cut" and math.isfinite(result.fit_seconds)
    }
    reasons: dict[str, dict[str, list[str]]] = {}
    labels = plan.labels()
    for pair in plan.candidates:
        if pair in compared:
            continue
        reason = "Not run, because the time ended before"
        if pair in finished:
            reason = "Run on other or fewer folds than the rest, so not compared"
        elif pair in started:
            reason = "Ended after their share of the time, without a result"
        by_classifier = reasons.setdefault(reason, {})
        by_classifier.setdefault(labels[pair[0]], []).append(in_a_sentence(labels[pair[1]]))
    return [
        f"{reason}: {'; '.join(f'{name} with {listed(given)}' for name, given in pairs.items())}."
        for reason, pairs in reasons.items()
    ]


def _size(block: Sequence[CellResult]) -> tuple[int, int]:
    done = sum(result.status == "done" for result in block)
    return done, len({result.key.candidate for result in block})


def _fold(result: CellResult) -> Fold:
    return result.key.repeat, result.key.fold
