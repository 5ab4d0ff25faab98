"""The root command: the table of commands, and the handling of errors."""

from __future__ import annotations

import io
import os
import sqlite3
import sys
import traceback
import warnings
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text

import rarebit
from rarebit.cli.lazy import SETTINGS, Command, Group, LazyGroup, Table, examples
from rarebit.cli.options import Interrupted
from rarebit.exceptions import InputError, MissingExtraError, RarebitWarning

# A new command is one entry here and one function in a module of this package. The module declares
# the parameters; the function imports the libraries it needs when it is called.
COMMANDS: Table = {
    "compare": Command(
        "Compare treatments of the class imbalance; write a report and the best model.",
        "rarebit.cli.compare:compare_command",
        (
            "rarebit compare data.csv --target died --preset quick",
            "rarebit compare payments.csv --target fraud --cost fn=amount,fp=5 --time booked_at",
        ),
    ),
    "train": Command(
        "Fit one classifier with one treatment on all rows of a table.",
        "rarebit.cli.train:train_command",
        ("rarebit train data.csv --target died --model random_forest --out model",),
    ),
    "predict": Command(
        "Predict labels and probabilities for the rows of a file with a saved model.",
        "rarebit.cli.predict:predict_command",
        (
            "rarebit predict model new.csv --out scored.csv",
            "rarebit predict model new.csv --keep",
        ),
    ),
    "evaluate": Command(
        "Evaluate a saved model on rows of another time or place.",
        "rarebit.cli.evaluate:evaluate_command",
        (
            "rarebit evaluate model other.csv --target died --out evaluation",
            "rarebit evaluate model other.csv --target died --recalibrate model_2",
        ),
    ),
    "card": Command(
        "Write card.html from the model card that you edited; list its open questions.",
        "rarebit.cli.card:card_command",
        ("rarebit card model",),
    ),
    "monitor": Command(
        "Compare new rows without labels with training; estimate the performance on them.",
        "rarebit.cli.monitor:monitor_command",
        ("rarebit monitor model new.csv",),
    ),
    "export": Command(
        "Export a saved model to one ONNX file.",
        "rarebit.cli.export:export_command",
        ("rarebit export model model.onnx",),
    ),
    "serve": Command(
        "Serve predictions of a saved model over HTTP, on this machine only.",
        "rarebit.cli.serve:serve_command",
        ("rarebit serve model", "rarebit serve model --port 9000"),
    ),
    "resample": Command(
        "Add synthetic rows of the rare classes to a table (QI-SMOTE).",
        "rarebit.cli.resample:resample_command",
        ("rarebit resample data.csv --target died --impute --out balanced.csv",),
    ),
    "imaging": Group(
        "Classify medical images with rare classes: train, predict, demo.",
        {
            "train": Command(
                "Train an image classifier; write the model and a report on held-out images.",
                "rarebit.cli.imaging:train_command",
                (
                    "rarebit imaging train scans --out scans_model",
                    "rarebit imaging train scans --out scans_model --backbone resnet18 --epochs 5",
                ),
            ),
            "predict": Command(
                "Predict a label and class probabilities for every image.",
                "rarebit.cli.imaging:predict_command",
                ("rarebit imaging predict scans_model new_scans --out scored.csv",),
            ),
            "demo": Command(
                'Train on scikit-learn\'s 8 x 8 digits, "8" vs. the rest, in one or two minutes.',
                "rarebit.cli.imaging:demo_command",
                ("rarebit imaging demo --out imaging-demo",),
            ),
        },
        ("rarebit imaging demo",),
    ),
    "list": Command(
        "List models, treatments, metrics, data sets, checks or papers.",
        "rarebit.cli.listing:list_command",
        ("rarebit list models", "rarebit list treatments --json"),
    ),
    "datasets": Group(
        "List and download the named data sets.",
        {
            "list": Command(
                "List the named data sets.",
                "rarebit.cli.listing:datasets_command",
                ("rarebit datasets list --json",),
            ),
            "fetch": Command(
                "Download data sets into the cache and check them.",
                "rarebit.cli.datasets:fetch_command",
                ("rarebit datasets fetch ecoli glass",),
            ),
        },
        ("rarebit datasets list",),
    ),
    "benchmark": Group(
        "Compare models on many data sets: run, resume, report.",
        {
            "run": Command(
                "Run a sweep; finished fits in the folder are not run again.",
                "rarebit.cli.benchmark:run_command",
                ("rarebit benchmark run sweep.toml --out sweep --jobs 4",),
            ),
            "resume": Command(
                "Resume an interrupted sweep.",
                "rarebit.cli.benchmark:resume_command",
                ("rarebit benchmark resume sweep",),
            ),
            "report": Command(
                "Write the report and the tables of a sweep from its finished fits.",
                "rarebit.cli.benchmark:report_command",
                ("rarebit benchmark report sweep",),
            ),
        },
        ("rarebit benchmark run sweep.toml --out sweep",),
    ),
    "reproduce": Command(
        "Reproduce a table or figure of a paper (package rarebit-papers).",
        examples=("rarebit reproduce qcl-mixnet table6",),
        install="it is in the package rarebit-papers; run `pip install -e papers` in a clone of "
        "the repository.",
    ),
}


