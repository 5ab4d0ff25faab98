"""`rarebit monitor`: a stored model in use, on new rows without labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rarebit.cli import options
from rarebit.cli.output import check_folder, make_console, print_json, print_written


def monitor_command(
    model: options.ModelFolder,
    table: Annotated[
        str, typer.Argument(help="CSV, Parquet, Arrow, Excel or database file with new rows.")
    ],
    ignore_check: options.IgnoreCheck = None,
    trust: options.Trust = None,
    seed: options.Seed = 0,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for monitoring.html, monitoring.json and drift.csv."),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Compare new rows without labels with training.

    The output states which columns and probabilities have drifted, whether the model raises as many
    alerts as expected, and how good it probably is, with the assumption behind this.
    """
    from rarebit.datasets import read_table
    from rarebit.datasets.files.paths import split_part
    from rarebit.evaluation import monitor
    from rarebit.reporting import print_monitoring, write_monitoring
    from rarebit.reporting.monitoring import monitoring_as_dict

    check_folder(out)
    found = monitor(
        model, read_table(table), ignore_checks=ignore_check, seed=seed, trusted=trust or ()
    )
    written = {} if out is None else write_monitoring(found, out, split_part(table)[0].name)
    if as_json:
        print_json(monitoring_as_dict(found) | {"files": written})
        return
    console = make_console()
    print_monitoring(found, console)
    if written:
        print_written(console, written)
