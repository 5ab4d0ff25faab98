"""A progress bar over cells: running cells, finished cells, remaining time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar

from rarebit.evaluation import Progress
from rarebit.running import CellKey, CellResult
from rarebit.running.tasks import CellTask

# Cells differ in duration: the remaining time is estimated from the last ten minutes.
SPEED_SECONDS = 600


@contextmanager
def cell_progress(
    console: Console, jobs: int, *, many_datasets: bool = False
) -> Iterator[Progress]:
    """Show the progress of a comparison, or of a sweep over ``many_datasets``.

    Workers take cells in order, so the first ``jobs`` unfinished ones are those running.
    """
    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        speed_estimate_period=SPEED_SECONDS,
    )
    waiting: dict[CellKey, str] = {}
    line = bar.add_task("Preparing", total=None)

    def describe() -> str:
        running = list(islice(waiting.values(), jobs))
        return "Running " + escape(", ".join(running)) if running else "Finishing"

    def on_start(tasks: list[CellTask], n_known: int) -> None:
        for task in tasks:
            key = task.key
            where = f"{key.dataset}: " if many_datasets else ""
            waiting[key] = f"{where}{key.candidate}"
        bar.update(line, total=len(tasks) + n_known, completed=n_known, description=describe())

    def on_result(result: CellResult) -> None:
        waiting.pop(result.key, None)
        bar.update(line, advance=1, description=describe())

    def on_refit(candidate: tuple[str, str]) -> None:
        bar.update(line, description=f"Refitting {escape(' + '.join(candidate))}")

    with bar:
        yield Progress(on_start, on_result, on_refit)
