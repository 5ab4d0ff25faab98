"""`rarebit datasets`: what there is, and how to get it."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from rarebit.datasets import fetch_dataset, list_datasets

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
    table = Table(box=None, header_style="bold")
    for heading in ("name", "rows", "features", "classes", "imbalance", "rare class", "from"):
        numeric = heading in ("rows", "features", "classes", "imbalance")
        table.add_column(heading, justify="right" if numeric else "left")
    for info in infos:
        table.add_row(
            info.name,
            f"{info.rows:,}",
            str(info.features),
            str(info.classes),
            f"{info.imbalance:.1f}",
            info.rare_class,
            info.where,
        )
    Console(highlight=False).print(table)


@app.command("fetch")
def fetch_command(
    names: Annotated[list[str], typer.Argument(help="Names from `rarebit datasets list`.")],
) -> None:
    """Download data sets into the cache and check them."""
    for name in names:
        typer.echo(f"{name}: {fetch_dataset(name)}")
