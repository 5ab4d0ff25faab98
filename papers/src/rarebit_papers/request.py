"""What a reproduction is asked for, and what it returns."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from rarebit.evaluation import Progress
from rarebit.exceptions import InputError


@dataclass(frozen=True)
class Request:
    """Options of a reproduction; the command refuses those that a reproduction does not use."""

    out: Path  # folder of the paper: a cell that it already holds is not run again
    data_dir: Path | None = None  # folder of data sets; None: the one that RAREBIT_DATA names
    datasets: tuple[str, ...] = ()  # empty: the study's own
    seeds: int | None = None  # or repeats of the cross-validation; None: the study's own number
    jobs: int = 1  # worker processes
    device: str = "cpu"  # where networks are trained
    progress: Progress = field(default_factory=Progress)  # told which cells start and finish

    def chosen(self, known: Iterable[str], default: Iterable[str] | None = None) -> list[str]:
        """Return the requested data sets, else the default ones (all that are known)."""
        names = list(known)
        if unknown := sorted(set(self.datasets) - set(names)):
            raise InputError(
                f"--datasets names {', '.join(unknown)}; choose from {', '.join(names)}."
            )
        return list(self.datasets) or list(default or names)


def data_folder(given: Path | None) -> Path:
    """Return the folder of data sets, given or of ``RAREBIT_DATA``; InputError if there is none."""
    named = given or os.environ.get("RAREBIT_DATA")
    if named and Path(named).is_dir():
        return Path(named)
    problem = f"The folder {named} does not exist" if named else "The data folder is not set"
    raise InputError(f"{problem}: give --data-dir, or set RAREBIT_DATA.")


@dataclass(frozen=True)
class Outcome:
    """What a reproduction found."""

    findings: list[str]  # conclusions, in sentences
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)  # behind them, by title
    details: Mapping[str, pd.DataFrame] = field(default_factory=dict)  # CSV only, by file name
    figures: Mapping[str, Figure] = field(default_factory=dict)  # by file name, .svg or .png
    settings: Mapping[str, Any] = field(default_factory=dict)  # what the numbers depend on
    files: list[Path] = field(default_factory=list)  # what was written

    def __str__(self) -> str:
        """Findings, then the tables, then what was written."""
        parts = ["\n".join(f"- {finding}" for finding in self.findings)]
        for title, table in self.tables.items():
            parts.append(f"{title}\n{table.to_string(float_format='{:.4g}'.format)}")
        if self.files:
            parts.append("\n".join(["Written:", *(f"  {file}" for file in self.files)]))
        return "\n\n".join(parts)

    def as_dict(self) -> dict[str, Any]:
        """Findings, tables and files as plain values, for JSON."""
        tables = {
            title: json.loads(table.reset_index().to_json(orient="records"))
            for title, table in self.tables.items()
        }
        files = [str(file) for file in self.files]
        return {"findings": self.findings, "tables": tables, "files": files}
