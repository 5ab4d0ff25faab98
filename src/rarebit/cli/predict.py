"""`rarebit predict`: score a file with a stored model, in constant memory."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.text import Text

from rarebit.datasets import UnusableCells, iter_table, table_writer
from rarebit.exceptions import InputError
from rarebit.persistence import load
from rarebit.zoo.preprocessing import categorical_columns

ROWS_AT_ONCE = 20_000


def predict_command(
    model: Annotated[Path, typer.Argument(help="Folder of a model of `compare` or `train`.")],
    table: Annotated[Path, typer.Argument(help="File with the rows to score.")],
    out: Annotated[Path, typer.Option(help="Where to write labels and probabilities.")],
    keep: Annotated[
        bool, typer.Option("--keep", help="Write the columns of the input, too.")
    ] = False,
    trust: Annotated[
        list[str] | None, typer.Option(help="Further types that the model may hold.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
) -> None:
    """Decide a label and a calibrated probability of each class for every row of a file."""
    if out.resolve() == table.resolve():
        raise InputError(f"--out {out} is the input itself; name another file.")
    fitted = load(model, trusted=trust or ())
    if not hasattr(fitted, "decide"):
        raise InputError(
            f"{model} holds a {type(fitted).__name__}, not a model of `compare` or `train`."
        )
    decided: Counter[str] = Counter({str(label): 0 for label in fitted.classes_})
    unusable = UnusableCells(fitted.roles_, _known_categories(fitted))
    with table_writer(out) as writer:
        for chunk in iter_table(table, rows_per_chunk=ROWS_AT_ONCE):
            scored = _scored(fitted, chunk, keep)
            writer.write(scored)
            unusable.count(chunk)
            decided.update(map(str, scored["label"]))
    warnings = unusable.sentences()
    if as_json:
        outcome = {"rows": decided.total(), "labels": decided, "warnings": warnings}
        typer.echo(json.dumps(outcome | {"out": str(out)}))
        return
    console = Console(stderr=True, highlight=False)
    for sentence in warnings:
        console.print(Text.assemble(("warning: ", "yellow"), sentence))
    console.print(Text(f"{decided.total():,} rows scored: {out}"))


def _known_categories(fitted: Any) -> dict[str, list[str]]:
    """The values of each categorical column that the model was fitted on."""
    names = categorical_columns(fitted.roles_)
    # A model fitted on a single class has no pipeline: it looks at no column.
    if not names or fitted.pipeline_.pipeline is None:
        return {}
    encoder = fitted.pipeline_.pipeline.named_steps["encode"]
    codes = encoder.named_transformers_["categorical"]
    return dict(zip(names, map(list, codes.categories_), strict=True))


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
