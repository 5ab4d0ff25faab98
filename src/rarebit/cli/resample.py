"""`rarebit resample`: a file in, the file with synthetic rows of the rare classes out."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.text import Text

from rarebit.cli.options import parse_names
from rarebit.datasets import Role, infer_columns, read_table, table_writer
from rarebit.datasets.columns import closest
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.over_sampling import QISMOTE


def resample_command(
    table: Annotated[Path, typer.Argument(help="A CSV (.gz too) or Parquet file.")],
    target: Annotated[str, typer.Option(help="Column of the class labels.")],
    out: Annotated[Path, typer.Option(help="Where to write: rows as they were, then new ones.")],
    ratio: Annotated[
        float | None,
        typer.Option(help="Rows of the rare class for each of the other, after; balanced if left."),
    ] = None,
    neighbors: Annotated[int, typer.Option(help="Neighbours that a row is mixed with.")] = 5,
    metric: Annotated[str, typer.Option(help="joint, state or euclidean (plain SMOTE).")] = "joint",
    energy_filter: Annotated[
        bool, typer.Option("--energy-filter", help="Keep the candidates that look like real rows.")
    ] = False,
    keep_columns: Annotated[
        bool, typer.Option("--keep-columns", help="Append the quantum read-outs as columns.")
    ] = False,
    ignore: Annotated[str | None, typer.Option(help="Columns to leave out, with commas.")] = None,
    impute: Annotated[
        bool,
        typer.Option(
            "--impute",
            help="Fill gaps: numbers with the column's median, others with its most frequent "
            "value. Without it a table with gaps is refused.",
        ),
    ] = False,
    provenance: Annotated[
        Path | None, typer.Option(help="Where to write each new row's parents and weight.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, nothing else.")] = False,
) -> None:
    """Over-sample the rare classes of a table by QI-SMOTE."""
    _check_places(table, out, provenance)
    frame = read_table(table)
    for name in [target, *(parse_names(ignore) or ())]:
        if name not in frame.columns:
            near = closest(name, frame.columns) or f"; it has {', '.join(map(str, frame.columns))}"
            raise InputError(f"{table} has no column '{name}'{near}")
    if target in (parse_names(ignore) or ()):
        raise InputError(f"--ignore names the target '{target}', which is needed.")
    frame = frame.drop(columns=parse_names(ignore) or [])
    _check_target(table, frame[target])
    sampler = QISMOTE(
        sampling_strategy="auto" if ratio is None else ratio,
        k_neighbors=neighbors,
        metric=metric,  # type: ignore[arg-type]  # QISMOTE checks it
        energy_filter=energy_filter,
        columns="keep" if keep_columns else "drop",
        random_state=seed,
    )
    features = frame.drop(columns=target)
    notes: list[str] = []
    if impute:
        features, notes = _without_gaps(table, features)
    _check_gaps(table, features)
    said = _doubtful_columns(features)
    X_new, y_new, caught = _resampled(table, sampler, features, frame[target])
    said += caught
    X_new[target] = y_new
    columns = [*frame.columns, *(name for name in X_new.columns if name not in frame.columns)]
    with table_writer(out) as writer:
        writer.write(X_new[columns])
    if provenance is not None:
        with table_writer(provenance) as writer:
            writer.write(sampler.synthetic_)
    outcome = {"rows": len(frame), "new_rows": len(X_new) - len(frame), "out": str(out)}
    if as_json:
        typer.echo(json.dumps(outcome | {"notes": notes, "warnings": said}))
    else:
        _print(outcome, {"note": notes, "warning": said})


def _resampled(
    table: Path, sampler: QISMOTE, features: pd.DataFrame, target: pd.Series
) -> tuple[pd.DataFrame, pd.Series, list[str]]:
    """Resample; return the rows, their labels, and what the sampler had to say."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RarebitWarning)
        try:
            X_new, y_new = sampler.fit_resample(features, target)
        except ValueError as error:
            raise InputError(f"{table} cannot be resampled: {error}") from None
    said = [str(found.message) for found in caught if issubclass(found.category, RarebitWarning)]
    return X_new, y_new, said


