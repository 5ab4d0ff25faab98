"""`rarebit evaluate`: a stored model on rows of another time or place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import rarebit
from rarebit.cli import options
from rarebit.cli.options import parse_columns
from rarebit.cli.output import (
    check_folder,
    check_model_folder,
    make_console,
    print_json,
    print_written,
    working,
)
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from rarebit.evaluation import Evaluation

Groups = Annotated[
    str | None,
    typer.Option(help="Column with groups, such as patient_id: intervals resample whole groups."),
]
Out = Annotated[
    Path | None, typer.Option(help="Folder for evaluation.html, evaluation.json and the tables.")
]
Recalibrate = Annotated[
    Path | None,
    typer.Option(help="Folder for the recalibrated model, written if recalibration helps."),
]


def evaluate_command(
    model: options.ModelFolder,
    table: Annotated[
        str,
        typer.Argument(help="CSV, Parquet, Arrow, Excel or database file with rows and labels."),
    ],
    target: options.Target = None,
    groups: Groups = None,
    weights: options.Weights = None,
    by: options.By = None,
    cost: options.Cost = None,
    at: options.At = None,
    recalibrate: Recalibrate = None,
    ignore_check: options.IgnoreCheck = None,
    trust: options.Trust = None,
    seed: options.Seed = 0,
    out: Out = None,
    as_json: options.AsJson = False,
) -> None:
    """Evaluate a model on rows that it was not trained on.

    The rows may come from another time or place. The output states how good the model is there,
    which columns have drifted, and whether recalibration would help.
    """
    from rarebit._common.wording import count
    from rarebit.datasets import read_table
    from rarebit.datasets.files.paths import split_part
    from rarebit.reporting import print_evaluation, write_evaluation
    from rarebit.reporting.evaluation import evaluation_as_dict

    _check_folders(model, out, recalibrate)
    frame = read_table(table)
    if target is None:
        raise InputError(
            "target is missing: give the column with the class labels, one of "
            f"{', '.join(map(str, frame.columns[:20]))}."
        )
    with working(make_console(stderr=True), f"Evaluating the model on {count(len(frame), 'row')}"):
        found = rarebit.evaluate(
            model, frame, target, groups=groups, sample_weight=weights, cost=cost, at=at, seed=seed,
            by=parse_columns(by, table) or None, name=split_part(table)[0].name, source=table,
            ignore_checks=ignore_check, trusted=trust or (),
        )  # fmt: skip
    written = {} if out is None else write_evaluation(found, out)
    if recalibrate is not None:
        written |= _recalibrate(found, recalibrate, model)
    if as_json:
        print_json(evaluation_as_dict(found) | {"files": written})
        return
    console = make_console()
    print_evaluation(found, console)
    if recalibrate is not None and "recalibrated model" not in written:
        console.print(f"\nNo recalibrated model is written to {recalibrate}, as none is better.")
    if written:
        print_written(console, written)


def _check_folders(model: Path, out: Path | None, recalibrate: Path | None) -> None:
    """Refuse folders that are files, or hold what must not be replaced."""
    check_folder(out)
    if recalibrate is None:
        return
    if recalibrate.resolve() == model.resolve():
        raise InputError(
            f"--recalibrate {recalibrate} is the model itself: name another folder for the new one."
        )
    check_model_folder(recalibrate)


def _recalibrate(found: Evaluation, folder: Path, model: Path) -> dict[str, str]:
    """Store the recalibrated model, if there is one."""
    from rarebit.persistence import read_config

    updated = found.recalibrated()
    if updated is None:
        return {}
    best = found.recalibration.table.set_index("update").loc[found.recalibration.best].to_dict()
    metadata = read_config(model)["metadata"] | {
        "recalibrated_on": found.dataset.name,
        "recalibration": {"update": found.recalibration.best, **best},
    }
    rarebit.save(updated, folder, metadata=metadata)
    return {"recalibrated model": str(folder)}
