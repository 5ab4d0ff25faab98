"""`rarebit monitor`: a stored model in use, on new rows without labels."""

from __future__ import annotations

from typing import Annotated

import typer

from rarebit.cli import options
from rarebit.cli.output import make_console, print_json


def monitor_command(
    model: options.ModelFolder,
    table: Annotated[
        str, typer.Argument(help="CSV, Parquet, Arrow, Excel or database file with new rows.")
    ],
    trust: options.Trust = None,
    seed: options.Seed = 0,
    as_json: options.AsJson = False,
) -> None:
    """Compare new rows without labels with training.

    The output states which columns and probabilities have drifted, whether the model raises as many
    alerts as expected, and how good it probably is, with the assumption behind this.
    """
    from rarebit.datasets import read_table
    from rarebit.evaluation import monitor
    from rarebit.reporting import print_monitoring
    from rarebit.reporting.monitoring import monitoring_as_dict

    found = monitor(model, read_table(table), seed=seed, trusted=trust or ())
    if as_json:
        print_json(monitoring_as_dict(found))
        return
    print_monitoring(found, make_console())
