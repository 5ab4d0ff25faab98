"""Write the results of a benchmark: a CSV, and a page with command, versions and machine."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from pathlib import Path

import pandas as pd

LIBRARIES = (
    "rarebit",
    "numpy",
    "pandas",
    "scipy",
    "numba",
    "torch",
    "pennylane",
    "pennylane_lightning",
)


def processor() -> str:
    """Name of the processor, its cores and its load."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [x for x in cpuinfo.read_text().splitlines() if x.startswith("model name")]
        name = models[0].partition(":")[2].strip() if models else name
    load = os.getloadavg()[0]
    return f"{name}, {os.cpu_count()} cores, one thread used, load average {load:.1f} at the end"


def write_report(
    folder: Path, name: str, title: str, table: pd.DataFrame, seed: int, remarks: list[str]
) -> None:
    """Write ``name.csv`` and ``name.md`` into a folder, and print the page."""
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / f"{name}.csv", index=False)
    versions = ", ".join(f"{lib} {importlib.metadata.version(lib)}" for lib in LIBRARIES)
    command = " ".join(["python", Path(sys.argv[0]).as_posix(), *sys.argv[1:]])
    header = "| " + " | ".join(table.columns) + " |"
    rule = "|" + "---|" * len(table.columns)
    rows = ["| " + " | ".join(map(str, row)) + " |" for row in table.itertuples(index=False)]
    page = [
        f"# {title}",
        "",
        *(f"- {remark}" for remark in remarks),
        f"- Command: `{command}` (seed {seed})",
        f"- Versions: Python {platform.python_version()}, {versions}",
        f"- Machine: {processor()}",
        "",
        header,
        rule,
        *rows,
        "",
    ]
    (folder / f"{name}.md").write_text("\n".join(page))
    print("\n".join(page))
