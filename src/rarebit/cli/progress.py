"""The progress of cells: a bar in a terminal, else a line from time to time."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from statistics import mean

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

from rarebit._common.wording import about, count, seconds
from rarebit.evaluation import Progress
from rarebit.running import CellKey, CellResult
from rarebit.running.tasks import CellTask

# Seconds between two lines where there is no terminal.
INTERVAL = 30.0
# The time of the whole run is forecast if it is at least this long.
LEAST_FORECAST = 60.0
# Stands for a candidate of which no cell is finished.
AVERAGE = ("", "")


@contextmanager
def cell_progress(
    console: Console,
    jobs: int,
    *,
    many_datasets: bool = False,
    time_budget: float | None = None,
) -> Iterator[Progress]:
    """Show the progress of a comparison, or of a sweep over ``many_datasets``.

    A forecast of the time is shown for a comparison only, which takes a time budget.
    """
    state = CellState(jobs, many_datasets=many_datasets, time_budget=time_budget)
    show = _bar if console.is_terminal else _lines
    with show(console, state) as update:

        def on_start(tasks: list[CellTask], n_known: int) -> None:
            state.start([task.key for task in tasks], n_known)
            update(None)

        def on_result(result: CellResult) -> None:
            state.finish(result)
            forecast = None if many_datasets else state.forecast()
            if forecast is not None:
                console.print(forecast, soft_wrap=True)
            update(None)

        def on_refit(candidate: tuple[str, str]) -> None:
            update(f"Fitting {' + '.join(candidate)} on all rows")

        def on_explain(candidate: tuple[str, str]) -> None:
            update(f"Measuring which columns {' + '.join(candidate)} depends on")

        yield Progress(on_start, on_result, on_refit, on_explain)


class CellState:
    """Which cells are finished and which are running, and how long the rest will take.

    Workers take cells in order, so the first ``jobs`` unfinished ones are those running.
    """

    def __init__(
        self,
        jobs: int,
        *,
        many_datasets: bool = False,
        time_budget: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.jobs = jobs
        self.many_datasets = many_datasets
        self.time_budget = time_budget
        self.clock = clock
        self.started = clock()
        self.waiting: dict[CellKey, str] = {}
        # When each running cell began
        self.began: dict[CellKey, float] = {}
        self.n_known = self.n_finished = self.total = 0
        # Seconds of the finished cells of each candidate
        self.taken: dict[tuple[str, str], list[float]] = {}
        # Candidates of which no cell has ended, well or not, and the number of splits
        self.untried: set[tuple[str, str]] = set()
        self.n_splits = 0
        self.is_forecast = False

    def start(self, keys: list[CellKey], n_known: int) -> None:
        """Take in the cells to run, and how many are finished already."""
        self.waiting = {
            key: f"{key.dataset}: {key.name}" if self.many_datasets else key.name for key in keys
        }
        self.n_known, self.n_finished, self.total = n_known, 0, len(keys) + n_known
        self.began = {}
        self.untried = {self._candidate(key) for key in keys}
        self.n_splits = len({(key.dataset, key.repeat, key.fold) for key in keys})
        self._begin()

    def finish(self, result: CellResult) -> None:
        """Take in a result; cells that the time budget cut off are not finished."""
        self.waiting.pop(result.key, None)
        self.began.pop(result.key, None)
        self.untried.discard(self._candidate(result.key))
        self._begin()
        if result.status == "cut":
            return
        self.n_finished += 1
        taken = result.fit_seconds + result.predict_seconds
        if math.isfinite(taken):
            self.taken.setdefault(self._candidate(result.key), []).append(taken)

    def _begin(self) -> None:
        """Note when the first waiting cells began."""
        now = self.clock()
        for key in islice(self.waiting, self.jobs):
            self.began.setdefault(key, now)

    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.clock() - self.started

    def remaining(self) -> float | None:
        """Seconds that the waiting cells will take; None before the first one is finished.

        A candidate takes as long as on other folds; one that is not finished on any, the average.
        A cell that runs longer than that takes as long again as it is overdue, and the later cells
        of its candidate take longer too.
        """
        if not self.taken:
            return None
        now, taken = self.clock(), {name: [*seen] for name, seen in self.taken.items()}
        usual = _means(taken)
        running: list[float] = []
        for key, began in self.began.copy().items():
            candidate, elapsed = self._candidate(key), now - began
            expected = usual.get(candidate, usual[AVERAGE])
            running.append(abs(expected - elapsed))
            if elapsed > expected:
                taken.setdefault(candidate, []).append(2 * elapsed - expected)
        usual = _means(taken)
        later = [
            usual.get(self._candidate(key), usual[AVERAGE])
            for key in list(self.waiting)
            if key not in self.began
        ]
        return max(sum(running + later) / self.jobs, *running, 0.0)

    def remaining_text(self) -> str:
        """Say how long it will take, at most until the end of the time budget."""
        remaining = self.remaining()
        if remaining is None:
            return "time left not known yet"
        if self.time_budget is not None:
            remaining = min(remaining, max(0.0, self.time_budget - self.elapsed()))
        return "less than 1 second left" if remaining < 1 else f"{about(remaining)} left"

    def running(self) -> str:
        """Name the running cells."""
        names = list(islice(list(self.waiting.values()), self.jobs))
        return f"Running {', '.join(names)}" if names else "Finishing"

    def line(self) -> str:
        """Everything in one line."""
        return (
            f"{self.running()} ({self.n_known + self.n_finished:,} of {count(self.total, 'fit')} "
            f"finished; {seconds(self.elapsed())} elapsed, {self.remaining_text()})"
        )

    def forecast(self) -> str | None:
        """Say once how long all cells will take, if it is long, and what a shorter time allows.

        Candidates differ widely, so it is said once each has been fitted on one split.
        """
        remaining = self.remaining()
        if self.is_forecast or remaining is None or self.untried:
            return None
        self.is_forecast = True
        whole = self.elapsed() + remaining
        if whole < LEAST_FORECAST:
            return None
        fits = count(self.total - self.n_known, "fit")
        # A third of the time in minutes, but enough for one split
        shorter = max(round(whole / 180), math.ceil(whole / self.n_splits / 60))
        budget = self.time_budget or 60.0 * shorter
        if budget >= whole:
            fitting = "" if self.time_budget is None else ", less than the time budget"
            return f"The {fits} take {about(whole)}{fitting}."
        n_splits = int(self.n_splits * budget / whole)
        part = f"about {n_splits}" if n_splits else "less than one"
        enough = f"is enough for {part} of the {count(self.n_splits, 'split')}"
        if self.time_budget is None:
            return f"The {fits} take {about(whole)}; --time-budget {shorter}m {enough}."
        return f"The {fits} would take {about(whole)}; the time budget {enough}."

    @staticmethod
    def _candidate(key: CellKey) -> tuple[str, str]:
        return key.dataset, key.name


def _means(taken: Mapping[tuple[str, str], list[float]]) -> dict[tuple[str, str], float]:
    """Average what the cells of each candidate took, and over the candidates."""
    means = {candidate: mean(seen) for candidate, seen in taken.items()}
    return means | {AVERAGE: mean(means.values())}


@contextmanager
def _bar(console: Console, state: CellState) -> Iterator[Callable[[str | None], None]]:
    """A bar that is redrawn in place; the function shows the state, or a text of its own."""

    class Left(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(state.remaining_text())

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        Left(),
        console=console,
        transient=True,
    )
    line = bar.add_task("Preparing", total=None)

    def update(text: str | None) -> None:
        finished = state.n_known + state.n_finished
        description = escape(text or state.running())
        bar.update(line, total=state.total, completed=finished, description=description)

    with bar:
        yield update


@contextmanager
def _lines(console: Console, state: CellState) -> Iterator[Callable[[str | None], None]]:
    """A line at the start and at the end, and in between at a fixed interval."""
    is_over, is_started = threading.Event(), threading.Event()

    def say(text: str) -> None:
        console.print(text, soft_wrap=True)

    def repeat() -> None:
        while not is_over.wait(INTERVAL):
            if is_started.is_set():
                say(state.line())

    def update(text: str | None) -> None:
        if text is not None:
            say(text)
        elif not is_started.is_set() and state.total:
            is_started.set()
            known = f"; {state.n_known:,} finished before" if state.n_known else ""
            say(f"{count(len(state.waiting), 'fit')} to run{known}")

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield update
    finally:
        is_over.set()
        thread.join()
        if is_started.is_set():
            say(f"{count(state.n_finished, 'fit')} finished in {seconds(state.elapsed())}")
