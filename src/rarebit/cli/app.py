"""The command line's root: its commands, and what happens when one of them fails."""

from __future__ import annotations

import io
import os
import sqlite3
import sys
import traceback
import warnings
from importlib.metadata import entry_points

import typer
from rich.console import Console
from rich.text import Text

import rarebit
from rarebit.cli import benchmark, compare, datasets, imaging, predict, resample, train
from rarebit.cli.options import Interrupted
from rarebit.exceptions import InputError, MissingExtraError, RarebitWarning

app = typer.Typer(
    name="rarebit",
    help="Find out honestly which treatment of class imbalance works on your table.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("compare")(compare.compare_command)
app.command("train")(train.train_command)
app.command("predict")(predict.predict_command)
app.command("resample")(resample.resample_command)
app.add_typer(datasets.app, name="datasets")
app.add_typer(benchmark.app, name="benchmark")
app.add_typer(imaging.app, name="imaging")
for _entry in entry_points(group="rarebit.commands"):
    app.command(_entry.name)(_entry.load())


@app.callback(invoke_without_command=True)
def _root(
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
) -> None:
    if version:
        typer.echo(rarebit.__version__)
        raise typer.Exit


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; turn failures into one line and an exit code."""
    # What the user must know comes in the output and the report, each once.
    warnings.simplefilter("ignore", RarebitWarning)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that lacks a sign shows a question mark for it.
            stream.reconfigure(errors="replace")
    try:
        app(arguments)
    except (InputError, MissingExtraError) as error:
        _fail(str(error), 2)
    except Interrupted as stop:
        _fail(str(stop), 130)
    except BrokenPipeError:
        # The reader (head, less) left: nothing to say, and nowhere to say it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except sqlite3.OperationalError as error:
        # The store of finished cells: a full disk, for the most part.
        _fail(f"The results cannot be stored: {error}. Mend that; the same command goes on.", 2)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        what = error.strerror or str(error)
        _fail(f"{where}{what}. Check the path, its permissions and the space left.", 2)
    except Exception as error:
        if os.environ.get("RAREBIT_DEBUG"):
            traceback.print_exc()
        _fail(
            f"{type(error).__name__}: {error} (a fault of Rarebit's; RAREBIT_DEBUG=1 shows where)",
            1,
        )


def _fail(message: str, code: int) -> None:
    """Print one line to standard error and leave."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(Text.assemble(("Error: ", "bold red"), " ".join(message.split())))
    sys.exit(code)
