"""What a reproduction is asked for, and what it hands back: the seam of `rarebit reproduce`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from rarebit.exceptions import InputError

Item = TypeVar("Item")


def _plainly(items: Iterable[Item], label: str) -> Iterable[Item]:
    return items


@dataclass(frozen=True)
class Request:
    """What a reproduction is asked for. Each takes what concerns it.

    Attributes
    ----------
    out : Path
        Folder of the cells, tables and figures; cells that it holds already are not run again.
    data_dir : Path or None
        Folder of data sets; None for the one that ``RAREBIT_DATA`` names.
    datasets : tuple of str
        Data sets to be run; empty for all.
    seeds : int or None
        Number of initialisations; None for the reproduction's own.
    jobs : int
        Worker processes.
    device : str
        Where networks are trained.
    track : callable (iterable, label) -> iterable
        Hands the items on while a progress bar goes along.

    Examples
    --------
    >>> request = Request(Path("results/qcl-mixnet"))
    >>> list(request.track(["a", "b"], "training"))
    ['a', 'b']
    """

    out: Path
    data_dir: Path | None = None
    datasets: tuple[str, ...] = ()
    seeds: int | None = None
    jobs: int = 1
    device: str = "cpu"
    track: Callable[[Iterable[Any], str], Iterable[Any]] = _plainly

    def data_folder(self) -> Path:
        """Return the folder of data sets.

        Raises
        ------
        InputError
            If neither ``data_dir`` nor ``RAREBIT_DATA`` names a folder.
        """
        given = self.data_dir or os.environ.get("RAREBIT_DATA")
        if not given or not Path(given).is_dir():
            problem = f"There is no folder {given}" if given else "No folder of data sets is named"
            raise InputError(f"{problem}: give --data-dir, or set RAREBIT_DATA.")
        return Path(given)

    def chosen(self, known: Iterable[str]) -> list[str]:
        """Return the data sets asked for, or all that are known.

        Raises
        ------
        InputError
            If one is not known.
        """
        names = list(known)
        if unknown := sorted(set(self.datasets) - set(names)):
            raise InputError(
                f"--datasets names {', '.join(unknown)}; choose from {', '.join(names)}."
            )
        return list(self.datasets) or names


@dataclass(frozen=True)
class Outcome:
    """What came out of a reproduction.

    Attributes
    ----------
    findings : list of str
        What follows, in sentences.
    tables : dict of str to DataFrame
        The tables behind them, by title.
    files : list of Path
        What was written.

    Examples
    --------
    >>> print(Outcome(["All is well."], {"Scores": pd.DataFrame({"f1": [0.5]}, ["svm"])}))
    - All is well.
    <BLANKLINE>
    Scores
         f1
    svm 0.5
    """

    findings: list[str]
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)

    def __str__(self) -> str:
        """Findings, then the tables, then what was written."""
        parts = ["\n".join(f"- {finding}" for finding in self.findings)]
        for title, table in self.tables.items():
            parts.append(f"{title}\n{table.to_string(float_format='{:.4g}'.format)}")
        if self.files:
            parts.append("\n".join(["Written:", *(f"  {file}" for file in self.files)]))
        return "\n\n".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "findings": self.findings,
            "tables": {
                title: json.loads(table.reset_index().to_json(orient="records"))
                for title, table in self.tables.items()
            },
            "files": [str(file) for file in self.files],
        }
