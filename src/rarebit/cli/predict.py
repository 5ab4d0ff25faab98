"""`rarebit predict`: score a file with a stored model, in constant memory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.text import Text

from rarebit.datasets import iter_table, table_writer, unread_columns
from rarebit.exceptions import InputError
from rarebit.persistence import load

ROWS_AT_ONCE = 20_000


def predict_command(
    model: Annotated[Path, typer.Argument(help="Folder of a model, as `compare` writes it.")],
    table: Annotated[Path, typer.Argument(help="File with the rows to score.")],
    out: Annotated[Path, typer.Option(help="Where to write labels and probabilities.")],
    keep: Annotated[
        bool, typer.Option("--keep", help="Write the columns of the input, too.")
    ] = False,
    trust: Annotated[
        list[str] | None, typer.Option(help="Further types that the model may hold.")
    ] = None,
) -> None:
    """Decide a label and a calibrated probability of each class for every row of a file."""
    if out.resolve() == table.resolve():
        raise InputError(f"--out {out} is the input itself; name another file.")
    fitted = load(model, trusted=trust or ())
    if not hasattr(fitted, "decide"):
        raise InputError(f"{model} holds a {type(fitted).__name__}, not a model of `compare`.")
    console = Console(stderr=True, highlight=False)
    n_rows = 0
    with table_writer(out) as writer:
        for chunk in iter_table(table, rows_per_chunk=ROWS_AT_ONCE):
            if n_rows == 0:
                for sentence in unread_columns(chunk, fitted.roles_):
                    console.print(Text.assemble(("warning: ", "yellow"), sentence))
            writer.write(_scored(fitted, chunk, keep))
            n_rows += len(chunk)
    console.print(Text(f"{n_rows:,} rows scored: {out}"))


def _scored(fitted: object, chunk: pd.DataFrame, keep: bool) -> pd.DataFrame:
    codes, proba, _ = fitted.decide(chunk)  # type: ignore[attr-defined]
    classes = fitted.classes_  # type: ignore[attr-defined]
    scored = pd.DataFrame({"label": classes[codes]}, index=chunk.index)
    for position, label in enumerate(classes):
        scored[f"probability_{label}"] = proba[:, position]
    if not keep:
        return scored
    taken = [name for name in scored if name in chunk]
    if taken:
        raise InputError(
            f"The table has a column {taken[0]!r} of its own: rename it, or leave out --keep."
        )
    return pd.concat([chunk, scored], axis=1)
