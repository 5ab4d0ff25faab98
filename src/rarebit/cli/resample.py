"""`rarebit resample`: a file in, the file with synthetic rows of the rare classes out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from rarebit.cli.options import AsJson, Ignore, Seed, parse_names
from rarebit.cli.output import make_console, print_json, print_remarks
from rarebit.exceptions import InputError


def resample_command(
    table: Annotated[Path, typer.Argument(help="CSV (also .gz) or Parquet file.")],
    target: Annotated[str, typer.Option(help="Column with the class labels.")],
    out: Annotated[Path, typer.Option(help="Output file: original rows, then synthetic rows.")],
    ratio: Annotated[
        float | None,
        typer.Option(help="Rows of the rare class per row of the other; 1 (balanced) by default."),
    ] = None,
    neighbors: Annotated[
        int, typer.Option(help="Nearest neighbours that a row is interpolated with.")
    ] = 5,
    metric: Annotated[
        str, typer.Option(help="Distance: joint, state or euclidean (plain SMOTE).")
    ] = "joint",
    energy_filter: Annotated[
        bool, typer.Option("--energy-filter", help="Keep only candidates that resemble real rows.")
    ] = False,
    keep_columns: Annotated[
        bool, typer.Option("--keep-columns", help="Append the quantum read-outs as columns.")
    ] = False,
    ignore: Ignore = None,
    impute: Annotated[
        bool,
        typer.Option(
            "--impute",
            help="Fill missing values: the median of numbers, else the most frequent value. "
            "Without it, a table with missing values is refused.",
        ),
    ] = False,
    provenance: Annotated[
        Path | None, typer.Option(help="Also write each synthetic row's parents and weight here.")
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Over-sample a table with QI-SMOTE."""
    from rarebit.datasets import table_writer
    from rarebit.over_sampling import QISMOTE
    from rarebit.zoo import resample_table

    _check_places(table, out, provenance)
    sampler = QISMOTE(
        sampling_strategy="auto" if ratio is None else ratio,
        k_neighbors=neighbors,
        metric=metric,  # type: ignore[arg-type]  # QISMOTE checks it
        energy_filter=energy_filter,
        columns="keep" if keep_columns else "drop",
        random_state=seed,
    )
    made = resample_table(
        table, target, sampler=sampler, impute=impute, ignore=parse_names(ignore) or ()
    )
    for place, frame in ((out, made.frame), (provenance, made.provenance)):
        if place is not None and frame is not None:
            with table_writer(place) as writer:
                writer.write(frame)
    outcome: dict[str, Any] = {"rows": made.n_original, "new_rows": made.n_synthetic}
    if as_json:
        print_json(outcome | {"out": str(out), "notes": made.notes, "warnings": made.warnings})
        return
    console = make_console(stderr=True)
    print_remarks(console, "note", made.notes)
    print_remarks(console, "warning", made.warnings)
    console.print(f"{made.n_original:,} original and {made.n_synthetic:,} synthetic rows: {out}")


def _check_places(table: Path, out: Path, provenance: Path | None) -> None:
    """Refuse to write over the input, or one result over the other."""
    for option, place in {"--out": out, "--provenance": provenance}.items():
        if place is not None and place.resolve() == table.resolve():
            raise InputError(f"{option} {place} is the input itself: name another file.")
    if provenance is not None and provenance.resolve() == out.resolve():
        raise InputError(f"--provenance {provenance} is also --out: name another file.")
