"""Callbacks of a running comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rarebit.running.cells import Candidate, CellResult
from rarebit.running.tasks import CellTask


def _ignore(*_: Any) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Progress:
    """Callbacks of a running comparison; all are optional.

    Attributes
    ----------
    on_start : callable (tasks, n_known) -> None
        Called with the cells to run, in order, and the number of cells already in the store.
    on_result : callable (CellResult) -> None
        Called after a cell was stored.
    on_refit : callable (Candidate) -> None
        Called before the best model is refitted on all rows.
    on_explain : callable (Candidate) -> None
        Called before it is measured which columns the best model depends on.
    """

    on_start: Callable[[list[CellTask], int], None] = _ignore
    on_result: Callable[[CellResult], None] = _ignore
    on_refit: Callable[[Candidate], None] = _ignore
    on_explain: Callable[[Candidate], None] = _ignore
