"""What the commands that learn from a table ask of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from rarebit.datasets import (
    Dataset,
    closest,
    list_datasets,
    load_dataset,
    make_dataset,
    read_table,
)
from rarebit.exceptions import InputError

Table = Annotated[
    str,
    typer.Argument(help="A CSV (.gz too) or Parquet file, or a name from `rarebit datasets list`."),
]
Target = Annotated[str | None, typer.Option(help="Column of the class labels.")]
Positive = Annotated[
    str | None, typer.Option(help="Label of the rare class; the rarer one if left out.")
]
Groups = Annotated[
    str | None, typer.Option(help="Column whose rows stay together, such as patient_id.")
]
Time = Annotated[str | None, typer.Option(help="Column of moments: folds look back only.")]
Weights = Annotated[str | None, typer.Option(help="Column of row weights.")]
Ignore = Annotated[str | None, typer.Option(help="Columns to leave out, with commas.")]
DataDir = Annotated[
    Path | None, typer.Option(help="Folder of named data sets (else RAREBIT_DATA).")
]


def read_dataset(
    table: str, data_dir: Path | None, target: str | None, columns: dict[str, Any]
) -> Dataset:
    """Read the user's file, or load a named data set.

    Parameters
    ----------
    table : str
        Path or name.
    data_dir : Path or None
        Folder of named data sets.
    target : str or None
        Column of the labels; only for a file.
    columns : dict
        Further arguments of :func:`rarebit.datasets.make_dataset`; only for a file.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        If there is no such table, or the columns do not go with it.

    Examples
    --------
    >>> read_dataset("digits_8", None, None, {}).name
    'digits_8'
    """
    named = {info.name for info in list_datasets()}
    if Path(table).exists() or table not in named:
        if not Path(table).exists() and not Path(table).suffix:
            raise InputError(
                f"There is no file and no data set '{table}'{closest(table, named)}; `rarebit "
                "datasets list` shows the data sets."
            )
        frame = read_table(table)
        if target is None:
            raise InputError(
                f"--target is missing: name the column of the class labels, one of "
                f"{', '.join(map(str, frame.columns[:20]))}."
            )
        return make_dataset(frame, target, name=Path(table).name, source=table, **columns)
    given = [name for name, value in {"target": target, **columns}.items() if value]
    if given:
        raise InputError(
            f"'{table}' is a named data set with its columns settled; leave out "
            + ", ".join(f"--{name}" for name in given)
            + "."
        )
    return load_dataset(table, data_dir=data_dir)