def _print(outcome: dict[str, Any], remarks: dict[str, list[str]]) -> None:
    """Say what was written, and what should be known of it."""
    console = Console(stderr=True, highlight=False)
    for kind, texts in remarks.items():
        for text in texts:
            console.print(Text.assemble((f"{kind}: ", "yellow"), text))
    console.print(
        f"{outcome['rows']:,} rows and {outcome['new_rows']:,} new ones: {outcome['out']}"
    )


def _check_places(table: Path, out: Path, provenance: Path | None) -> None:
    """Refuse to write over the input, or one result over the other."""
    places = {"--out": out, "--provenance": provenance}
    for option, place in places.items():
        if place is not None and place.resolve() == table.resolve():
            raise InputError(f"{option} {place} is the input itself; name another file.")
    if provenance is not None and provenance.resolve() == out.resolve():
        raise InputError(f"--provenance {provenance} is --out as well; name another file.")


def _check_target(table: Path, target: pd.Series) -> None:
    """Refuse a target that holds no classes, or not in every row."""
    n_missing, n_classes = int(target.isna().sum()), target.nunique()
    if n_missing:
        problem = f"holds {n_missing} missing values; drop these rows, or label them, first"
    elif n_classes < 2:
        problem = f"holds one class only, {target.iloc[0]!r}; two are the least"
    elif pd.api.types.is_float_dtype(target) and (target % 1 != 0).any():
        problem = f"is a number with {n_classes} values, a quantity and no class; cut it first"
    else:
        return
    raise InputError(f"{table} cannot be resampled: the target '{target.name}' {problem}.")


def _check_gaps(table: Path, features: pd.DataFrame) -> None:
    """Refuse gaps with the options that mend them."""
    counts = features.isna().sum()
    gaps = counts[counts > 0]
    if len(gaps):
        others = f" (columns with gaps: {len(gaps)})" if len(gaps) > 1 else ""
        raise InputError(
            f"{table} cannot be resampled: '{gaps.index[0]}' holds {_missing(gaps.iloc[0])}"
            f"{others}; fill gaps with --impute, or leave columns out with --ignore."
        )


def _without_gaps(table: Path, features: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Fill each column's gaps with its median or most frequent value; say with what."""
    features, filled = features.copy(), []
    for name in features.columns[features.isna().any()]:
        column = features[name]
        gaps = int(column.isna().sum())
        if gaps == len(column):
            raise InputError(
                f"{table} cannot be resampled: '{name}' holds no value at all; leave it out with "
                f"--ignore '{name}'."
            )
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            # The lower of two middle values: one that the column holds.
            value, what = column.quantile(0.5, interpolation="lower"), "the median"
        else:
            value, what = column.mode().iloc[0], "the most frequent value"
        features[name] = _whole(column.fillna(value).infer_objects())
        shown = f"{value:.10g}" if what == "the median" else repr(value)
        filled.append(f"'{name}' held {_missing(gaps)}, now {shown}: {what}.")
    return features, filled


def _missing(n: int) -> str:
    return f"{n:,} missing value{'s' if n > 1 else ''}"


def _whole(column: pd.Series) -> pd.Series:
    """Numbers that are all whole as whole numbers: gaps alone had made others of them."""
    if column.dtype != "float64" or not (column % 1 == 0).all() or column.abs().max() >= 2**53:
        return column
    return column.astype("int64")


def _doubtful_columns(features: pd.DataFrame) -> list[str]:
    """Columns that are mixed like any other, although new values of them mean little."""
    doubtful = []
    for report in infer_columns(features)[1]:
        kind = "a date" if report.used_as == Role.DATE else "an identifier"
        if report.used_as == Role.DATE or "identifier" in report.reason:
            doubtful.append(
                f"'{report.name}' looks like {kind}, and new rows take its values from others; "
                f"leave it out with --ignore '{report.name}'."
            )
    return doubtful
