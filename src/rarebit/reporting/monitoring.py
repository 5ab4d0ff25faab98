"""What a model in use does on rows without labels: in a terminal, as a page, JSON and a table."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from rarebit._common.wording import number
from rarebit.evaluation import Monitoring
from rarebit.metrics import METRICS
from rarebit.persistence.atomic import atomic_write_text
from rarebit.reporting import names
from rarebit.reporting.checks import checks_context
from rarebit.reporting.evaluation import drift_rows, terminal_table
from rarebit.reporting.exports import plain_values, write_csv
from rarebit.reporting.pages import render_template

# Columns in the terminal; JSON has all.
SHOWN = 10


def print_monitoring(found: Monitoring, console: Console | None = None) -> None:
    """Print how new rows differ from training, and how good the model probably is on them.

    Parameters
    ----------
    found : Monitoring
        What :func:`rarebit.evaluation.monitor` returned.
    console : rich.console.Console, optional
        Where to print. The default is the standard output.
    """
    console = console or Console()
    for sentence in found.finding:
        console.print(Text(names.clean(sentence)))
    if drift := drift_rows(found.drift)[:SHOWN]:
        console.print()
        lines = [(row["column"], row["difference"], row["by_chance"], row["p"]) for row in drift]
        console.print(terminal_table(("Column", "Drift", "By chance", "p"), lines))


def monitoring_as_dict(found: Monitoring) -> dict[str, Any]:
    """Return the outcome as values that JSON can hold; an undefined number is None."""
    outcome = {
        "rows": found.rows,
        "drift": found.drift,
        "scores": None if found.scores is None else found.scores._asdict(),
        "alerts": None if found.alerts is None else found.alerts._asdict(),
        "expected_alerts": found.expected_alerts,
        "estimated": found.estimated,
        "finding": found.finding,
        "checks": [check._asdict() for check in found.checks],
    }
    return dict(plain_values(outcome))


def write_monitoring(
    found: Monitoring, folder: str | os.PathLike[str], name: str = "New rows"
) -> dict[str, str]:
    """Write what was found as a page, as JSON and as a CSV file.

    Parameters
    ----------
    found : Monitoring
        What :func:`rarebit.evaluation.monitor` returned.
    folder : path
        Where to write ``monitoring.html``, ``monitoring.json`` and ``drift.csv``; created if
        missing.
    name : str, default="New rows"
        Name of the rows, for the page.

    Returns
    -------
    dict of str to str
        The path of each file, by what it holds.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    written = {
        what: place / file
        for what, file in (
            ("report", "monitoring.html"), ("figures", "monitoring.json"), ("drift", "drift.csv")
        )
    }  # fmt: skip
    context = {
        "heading": names.clean(name, 120),
        "n_rows": found.rows,
        "finding": [names.clean(text) for text in found.finding],
        "checks": checks_context(found.checks),
        "estimated": {METRICS[key].label: number(score) for key, score in found.estimated.items()},
        "drift": drift_rows(found.drift),
    }
    atomic_write_text(written["report"], render_template("monitoring.html", context))
    text = json.dumps(monitoring_as_dict(found), indent=2, ensure_ascii=False)
    atomic_write_text(written["figures"], text + "\n")
    write_csv(found.drift, written["drift"])
    return {what: str(path) for what, path in written.items()}
