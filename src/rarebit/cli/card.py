"""`rarebit card`: the page of a model card that people have edited."""

from __future__ import annotations

from rarebit.cli import options
from rarebit.cli.output import make_console, print_json, print_written


def card_command(
    model: options.ModelFolder,
    as_json: options.AsJson = False,
) -> None:
    """Write card.html from card.md, and name the questions that are still open."""
    from rarebit._common.wording import count
    from rarebit.reporting.card_text import PAGE, open_items, write_page

    items = open_items(write_page(model))
    if as_json:
        print_json({"open": items, "files": {"model card": str(model / PAGE)}})
        return
    console = make_console()
    console.print(f"{count(len(items), 'item')} open{':' if items else '.'}")
    for item in items:
        console.print(f"  {item}", soft_wrap=True)
    print_written(console, {"model card": str(model / PAGE)})
