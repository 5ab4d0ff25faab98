"""`rarebit datasets`: what there is, and how to get it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from rarebit.datasets import DatasetInfo, fetch_dataset, list_datasets

# Texts on fewer columns would be folded into strips.
WIDE = 100

app = typer.Typer(help="Named data sets: list them, fetch them.", no_args_is_help=True)


@app.command("list")
def list_command(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
) -> None:
    """List the named data sets."""
    infos = list_datasets()
    if as_json:
        typer.echo(json.dumps([asdict(info) for info in infos], default=str))
        return
    console = Console(highlight=False)
    whole = console.width >= WIDE
    console.print(_table(infos, whole))
    if not whole:
        console.print(
            f"\nThe rare class and where the data come from: on {WIDE} columns or more, or with "
            "--json."
        )


def _table(infos: list[DatasetInfo], whole: bool) -> Table:
    """Names and numbers, and texts beside them where there is room."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    # Names are there to be typed: they stay whole on the narrowest terminal.
    longest = max((len(info.name) for info in infos), default=0)
    table.add_column("name", no_wrap=True, min_width=longest)
    for heading in ("rows", "features", "classes", "imbalance"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("rare class", "from") if whole else ():
        table.add_column(heading, overflow="fold")
    for info in infos:
        numbers = f"{info.rows:,}", str(info.features), str(info.classes), f"{info.imbalance:.1f}"
        texts = (info.rare_class, info.where) if whole else ()
        table.add_row(info.name, *numbers, *texts)
    return table


@app.command("fetch")
def fetch_command(
    names: Annotated[list[str], typer.Argument(help="Names from `rarebit datasets list`.")],
) -> None:
    """Download data sets into the cache and check them."""
    for name in names:
        typer.echo(f"{name}: {fetch_dataset(name)}")
