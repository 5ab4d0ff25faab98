"""A table that the user names, a file or a data set, as a :class:`Dataset`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

from rarebit._common.wording import closest, listed
from rarebit.datasets._dataset import Dataset
from rarebit.datasets.amounts import with_amounts
from rarebit.datasets.by import with_subgroups
from rarebit.datasets.files.paths import split_part
from rarebit.datasets.files.tables import read_table
from rarebit.datasets.make import make_dataset
from rarebit.datasets.sources.loading import load_dataset
from rarebit.datasets.sources.registry import list_datasets
from rarebit.exceptions import InputError

# Columns named in the message that asks for the target.
SOME = 20


def open_dataset(
    table: str | PathLike[str],
    *,
    target: str | None = None,
    positive: str | None = None,
    groups: str | None = None,
    time: str | None = None,
    weights: str | None = None,
    ignore: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    by: Sequence[str] | None = None,
    amounts: Sequence[str] = (),
    data_dir: str | PathLike[str] | None = None,
) -> Dataset:
    """Read a file, or load a named data set; a file comes first."""
    columns: dict[str, Any] = {
        "positive": positive, "groups": groups, "time": time, "weights": weights,
        "ignore": ignore, "roles": roles,
    }  # fmt: skip
    (path, _), names = split_part(table), {info.name for info in list_datasets()}
    if not path.exists() and str(table) in names:
        every = {"target": target, **columns}
        if given := [name for name, value in every.items() if value]:
            raise InputError(
                f"'{table}' is a named data set, which has its own columns: leave out "
                f"{listed(f'`{name}`' for name in given)}."
            )
        dataset = with_amounts(load_dataset(str(table), data_dir=data_dir), amounts)
        return with_subgroups(dataset, by) if by else dataset
    if not path.exists() and not path.suffix:
        raise InputError(
            f"There is no file and no data set '{table}'{closest(str(table), names) or '.'} "
            "`rarebit datasets list` shows the data sets."
        )
    if data_dir is not None:
        raise InputError(f"data_dir is for named data sets, and '{table}' is a file: leave it out.")
    frame = read_table(table)
    if target is None:
        raise InputError(
            "target is missing: give the column with the class labels, one of "
            f"{', '.join(map(str, frame.columns[:SOME]))}."
        )
    return make_dataset(
        frame, target, name=path.name, source=str(table), by=by, amounts=amounts, **columns
    )
