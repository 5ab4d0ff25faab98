"""`rarebit datasets`: list the named data sets, download them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from rarebit.cli.options import AsJson
from rarebit.cli.output import make_console, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from rarebit.datasets.sources.registry import DatasetInfo

# Minimum terminal width for the columns with long texts.
WIDE = 100


def list_command(as_json: AsJson = False) -> None:
    """List the named data sets."""
    from rarebit.datasets import list_datasets

    infos = list_datasets()
    if as_json:
        print_json([asdict(info) for info in infos])
        return
    console = make_console()
    wide = console.width >= WIDE
    console.print(_table(infos, wide))
    if not wide:
        console.print(
            f"\nUse --json, or a terminal with at least {WIDE} columns, to see the rare class and "
            "the source."
        )


def _table(infos: list[DatasetInfo], wide: bool) -> Table:
    """Names and numbers; in wide terminals also the texts."""
    from rich.table import Table

    from rarebit._common.wording import number

    table = Table(box=None, header_style="bold", pad_edge=False)
    # Names are copied into commands, so they are never shortened.
    longest = max((len(info.name) for info in infos), default=0)
    table.add_column("name", no_wrap=True, min_width=longest)
    for heading in ("rows", "features", "classes", "imbalance"):
        table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("rare class", "source") if wide else ():
        table.add_column(heading, overflow="fold")
    for info in infos:
        numbers = f"{info.rows:,}", str(info.features), str(info.classes), number(info.imbalance, 1)
        texts = (info.rare_class, info.where) if wide else ()
        table.add_row(info.name, *numbers, *texts)
    return table


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
