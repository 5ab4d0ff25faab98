"""`rarebit datasets fetch`: download named data sets."""

from __future__ import annotations

from typing import Annotated

import typer

from rarebit.cli.options import AsJson
from rarebit.cli.output import print_json


def fetch_command(
    names: Annotated[list[str], typer.Argument(help="Names from `rarebit datasets list`.")],
    as_json: AsJson = False,
) -> None:
    """Download data sets."""
    from rarebit.datasets import fetch_dataset

    fetched = {}
    for name in names:
        fetched[name] = str(fetch_dataset(name))
        if not as_json:
            typer.echo(f"{name}: {fetched[name]}")
    if as_json:
        print_json(fetched)
