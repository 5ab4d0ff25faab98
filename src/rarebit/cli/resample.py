"""`rarebit resample`: add synthetic rows of the rare classes to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import rarebit
from rarebit.cli.options import AsJson, Ignore, Roles, Seed, parse_columns, parse_roles
from rarebit.cli.output import make_console, print_json, print_remarks
from rarebit.exceptions import InputError

TableFile = Annotated[Path, typer.Argument(help="CSV (also .gz) or Parquet file.")]
TargetColumn = Annotated[str, typer.Option(help="Column with the class labels.")]
Out = Annotated[Path, typer.Option(help="Output file: original rows, then synthetic rows.")]
Ratio = Annotated[
    float | None,
    typer.Option(help="Ratio of rare rows to rows of the other class; 1 (balanced) by default."),
]
Neighbors = Annotated[int, typer.Option(help="Number of nearest neighbours to interpolate with.")]
Metric = Annotated[str, typer.Option(help="Distance: joint, state or euclidean (plain SMOTE).")]
EnergyFilter = Annotated[
    bool,
    typer.Option(
        "--energy-filter", help="Keep only synthetic rows whose energy is typical of real rows."
    ),
]
KeepColumns = Annotated[
    bool, typer.Option("--keep-columns", help="Append the quantum read-outs as columns.")
]
Impute = Annotated[
    bool,
    typer.Option(
        "--impute",
        help="Fill missing values: numbers with the median, others with the most frequent "
        "value. By default, a table with missing values is refused.",
    ),
]
Provenance = Annotated[
    Path | None,
    typer.Option(help="Also write the parents and weight of each synthetic row to this file."),
]


def resample_command(
    table: TableFile,
    target: TargetColumn,
    out: Out,
    ratio: Ratio = None,
    neighbors: Neighbors = 5,
    metric: Metric = "joint",
    energy_filter: EnergyFilter = False,
    keep_columns: KeepColumns = False,
    ignore: Ignore = None,
    role: Roles = None,
    impute: Impute = False,
    provenance: Provenance = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Over-sample a table with QI-SMOTE."""
    from rarebit._common.parameters import Bounds, check_value
    from rarebit.datasets.files.paths import kind_of
    from rarebit.datasets.files.writer import table_writer
    from rarebit.zoo import resample_table

    _check_places(table, out, provenance)
    if ratio is not None:
        check_value("ratio", ratio, Bounds(float, 0, 1, open_low=True))
    sampler = rarebit.QISMOTE(
        sampling_strategy="auto" if ratio is None else ratio,
        k_neighbors=neighbors,
        metric=metric,  # type: ignore[arg-type]  # QISMOTE checks it
        energy_filter=energy_filter,
        columns="keep" if keep_columns else "drop",
        random_state=seed,
    )
    made = resample_table(
        table, target, sampler=sampler, impute=impute,
        ignore=parse_columns(ignore, table), roles=parse_roles(role, table),
    )  # fmt: skip
    cells = made.cells if kind_of(out) == "text" else None
    with table_writer(out, like=table) as writer:
        writer.write(made.frame if cells is None else cells)
    if provenance is not None and made.provenance is not None:
        with table_writer(provenance) as writer:
            writer.write(made.provenance)
    if as_json:
        found = {"rows": made.n_original, "new_rows": made.n_synthetic, "out": str(out)}
        remarks = {"notes": made.notes, "warnings": made.warnings}
        print_json(found | remarks | {"columns_left_out": made.copied})
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
