"""What a reproduction commits: tables as CSV and Markdown, figures, and where they come from."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib import style
from matplotlib.figure import Figure

from rarebit.persistence import atomic_write_bytes
from rarebit.reporting.exports import no_formula, plain_values
from rarebit.reporting.sweep_tables import markdown_table
from rarebit.running.provenance import versions
from rarebit_papers.request import Outcome

DIGITS = 4  # significant ones; one more in the CSV files
RESOLUTION = 150  # of PNG figures, in dots per inch
RECORD = "provenance.json"


def write_outcome(folder: Path, title: str, outcome: Outcome, *, new: bool = True) -> Outcome:
    """Write tables, figures and provenance; return the outcome with the files that changed.

    A file that would not change is left alone, and so is the record of the runs unless cells are
    ``new`` or a table differs: looking at committed results does not change them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = {_file_name(title): table for title, table in outcome.tables.items()}
    files = {f"{name}.csv": _csv(t) for name, t in (tables | dict(outcome.details)).items()}
    differ = [name for name, data in files.items() if _differs(folder / name, data)]
    runs = _runs(folder / RECORD)
    if new or differ or not runs:
        run = _this_run(outcome)
        runs = [*(known for known in runs if known != run), run]
    files["tables.md"] = _page(title, outcome, runs).encode()
    files[RECORD] = (json.dumps({"runs": runs}, indent=1) + "\n").encode()
    for name, figure in outcome.figures.items():
        if new or differ or not (folder / name).exists():
            files[name] = figure_bytes(figure, name)
    known = [name for name in differ if (folder / name).exists()]
    said = [f"These tables differ from those that {folder} contained: {', '.join(known)}."]
    findings = [*outcome.findings, *(said if known and not new else [])]
    written = write_changed({folder / name: data for name, data in files.items()})
    return replace(outcome, findings=findings, files=written)


def write_changed(files: dict[Path, bytes]) -> list[Path]:
    """Write the files whose content differs; return those."""
    changed = [path for path, data in files.items() if _differs(path, data)]
    for path in changed:
        atomic_write_bytes(path, files[path])
    return changed


def _differs(path: Path, data: bytes) -> bool:
    return not path.exists() or path.read_bytes() != data


def _file_name(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_")


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    """Make the index a column, unless it only counts the rows."""
    plain = isinstance(table.index, pd.RangeIndex) or table.index.names == [None]
    return table if plain and table.index.dtype.kind in "iu" else table.reset_index()


def _csv(table: pd.DataFrame) -> bytes:
    text: str = (
        _flat(table)
        .map(no_formula)
        .to_csv(index=False, lineterminator="\n", float_format=f"%.{DIGITS + 1}g")
    )
    return text.encode()


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
        return "" if pd.isna(value) else f"{value:.{DIGITS}g}"
    return value


def _runs(path: Path) -> list[dict[str, Any]]:
    """Return the runs that wrote to the folder before."""
    return json.loads(path.read_text(encoding="utf-8"))["runs"] if path.exists() else []


def _this_run(outcome: Outcome) -> dict[str, Any]:
    command = shlex.join(["rarebit", *sys.argv[1:]])
    return plain_values(
        {"command": command, "settings": dict(outcome.settings), "versions": versions()}
    )


def figure_bytes(figure: Figure, name: str) -> bytes:
    """Draw a figure as the file of that name, SVG or PNG; the same bytes for the same figure."""
    file = io.BytesIO()
    if not name.endswith(".svg"):
        figure.savefig(file, format="png", dpi=RESOLUTION, facecolor="white", metadata={})
        return file.getvalue()
    salt = name.removesuffix(".svg")
    with style.context(["default", {"svg.fonttype": "none", "svg.hashsalt": salt}]):
        figure.savefig(file, format="svg", facecolor="white", metadata={"Date": None})
    text = file.getvalue().decode()
    # Viewers without Matplotlib's own font take the next.
    return text.replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif").encode()
