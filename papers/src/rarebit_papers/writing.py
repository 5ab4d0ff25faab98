"""What a reproduction commits: its tables as CSV and Markdown, and where they come from."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from rarebit.persistence import atomic_write_text
from rarebit.reporting.exports import no_formula, plain_values
from rarebit.reporting.sweep_tables import markdown_table
from rarebit.running.provenance import versions
from rarebit_papers.request import Outcome

FIGURES = 4  # significant ones


def write_outcome(
    folder: Path,
    title: str,
    outcome: Outcome,
    *,
    details: Mapping[str, pd.DataFrame] | None = None,
    settings: Mapping[str, Any] | None = None,
) -> Outcome:
    """Write every table as CSV, those of the outcome as Markdown too, and their provenance.

    Parameters
    ----------
    folder : Path
        Where to write; made if missing. ``provenance.json`` keeps every run that wrote here.
    title : str
        Heading of the page.
    outcome : Outcome
        Findings and tables.
    details : mapping of str to DataFrame, optional
        Tables for programs alone, by file name without ending.
    settings : mapping, optional
        What the figures depend on, such as seeds.

    Returns
    -------
    Outcome
        The same with the files written.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> table = pd.DataFrame({"f1": [0.5]}, pd.Index(["svm"], name="classifier"))
    >>> outcome = write_outcome(folder, "Scores", Outcome(["All is well."], {"F1 by model": table}))
    >>> [file.name for file in outcome.files]
    ['f1_by_model.csv', 'tables.md', 'provenance.json']
    """
    folder.mkdir(parents=True, exist_ok=True)
    named = {_file_name(heading): table for heading, table in outcome.tables.items()}
    texts = {f"{name}.csv": _csv(table) for name, table in (named | dict(details or {})).items()}
    runs = _runs(folder / "provenance.json", dict(settings or {}))
    texts["tables.md"] = _page(title, outcome, runs)
    texts["provenance.json"] = json.dumps(plain_values({"runs": runs}), indent=1) + "\n"
    for name, text in texts.items():
        atomic_write_text(folder / name, text)
    return replace(outcome, files=[*outcome.files, *(folder / name for name in texts)])


def _file_name(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_")


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose index, where it says anything, is a column."""
    plain = isinstance(table.index, pd.RangeIndex) or table.index.names == [None]
    if plain and table.index.dtype.kind in "iu":
        return table
    return table.reset_index()


def _csv(table: pd.DataFrame) -> str:
    text: str = (
        _flat(table)
        .map(no_formula)
        .to_csv(index=False, lineterminator="\n", float_format=f"%.{FIGURES + 1}g")
    )
    return text


def _page(title: str, outcome: Outcome, runs: list[dict[str, Any]]) -> str:
    parts = [f"# {title}", "\n".join(f"- {finding}" for finding in outcome.findings)]
    for heading, table in outcome.tables.items():
        rows = [[_shown(value) for value in row] for row in _flat(table).itertuples(index=False)]
        parts += [f"## {heading}", markdown_table(list(_flat(table).columns), rows)]
    for run in runs:
        settings = "".join(f", {name} {value}" for name, value in run["settings"].items())
        found = ", ".join(f"{name} {value}" for name, value in run["versions"].items())
        parts.append(f"`{run['command']}`{settings}. {found}.")
    return "\n\n".join(parts) + "\n"


def _shown(value: Any) -> Any:
    if isinstance(value, float):
        return "" if pd.isna(value) else f"{value:.{FIGURES}g}"
    return value


def _runs(path: Path, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """This run behind those that wrote here before."""
    run = {
        "command": shlex.join(["rarebit", *sys.argv[1:]]),
        "settings": settings,
        "versions": versions(),
    }
    earlier = json.loads(path.read_text(encoding="utf-8"))["runs"] if path.exists() else []
    return [*(known for known in earlier if known != plain_values(run)), run]
