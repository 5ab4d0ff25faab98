"""`rarebit compare`: the main job."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from rarebit.cli.options import Interrupted, parse_duration, parse_names
from rarebit.cli.progress import cell_progress
from rarebit.cli.replacement import announce_replacement
from rarebit.cli.tables import (
    DataDir,
    Groups,
    Ignore,
    Positive,
    Table,
    Target,
    Time,
    Weights,
    read_dataset,
)
from rarebit.evaluation import Comparison, compare, worker_count
from rarebit.evaluation.sweep.run import RECORD_NAME
from rarebit.exceptions import InputError
from rarebit.persistence import check_replaceable, save
from rarebit.reporting import comparison_as_dict, print_comparison, write_report, write_tables

STORE_NAME = "cells.sqlite"


def compare_command(
    table: Table,
    target: Target = None,
    positive: Positive = None,
    groups: Groups = None,
    time: Time = None,
    weights: Weights = None,
    ignore: Ignore = None,
    metric: Annotated[str | None, typer.Option(help="Metric that ranks (macro_f1).")] = None,
    cost: Annotated[
        str | None, typer.Option(help="Cost of mistakes, such as fn=10,fp=1; ranks by it.")
    ] = None,
    models: Annotated[str | None, typer.Option(help="Classifiers, with commas.")] = None,
    treatments: Annotated[str | None, typer.Option(help="Treatments, with commas.")] = None,
    preset: Annotated[str, typer.Option(help="quick, default or thorough.")] = "default",
    protocol: Annotated[str, typer.Option(help="strict or paper.")] = "strict",
    time_budget: Annotated[str | None, typer.Option(help="Such as 10m or 1h30m.")] = None,
    jobs: Annotated[int, typer.Option(help="Worker processes; -1 for one a core.")] = -1,
    device: Annotated[str, typer.Option(help="cpu, or a torch device for networks.")] = "cpu",
    seed: Annotated[
        int | None, typer.Option(help="Seed of everything (0; 42 under the paper protocol).")
    ] = None,
    data_dir: DataDir = None,
    out: Annotated[Path, typer.Option(help="Folder for report.html, model/ and tables.")] = Path(),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
) -> None:
    """Compare treatments of the class imbalance on a table; write a report and the best model."""
    console = Console(stderr=as_json, highlight=False)
    seconds = parse_duration(time_budget)
    jobs = worker_count(jobs)
    _check_out(out, table)
    dataset = read_dataset(
        table, data_dir, target,
        {"positive": positive, "groups": groups, "time": time, "weights": weights,
         "ignore": tuple(parse_names(ignore) or ())},
    )  # fmt: skip
    announce_replacement(out / "model", dataset.name, console, "report and tables")
    out.mkdir(parents=True, exist_ok=True)
    try:
        with cell_progress(console, jobs) as progress:
            comparison = compare(
                dataset,
                models=parse_names(models),
                treatments=parse_names(treatments),
                protocol=protocol,
                preset=preset,
                metric=metric,
                cost=cost,
                seed=seed,
                jobs=jobs,
                device=device,
                time_budget=seconds,
                store=out / STORE_NAME,
                progress=progress,
            )
    except KeyboardInterrupt:
        raise Interrupted(
            f"Interrupted. Finished cells are kept in {out / STORE_NAME}: "
            "the same command goes on from there."
        ) from None
    comparison.settings["command"] = shlex.join(["rarebit", *sys.argv[1:]])
    written = _write(comparison, out)
    if as_json:
        typer.echo(json.dumps(comparison_as_dict(comparison) | {"files": written}, allow_nan=False))
        return
    print_comparison(comparison, console)
    console.print("\nWritten:", *(f"  {what}: {path}" for what, path in written.items()), sep="\n")


def _check_out(out: Path, table: str) -> None:
    """Refuse an unusable folder, or one in which files of another's would be overwritten."""
    if out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; name a folder.")
    if (out / RECORD_NAME).exists():
        raise InputError(f"{out} is the folder of a sweep; name another with --out.")
    for name in ("report.html", "cells.csv", "ranking.csv", STORE_NAME):
        path = out / name
        if path.exists() and (Path(table).exists() and path.samefile(table)):
            raise InputError(f"{path} would be overwritten by a result; name a folder with --out.")
        if path.exists() and not (out / STORE_NAME).exists():
            raise InputError(
                f"{path} exists, and no comparison was made in its folder: name another folder "
                "with --out."
            )
    check_replaceable(out / "model")


def _write(comparison: Comparison, out: Path) -> dict[str, str]:
    """Write report, tables and model; return what is where."""
    write_report(comparison, out / "report.html")
    write_tables(comparison, out)
    written = {"report": str(out / "report.html"), "tables": str(out / "ranking.csv")}
    metadata = {
        "dataset": comparison.dataset.name,
        "classifier": comparison.best[0],
        "treatment": comparison.best[1],
        "metric": comparison.metric,
        "score": comparison.best_corrected[0],
        "settings": comparison.settings,
    }
    try:
        save(comparison.model, out / "model", metadata=metadata)
    except InputError as error:
        # All else is written by now; the next best model can be named with --models.
        raise InputError(f"Report and tables are in {out}, but no model: {error}") from None
    return written | {"model": str(out / "model")}
