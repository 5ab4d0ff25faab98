"""Arms over repeated folds: how every study of scores is run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from rarebit.zoo.splits import Split
from rarebit_papers.cells import Cell, Line, run_cells
from rarebit_papers.qi_smote.scoring import splits_of
from rarebit_papers.request import Request

REPEATS = 2  # of the cross-validation, unless asked otherwise
Table = tuple[np.ndarray, np.ndarray]
Arm = Callable[[np.ndarray, np.ndarray, Split], list[Line]]


def run_arms(
    request: Request, folder: Path, data: Mapping[str, Table], arms: Mapping[str, Arm]
) -> pd.DataFrame:
    """Run every arm on every training part that the folder does not hold yet.

    Parameters
    ----------
    request : Request
        ``seeds`` is the number of repeats of the cross-validation.
    folder : Path
        Where ``cells.csv`` lies.
    data : mapping of str to (ndarray, ndarray)
        Features and labels of each data set.
    arms : mapping of str to callable (X, y, split) -> list of dict
        What each arm gives on one split.

    Returns
    -------
    DataFrame
        All lines of these data sets.
    """
    cells = list(_cells(data, arms, repeats_of(request)))
    lines = run_cells(folder / "cells.csv", request.track(cells, folder.name))
    return lines[lines["dataset"].isin(data)]


def repeats_of(request: Request) -> int:
    """Return how often the cross-validation is repeated."""
    return request.seeds or REPEATS


def settings_of(request: Request) -> dict[str, int | str]:
    """Return what the figures of a study depend on, besides its code."""
    return {"repeats": repeats_of(request), "seeds": "1000 * repeat + fold"}


def _cells(data: Mapping[str, Table], arms: Mapping[str, Arm], n_repeats: int) -> Iterator[Cell]:
    """Cells repeat by repeat, so that a run cut short has whole repeats."""
    splits = {name: splits_of(y, n_repeats) for name, (_, y) in data.items()}
    for repeat in range(n_repeats):
        for name, (X, y) in data.items():
            for split in (split for split in splits[name] if split.repeat == repeat):
                for arm, run in arms.items():
                    key: dict[str, str | int] = {
                        "dataset": name, "arm": arm, "repeat": repeat, "fold": split.fold
                    }  # fmt: skip
                    yield Cell(key, partial(run, X, y, split))
