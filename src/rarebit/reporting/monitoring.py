"""What a model in use does on rows without labels: in a terminal, and as values for JSON."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from rarebit.evaluation import Monitoring
from rarebit.reporting import names
from rarebit.reporting.evaluation import drift_rows, terminal_table
from rarebit.reporting.exports import plain_values

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
    }
    return dict(plain_values(outcome))
