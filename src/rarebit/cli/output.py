"""Output shared by the commands: JSON, notes, warnings, written files, replaced models."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Timer
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from rarebit._common.checks import coded
from rarebit._common.wording import first_few
from rarebit.exceptions import InputError

# Seconds after which a command without a terminal says what it is doing
PATIENCE = 5.0


def command_line() -> str:
    """The command that was called, without the folders of absolute paths."""
    from rarebit.reporting.names import without_folders

    return shlex.join(["rarebit", *map(without_folders, sys.argv[1:])])


def make_console(*, stderr: bool = False) -> Console:
    """A console without markup: a class that a user named "[bold]" is printed unchanged."""
    return Console(stderr=stderr, highlight=False, markup=False)


def check_folder(out: Path | None) -> None:
    """Refuse a file where results need a folder."""
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file: name a folder.")


@contextmanager
def rows_file(out: Path | None, *, as_json: bool) -> Iterator[Path]:
    """The file for scored rows; without one, the rows are printed when they are complete."""
    if out is not None:
        yield out
        return
    if as_json:
        raise InputError("--json prints a summary instead of the rows: add --out for the rows.")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "rows.csv"
        yield file
        with file.open("rb") as rows:
            shutil.copyfileobj(rows, sys.stdout.buffer)


@contextmanager
def working(console: Console, what: str) -> Iterator[None]:
    """Show a spinner in a terminal; otherwise print one line after some seconds."""
    if console.is_terminal:
        with console.status(Text(what)):
            yield
        return
    line = Timer(PATIENCE, console.print, [f"{what} ..."], {"soft_wrap": True})
    line.daemon = True
    line.start()
    try:
        yield
    finally:
        line.cancel()


def print_json(outcome: Any) -> None:
    """Print one line of JSON."""
    typer.echo(json.dumps(outcome, allow_nan=False, default=str))


def print_remarks(console: Console, kind: str, remarks: Iterable[str]) -> None:
    """Print notes or warnings, each once."""
    for remark in dict.fromkeys(remarks):
        console.print(Text.assemble((f"{kind}: ", "yellow"), coded(remark)))


def print_written(console: Console, written: Mapping[str, str]) -> None:
    """Print which files a command has written."""
    console.print("\nWritten:", *(f"  {what}: {path}" for what, path in written.items()), sep="\n")


def check_model_folder(out: Path) -> None:
    """Refuse a folder that a model may not replace."""
    from rarebit.evaluation.sweep.run import RECORD_NAME
    from rarebit.persistence import BESIDE_A_MODEL
    from rarebit.persistence.atomic import check_replaceable
    from rarebit.running.folder import STORE_NAME

    for name, what in ((RECORD_NAME, "sweep"), (STORE_NAME, "comparison")):
        if (out / name).exists():
            raise InputError(f"{out} is the folder of a {what}: name another one with --out.")
    check_replaceable(out, BESIDE_A_MODEL)


def announce_kept_text(model: Path, console: Console) -> None:
    """Announce what people wrote into the model card, which is kept when it is written again."""
    from rarebit.reporting.card_text import own_text, read_card

    card = read_card(model)
    if card and (kept := own_text(card)):
        console.print(
            f"The model card in {model} will be written again, with what people wrote under "
            f"{first_few(section.title for section in kept)}."
        )


def announce_replacement(model: Path, name: str, console: Console, beside: str = "") -> None:
    """Announce that the model of other data will be replaced, and the files ``beside`` it."""
    from rarebit.persistence import read_config

    if not (model / "config.json").exists():
        return
    config = read_config(model)
    notes = config["metadata"]
    # `compare` stores the data set, `imaging train` the source of the images; a model saved from
    # Python may have neither.
    before = notes.get("dataset", notes.get("source"))
    if before == name:
        return
    what = f"the model of {before}" if before else f"a {config['class'].rpartition('.')[2]}"
    more = f", with {beside}" if beside else ""
    console.print(
        f"{model} is {what}; the model of {name} will replace it{more}. To keep both, name another "
        "folder with --out."
    )
