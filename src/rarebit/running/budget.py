"""The time that a run has, and how long each of its cells may take of it."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rarebit.running.cells import CellResult
from rarebit.running.tasks import Task

# A cell may take the time that is left, divided evenly among the cells of its fold, but at least
# this share of it: a fold of many cells would otherwise give none of them enough time.
LEAST_SHARE = 1 / 4
# The same until the first cell is finished: some result is better than none.
FIRST_SHARE = 1 / 2
# A cell may also take this many times the longest fit so far, as long as there is time.
LONGEST_FITS = 2


@dataclass(frozen=True)
class Budget:
    """Time that a run has; it begins when the object is made.

    Attributes
    ----------
    seconds : float
        How long.
    reserve : float, default=0.0
        Share of ``seconds`` that is kept back from the cells.
    reserved_fits : float, default=0.0
        This many times the longest fit so far is kept back as well.
    clock : callable () -> float, default=time.monotonic
        Seconds since any moment.
    ends_at : float, optional
        When the time ends, by the clock; after ``seconds`` from now unless given.

    Examples
    --------
    >>> budget = Budget(60, reserve=0.1, clock=lambda: 1000.0)
    >>> budget.ends_at, budget.left(), budget.left_for_cells()
    (1060.0, 60.0, 54.0)
    """

    seconds: float
    reserve: float = 0.0
    reserved_fits: float = 0.0
    clock: Callable[[], float] = time.monotonic
    ends_at: float = math.nan

    def __post_init__(self) -> None:
        if math.isnan(self.ends_at):
            object.__setattr__(self, "ends_at", self.clock() + self.seconds)

    def left(self) -> float:
        """Return the seconds that are left."""
        return max(0.0, self.ends_at - self.clock())

    def left_for_cells(self, longest_fit: float = 0.0) -> float:
        """Return the seconds that are left, less those kept back."""
        kept = self.reserve * self.seconds + self.reserved_fits * longest_fit
        return max(0.0, self.left() - kept)

    def most_for_a_cell(self) -> float:
        """Return the seconds that one cell may take so that it could be fitted again after it."""
        return self.left_for_cells() / (1 + self.reserved_fits)


class Queue:
    """The cells that wait for a worker, in order, and the time that each may take.

    A candidate that did not finish in its share of the time is not tried again on other folds.
    """

    def __init__(self, tasks: Sequence[Task], jobs: int = 1, budget: Budget | None = None) -> None:
        self._waiting = deque(tasks)
        self._jobs = jobs
        self._budget = budget
        self._fits: list[float] = []  # seconds of each finished cell
        self._too_slow: set[tuple[str, str]] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def left(self) -> float | None:
        """Seconds that are left for cells, or None if there is no budget.

        None are left if not even the quickest cell so far would finish.
        """
        if self._budget is None:
            return None
        left = self._budget.left_for_cells(max(self._fits, default=0.0))
        return left if left > min(self._fits, default=0.0) else 0.0

    def take(self) -> tuple[Task, float | None]:
        """Take the next cell, and the seconds that it may take."""
        left, n_in_fold = self.left(), self._n_in_fold()
        task = self._waiting.popleft()
        if self._budget is None or left is None:
            return task, None
        least = LEAST_SHARE if self._fits else FIRST_SHARE
        share = left * max(self._jobs / n_in_fold, least)
        most = min(left, self._budget.most_for_a_cell())
        return task, min(most, max(share, LONGEST_FITS * max(self._fits, default=0.0)))

    def note(self, result: CellResult) -> None:
        """Learn from a result how long fits take, and which candidate takes too long."""
        if result.status == "done":
            self._fits.append(result.fit_seconds)
        elif result.status == "cut":
            self._too_slow.add((result.key.dataset, result.key.name))

    def give_up(self) -> Iterator[CellResult]:
        """Drop the cells that there is no time for, as results."""
        is_over = self.left() == 0
        if not is_over and not self._too_slow:
            return
        tasks, self._waiting = self._waiting, deque()
        for task in tasks:
            if is_over or (task.key.dataset, task.key.name) in self._too_slow:
                yield CellResult(task.key, "cut", error="Not run: the time budget ended before.")
            else:
                self._waiting.append(task)

    def _n_in_fold(self) -> int:
        """Number of waiting cells of the fold of the first one."""
        folds = [(t.key.dataset, t.key.repeat, t.key.fold) for t in self._waiting]
        return folds.count(folds[0])
