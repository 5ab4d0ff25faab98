"""What a model in use does on rows without labels: in a terminal, as a page, JSON and a table."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from rich.console import Console

from rarebit._common.wording import number
from rarebit.evaluation import Monitoring
from rarebit.metrics import METRICS
from rarebit.persistence.atomic import atomic_write_text
from rarebit.reporting import names
from rarebit.reporting.checks import checks_context
from rarebit.reporting.exports import plain_values, write_frames, write_json
from rarebit.reporting.pages import render_template
from rarebit.reporting.rows import drift_rows
from rarebit.reporting.terminal import print_drift, print_sentences


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
    print_sentences(console, found.finding)
    print_drift(console, found.drift)


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
    context = {
        "heading": names.clean(name, 120),
        "n_rows": found.rows,
        "finding": [names.clean(text) for text in found.finding],
        "checks": checks_context(found.checks),
        "estimated": [
            {"label": METRICS[key].label, "score": number(score)}
            for key, score in found.estimated.items()
        ],
        "drift": drift_rows(found.drift),
    }
    (drift,) = write_frames({"drift.csv": found.drift}, place)
    page, figures = place / "monitoring.html", place / "monitoring.json"
    atomic_write_text(page, render_template("monitoring.html", context))
    write_json(monitoring_as_dict(found), figures)
    return {"report": str(page), "figures": str(figures), "drift": str(drift)}
