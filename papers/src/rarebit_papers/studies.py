"""The frame of every study: arms on splits of data sets, run by the runner of sweeps.

A cell is one arm on one split of one data set. Its finished cells are kept in the folder of the
study: in ``cells.sqlite`` while it runs, and in ``cells.csv.gz``, which is committed and refills
the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from rarebit.exceptions import InputError
from rarebit.running import CellKey, CellResult, ScoreTask, run_cells
from rarebit.running.folder import read_store, store_in
from rarebit_papers.request import Outcome, Request
from rarebit_papers.writing import write_outcome

Scores = dict[str, Any]
FACTS = ("n_train", "n_test", "notes")  # fields of a result that are no scores


@dataclass(frozen=True)
class Cell:
    """An arm on one split of a data set: a task of the runner, sent to worker processes."""

    key: CellKey  # `classifier` is the arm, `protocol` the protocol or the study
    # Loads its data itself; gives scores named level/level/metric, as Store.lines reads them, and
    # perhaps the FACTS.
    work: Callable[[], Scores]
    module: str | None = None  # a library to load before threads are pinned
    seconds: float | None = None

    def run(self) -> CellResult:
        """Do the work, pinned to one thread."""
        facts: Scores = {}

        def score() -> Scores:
            scores = self.work()
            facts.update({name: scores.pop(name) for name in FACTS if name in scores})
            return scores

        return replace(ScoreTask(self.key, score, module=self.module).run(), **facts)


def named(values: Mapping[str, Any], *levels: str | int) -> Scores:
    """Name scores by the levels they belong to."""
    return {"/".join(map(str, (*levels, name))): value for name, value in values.items()}


@dataclass(frozen=True)
class Study:
    """Cells, and what is concluded from them."""

    folder: str  # of the tables, within the paper's
    title: str  # of the page of tables
    plan: Callable[[Request], list[Cell]]  # all cells in order; loads nothing
    summarise: Callable[[pd.DataFrame, Request], Outcome]  # from the lines of the finished cells
    # What names of scores consist of, before the metric; "model" becomes the column "classifier".
    levels: tuple[str, ...] = ()
    cells: str | None = None  # folder of the cells, if several studies share them

    def reproduce(self, request: Request) -> Outcome:
        """Run the cells that are missing, draw conclusions, write tables and figures."""
        failed = run_missing(request, self._cells_in(request), self.plan(request))
        return self.report(request, new=failed is not None, failed=failed or ())

    def report(
        self, request: Request, *, new: bool = False, failed: Iterable[CellResult] = ()
    ) -> Outcome:
        """Draw conclusions from the finished cells, write tables and figures; run nothing."""
        lines = self.read(request)
        again = [f"Failed, and run again next time: {r.key} ({r.error})." for r in failed]
        if lines.empty and again:
            raise RuntimeError(f"No cell could be run. {again[0]}")
        if lines.empty:
            folder = self._cells_in(request)
            raise InputError(f"{folder} holds no finished cell: run the study first.")
        outcome = self.summarise(lines, request)
        outcome = replace(outcome, findings=[*outcome.findings, *again])
        return write_outcome(request.out / self.folder, self.title, outcome, new=new)

    def read(self, request: Request) -> pd.DataFrame:
        """Return the lines of the finished cells, in the order of the plan."""
        wanted = pd.DataFrame([cell.key for cell in self.plan(request)])
        with read_store(self._cells_in(request)) as store:
            lines = store.lines(*self.levels)
        if not lines.empty:
            lines = wanted.merge(lines, on=list(wanted.columns), how="inner", sort=False)
        return lines.rename(columns={"classifier": "arm", "model": "classifier"})

    def _cells_in(self, request: Request) -> Path:
        return request.out / (self.folder if self.cells is None else self.cells)


def run_missing(request: Request, folder: Path, cells: list[Cell]) -> list[CellResult] | None:
    """Run the cells that the folder lacks; return those that failed, or None if none was missing.

    A cell that fails by a fault of the user's input ends the run.
    """
    with read_store(folder) as store:
        if {cell.key for cell in cells} <= store.keys(status="done"):
            return None
    failed: list[CellResult] = []

    def keep(result: CellResult) -> None:
        request.progress.on_result(result)
        if result.is_refused:
            raise InputError(result.error)
        if result.status != "done":
            failed.append(result)

    with store_in(folder, compress=True) as store:
        try:
            run_cells(
                cells,
                store,
                jobs=request.jobs,
                retry_failed=True,
                on_start=request.progress.on_start,
                on_result=keep,
            )
        finally:
            store.forget_failed()
    return failed
