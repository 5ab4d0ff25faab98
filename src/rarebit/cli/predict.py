"""`rarebit predict`: score a file with a saved model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rarebit.cli.options import AsJson, Review, Trust
from rarebit.cli.output import make_console, print_json, print_remarks


def predict_command(
    model: Annotated[Path, typer.Argument(help="Model folder written by `compare` or `train`.")],
    table: Annotated[Path, typer.Argument(help="File with the rows to score.")],
    out: Annotated[Path, typer.Option(help="Output file: .csv, .csv.gz or .parquet.")],
    at: Annotated[
        str | None,
        typer.Option(
            help="Operating point that decides the labels, such as recall>=0.95 or alerts<=50; by "
            "default the first one that the model was trained with, if any."
        ),
    ] = None,
    review: Review = None,
    prevalence: Annotated[
        str | None,
        typer.Option(
            help="Share of the rare class among these rows, such as 0.02, or of each class "
            "(a=0.1,b=0.2), if it is not that of training; probabilities and labels follow."
        ),
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Also write the input columns.")] = False,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Also write the three main reasons for each row; slow."),
    ] = False,
    trust: Trust = None,
    as_json: AsJson = False,
) -> None:
    """Predict labels and probabilities for a file.

    The output contains a label and a calibrated probability of each class for every row.
    The file is read in parts, so it may be larger than the memory.
    """
    from rarebit._common.wording import count
    from rarebit.persistence import load
    from rarebit.zoo import at_prevalence, score_table

    fitted = model
    if prevalence is not None:
        fitted = at_prevalence(load(model, trusted=trust or ()), prevalence)
    scored = score_table(
        fitted, table, out, at=at, review=review, keep=keep, n_reasons=3 if explain else 0,
        trusted=trust or (),
    )  # fmt: skip
    promise = None if scored.point is None else scored.point.statement
    if as_json:
        found = {"rows": scored.rows, "labels": scored.labels, "warnings": scored.warnings}
        found |= {"promise": promise, "reviewed": scored.reviewed, "review": scored.review}
        print_json(found | {"out": str(out)})
        return
    console = make_console(stderr=True)
    print_remarks(console, "warning", scored.warnings)
    console.print(f"{count(scored.rows, 'row')} scored: {out}")
    if promise is not None:
        console.print(f"Labels: {promise}")
    if scored.review is not None:
        console.print(f"{scored.review} In this file: {count(scored.reviewed or 0, 'row')}.")