# What the parser raises; depending on its version, Typer contains Click or imports it.
UsageError: type[Any] = typer.BadParameter.__mro__[1]


class Root(LazyGroup):
    """The commands of the table, and those that other packages add."""

    table = COMMANDS
    extensible = True


app = typer.Typer(
    **SETTINGS | {"add_completion": True},
    name="rarebit",
    cls=Root,
    help="Compare ways to treat class imbalance on your table, and keep the best model.",
    epilog=examples(("rarebit compare data.csv --target died --preset quick",)),
    no_args_is_help=True,
)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(rarebit.__version__)
        raise typer.Exit


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; turn failures into one line and an exit code."""
    # The output and the report already contain these warnings.
    warnings.simplefilter("ignore", RarebitWarning)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A character that the terminal lacks becomes a question mark.
            stream.reconfigure(errors="replace")
    try:
        code = app(arguments, prog_name="rarebit", standalone_mode=False)
        sys.stdout.flush()  # a closed pipe is noticed here, not when Python ends
        sys.exit(code)
    except (InputError, MissingExtraError) as error:
        _fail(str(error), 2)
    except UsageError as error:
        _fail_usage(error)
    except Interrupted as stop:
        _fail(str(stop), 130)
    except BrokenPipeError:
        # The reading program (head, less) has ended.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except sqlite3.OperationalError as error:
        # The store of finished cells cannot be written: usually the disk is full.
        _fail(
            f"The results cannot be stored: {error}. Fix this, then run the same command again; "
            "finished fits are kept.",
            2,
        )
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        what = error.strerror or str(error)
        _fail(f"{where}{what}. Check the path, its permissions and the free space.", 2)
    except Exception as error:
        if os.environ.get("RAREBIT_DEBUG"):
            traceback.print_exc()
        _fail(
            f"{type(error).__name__}: {error} (a bug in Rarebit; set RAREBIT_DEBUG=1 for the "
            "traceback)",
            1,
        )


def _fail_usage(error: Any) -> NoReturn:
    """Print what is wrong with a command line, or the help page if it has no arguments."""
    message = error.format_message()
    if message.startswith("Usage:"):
        error.show()
        sys.exit(2)
    page = "" if error.ctx is None else f" `{error.ctx.command_path} -h` shows what it takes."
    _fail(f"{message}{'' if message.endswith(('.', '?')) else '.'}{page}", 2)


def _fail(message: str, code: int) -> NoReturn:
    """Print one line to standard error and exit."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    console.print(Text.assemble(("Error: ", "bold red"), " ".join(message.split())))
    sys.exit(code)
