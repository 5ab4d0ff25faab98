"""`rarebit list`: the names that options and commands take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer

from rarebit._common.wording import closest, listed, number
from rarebit.cli.lazy import find_entry_points
from rarebit.cli.options import AsJson
from rarebit.cli.output import make_console, print_json
from rarebit.exceptions import InputError

# What is known of a name, as JSON prints it
Record = dict[str, Any]
# Minimum terminal width for long texts
WIDE = 100


class _List(NamedTuple):
    """Where a list comes from, and its columns in a terminal; the ``texts`` in a wide one only."""

    find: Callable[[], list[Record]]
    columns: tuple[str, ...]
    texts: tuple[str, ...] = ()


def _models() -> list[Record]:
    from rarebit.zoo.registry import CLASSIFIERS_BY_NAME

    return _entries(CLASSIFIERS_BY_NAME, "classifiers")


def _treatments() -> list[Record]:
    from rarebit.zoo.registry import TREATMENTS_BY_NAME

    return [
        record | {"kind": TREATMENTS_BY_NAME[record["name"]].kind}
        for record in _entries(TREATMENTS_BY_NAME, "treatments")
    ]


def _entries(entries: Any, what: str) -> list[Record]:
    """Names, the presets that compare them, and the extra that they need."""
    from rarebit._common.optional import EXTRA_OF_MODULE
    from rarebit.zoo.presets import PRESETS

    return [
        {
            "name": name,
            "label": entry.label,
            "presets": [p.name for p in PRESETS.values() if name in getattr(p, what)],
            "extra": EXTRA_OF_MODULE.get(entry.module or ""),
            "installed": entry.available(),
        }
        for name, entry in entries.items()
    ]


def _metrics() -> list[Record]:
    from rarebit.metrics import METRICS

    return [
        {
            "name": metric.name,
            "label": metric.label,
            "computed_from": metric.needs,
            "best": ("highest" if metric.greater_is_better else "lowest")
            if metric.best is None
            else f"nearest to {metric.best:g}",
            "meaning": metric.meaning,
        }
        for metric in METRICS.values()
    ]


def _datasets() -> list[Record]:
    from rarebit.datasets import list_datasets

    return [asdict(info) | {"where": info.where} for info in list_datasets()]


def _checks() -> list[Record]:
    from rarebit._common.checks import list_checks

    return [check._asdict() | {"help": check.help} for check in list_checks()]


def _papers() -> list[Record]:
    entry = find_entry_points().get("reproduce")
    if entry is None:
        raise InputError(
            "The papers come with the package rarebit-papers, which is not installed: run `pip "
            "install -e papers` in a clone of the repository."
        )
    return [
        {"paper": paper, "what": what, "makes": makes, "options": options}
        for paper, offers in import_module(entry.module).REPRODUCTIONS.items()
        for what, (makes, options) in offers.items()
    ]


LISTS = {
    "models": _List(_models, ("name", "label", "installed"), ("extra", "presets")),
    "treatments": _List(_treatments, ("name", "label", "kind", "presets")),
    "metrics": _List(_metrics, ("name", "best", "meaning")),
    "datasets": _List(
        _datasets,
        ("name", "rows", "features", "classes", "imbalance"),
        ("rare_class", "where"),
    ),
    "checks": _List(_checks, ("code", "title", "kind", "commands")),
    "papers": _List(_papers, ("paper", "what", "makes")),
}
_KINDS = listed(LISTS, "or")


def list_command(
    what: Annotated[str, typer.Argument(help=f"{_KINDS}.", autocompletion=lambda: [*LISTS])],
    as_json: AsJson = False,
) -> None:
    """List names."""
    if what not in LISTS:
        raise InputError(f"There is no list '{what}'{closest(what, LISTS) or '.'} Give {_KINDS}.")
    _show(LISTS[what], as_json)


def datasets_command(as_json: AsJson = False) -> None:
    """List the named data sets."""
    _show(LISTS["datasets"], as_json)


def _show(wanted: _List, as_json: bool) -> None:
    """Print a list as JSON or as a table."""
    records = wanted.find()
    if as_json:
        print_json(records)
        return
    from rich.table import Table

    console = make_console()
    is_wide = console.width >= WIDE
    name, *others = wanted.columns + wanted.texts * is_wide
    table = Table(box=None, header_style="bold", pad_edge=False)
    # Names are copied into commands, so they are never shortened.
    table.add_column(name, no_wrap=True, min_width=max(len(record[name]) for record in records))
    for column in others:
        is_number = isinstance(records[0][column], int | float)
        justify: Any = "right" if is_number else "left"
        table.add_column(_heading(column), justify=justify, no_wrap=is_number, overflow="fold")
    for record in records:
        table.add_row(*(_cell(record[column]) for column in (name, *others)))
    console.print(table)
    if wanted.texts and not is_wide:
        console.print(
            f"\nUse --json, or a terminal with at least {WIDE} columns, to see the "
            f"{listed(map(_heading, wanted.texts))}."
        )


def _heading(column: str) -> str:
    return column.replace("_", " ")


def _cell(value: Any) -> str:
    """Write a value for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(value)
    if isinstance(value, int | float):
        return number(value, 1) if isinstance(value, float) else f"{value:,}"
    return value or ""
