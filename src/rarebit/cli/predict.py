"""`rarebit predict`: score a file with a saved model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rarebit.cli import options
from rarebit.cli.output import make_console, print_json, print_remarks, rows_file, working


def predict_command(
    model: options.ModelFolder,
    table: Annotated[Path, typer.Argument(help="File with the rows to score.")],
    out: options.ScoredRows = None,
    at: Annotated[
        str | None,
        typer.Option(
            help="Operating point that decides the labels, such as recall>=0.95 or alerts<=50; by "
            "default the first one that the model was trained with, if any."
        ),
    ] = None,
    review: options.Review = None,
    sets: Annotated[
        float | None,
        typer.Option(
            help="Also write which labels are in the set that holds the true one with this "
            "probability, such as 0.9, for rows of each class."
        ),
    ] = None,
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
    ignore_check: options.IgnoreCheck = None,
    trust: options.Trust = None,
    as_json: options.AsJson = False,
) -> None:
    """Predict labels and probabilities for a file.

    The output contains a label and a calibrated probability of each class for every row.
    The file is read in parts, so it may be larger than the memory.
    """
    from rarebit._common.wording import count, percent
    from rarebit.persistence import load
    from rarebit.zoo import at_prevalence, score_table

    fitted = model
    if prevalence is not None:
        fitted = at_prevalence(load(model, trusted=trust or ()), prevalence)
    shown = working(make_console(stderr=True), f"Scoring {table}")
    with rows_file(out, as_json=as_json) as file, shown:
        scored = score_table(
            fitted, table, file, at=at, review=review, coverage=sets, keep=keep,
            n_reasons=3 if explain else 0, ignore_checks=ignore_check, trusted=trust or (),
        )  # fmt: skip
    promise = None if scored.point is None else scored.point.statement
    if as_json:
        found = {"rows": scored.rows, "labels": scored.labels, "warnings": scored.warnings}
        found["checks"] = [check._asdict() for check in scored.checks]
        found |= {"promise": promise, "reviewed": scored.reviewed, "review": scored.review}
        print_json(found | {"out": str(out)})
        return
    console = make_console(stderr=True)
    print_remarks(console, "warning", scored.warnings)
    console.print(f"{count(scored.rows, 'row')} scored{'' if out is None else f': {out}'}")
    if promise is not None:
        console.print(f"Labels: {promise}")
    if scored.review is not None:
        console.print(f"{scored.review} In this file: {count(scored.reviewed or 0, 'row')}.")
    if sets is not None:
        console.print(
            f"Sets: each holds the true label in about {percent(sets)} of the rows of each class "
            "(approximate: fitted on out-of-fold predictions)."
        )
