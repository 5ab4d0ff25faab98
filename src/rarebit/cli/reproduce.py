"""`rarebit reproduce`: a paper's table or figure, made again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from rarebit.exceptions import InputError
from rarebit.reproduce.qcl_mixnet_table6 import recompute_table6

# Paper -> what -> a function whose outcome prints itself. A new one is one line.
REPRODUCTIONS: dict[str, dict[str, Callable[[], Any]]] = {
    "qcl-mixnet": {"table6": recompute_table6},
}


def reproduce_command(
    paper: Annotated[str, typer.Argument(help="Paper, such as qcl-mixnet.")],
    what: Annotated[str, typer.Argument(help="Table or figure, such as table6.")],
) -> None:
    """Make a table or figure of a paper again, and say what does not follow."""
    known = ", ".join(f"{name} {part}" for name, parts in REPRODUCTIONS.items() for part in parts)
    if what not in REPRODUCTIONS.get(paper, {}):
        raise InputError(f"There is no reproduction of '{paper} {what}'; choose from: {known}.")
    typer.echo(str(REPRODUCTIONS[paper][what]()))
