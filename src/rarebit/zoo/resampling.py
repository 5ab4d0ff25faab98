"""Over-sample a table with its target: old rows as they are, new rows written alike."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from rarebit._common.checks import Remark
from rarebit._common.frames import as_column_name, as_frame
from rarebit._common.wording import count, named, shortened
from rarebit.datasets import Dataset, Role, clean_values, make_dataset, read_table
from rarebit.datasets.checks import find_totals
from rarebit.datasets.columns.roles import IDENTIFIER_NAME
from rarebit.datasets.columns.values import PLAIN
from rarebit.datasets.files.paths import existing_file, kind_of
from rarebit.datasets.files.tables import read_cells
from rarebit.datasets.files.text import as_plain
from rarebit.datasets.labels import encode_labels
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.over_sampling import QISMOTE
from rarebit.zoo.features import Column, holds_codes, rows_of


@dataclass(frozen=True)
class Resampled:
    """What :func:`resample_table` made."""

    # Original rows, then synthetic rows; columns as in the table, then those that the sampler adds
    frame: pd.DataFrame
    # The same as text, original cells as they stand in a text file; None for other tables
    cells: pd.DataFrame | None
    n_original: int
    # Parents, weight and energy of each synthetic row, where the sampler has ``synthetic_``
    provenance: pd.DataFrame | None
    # Columns that are not resampled, and why: synthetic rows have the cells of their parents there
    copied: dict[str, str]
    # Which missing values were filled, and with what
    notes: tuple[str, ...]
    # What to know before the rows are used
    warnings: tuple[str, ...]

    @property
    def n_synthetic(self) -> int:
        """Number of synthetic rows."""
        return len(self.frame) - self.n_original


def resample_table(
    table: Any,
    target: str,
    *,
    sampler: Any = None,
    impute: bool = False,
    ignore: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
) -> Resampled:
    """Add synthetic rows of the rare classes to a table.

    The table is read as :func:`rarebit.datasets.make_dataset` reads it: numbers and dates are
    interpolated, whatever their spelling, and new ones are spelled alike. Columns that it leaves
    out, and identifiers, are copied from the row that a synthetic row is made from.

    Parameters
    ----------
    table : path, or DataFrame of shape (n_rows, n_columns)
        A file for :func:`rarebit.datasets.read_table`, or a table in memory.
    target : str
        Column with the class labels. Rows without a label are kept, and play no part.
    sampler : over-sampler, default=None
        An over-sampler of imbalanced-learn or of :mod:`rarebit.over_sampling`; fitted in place.
        None for ``QISMOTE(random_state=0)``.
    impute : bool, default=False
        Whether missing values are filled: in numeric columns with the median (the lower one of two
        middle values), in others with the most frequent value. If False, they are refused.
    ignore : sequence of str, default=()
        Columns to leave out of the result.
    roles : mapping of str to str, default=None
        What some columns are used as, as in :func:`rarebit.datasets.make_dataset`; those to "drop"
        stay in the result.

    Returns
    -------
    Resampled
        The rows, where the synthetic ones come from, notes and warnings.

    Examples
    --------
    >>> table = pd.DataFrame({"age": [40, 45, 50, 55, 61, 70], "died": list("nnnnyy")})
    >>> made = resample_table(table, "died")
    >>> made.frame["died"].value_counts().to_dict(), made.n_synthetic
    ({'n': 4, 'y': 4}, 2)
    >>> made.provenance["parent"].tolist()
    [5, 4]
    """
    name = str(table) if isinstance(table, str | PathLike) else "the table"
    sampler = QISMOTE(random_state=0) if sampler is None else sampler
    if not isinstance(sampler, BaseOverSampler):
        raise InputError(f"sampler is {sampler!r}: give an over-sampler such as QISMOTE().")
    typed, every_cell = _read(table)
    is_text = typed is not every_cell
    target = as_column_name(target, typed)
    if not isinstance(target, str):
        raise InputError(f"target is {shortened(repr(target))}: give the name of a column.")
    labelled = _labelled_rows(typed, target)
    typed = typed.iloc[labelled].reset_index(drop=True)
    dataset = make_dataset(typed, target, ignore=ignore, roles=roles)
    ignored = [as_column_name(x, typed) for x in ([ignore] if isinstance(ignore, str) else ignore)]
    typed, every_cell = typed.drop(columns=ignored), every_cell.drop(columns=ignored)
    cells = every_cell.iloc[labelled].reset_index(drop=True) if is_text else typed

    columns = _columns_of(dataset, cells, typed)
    notes = [column.impute() for column in columns if column.gaps.any()] if impute else []
    _refuse_missing(name, columns)
    cells = cells.assign(**{column.name: column.cells for column in columns})
    made = _fit_resample(name, sampler, columns, dataset.labels)
    below = _new_cells(made, columns, cells, pd.Series(dataset.labels), target)
    frame = pd.concat([cells, below], ignore_index=True)
    frame = frame.assign(**made.X[[column for column in made.X if column not in frame]])
    frame = _with_unlabelled(frame, every_cell, labelled)
    copied = _why_copied(dataset, [str(x) for x in below if x not in made.X and x != target])
    return Resampled(
        frame.assign(**frame[typed.columns].apply(as_plain)) if is_text else frame,
        frame if is_text else None,
        len(every_cell),
        _in_terms_of_all(made.provenance, labelled, len(every_cell)),
        copied,
        tuple(notes),
        (*_unlabelled(labelled, every_cell), *dataset.notes, *_copied(copied), *made.warnings),
    )


def _read(table: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a table as it is read, and its cells: of a text file, the text that stands there."""
    if not isinstance(table, str | PathLike):
        frame = as_frame(table)
        return frame, frame
    typed = as_frame(read_table(table))
    return typed, read_cells(table) if kind_of(existing_file(table)) == "text" else typed


@dataclass(frozen=True)
class _Made:
    """What a sampler made: all rows as it takes them, and the rows that new ones come from."""

    X: pd.DataFrame
    labels: pd.Series
    n_original: int
    parents: np.ndarray
    provenance: pd.DataFrame | None
    warnings: list[str]


def _labelled_rows(frame: pd.DataFrame, target: str) -> np.ndarray:
    """Positions of the rows with a label; all of them where there is no such column."""
    if target not in frame:
        return np.arange(len(frame))
    return np.flatnonzero(encode_labels(frame[target]).labelled)


def _columns_of(dataset: Dataset, cells: pd.DataFrame, typed: pd.DataFrame) -> list[Column]:
    """Columns that the sampler takes: the features, except numbers that name rows."""
    roles: dict[str, Role] = {
        name: Role.CATEGORICAL if role == Role.NUMERIC and holds_codes(typed[name]) else role
        for name, role in dataset.roles.items()
        if role != Role.TEXT and (role != Role.NUMERIC or not IDENTIFIER_NAME.search(name))
    }
    values = clean_values(typed, roles, dataset.spellings)
    columns = []
    for name, role in roles.items():
        column = typed[name]
        own = column if cells is typed else cells[name]
        spelling = dataset.spellings.get(name, PLAIN)
        columns.append(Column(name, role, spelling, own, column, values[name]))
    return columns


def _refuse_missing(name: str, columns: list[Column]) -> None:
    """Refuse missing values, naming the first column that has some."""
    missing = {column.name: n for column in columns if (n := int(column.gaps.sum()))}
    if missing:
        first, n_missing = next(iter(missing.items()))
        others = f" ({len(missing)} columns have missing values)" if len(missing) > 1 else ""
        raise InputError(
            f"{name} cannot be resampled: {first!r} has {count(n_missing, 'missing value')}"
            f"{others}. Fill them with `impute`, or leave columns out with `ignore`."
        )


def _fit_resample(name: str, sampler: Any, columns: list[Column], labels: np.ndarray) -> _Made:
    """Resample; collect the sampler's warnings."""
    if not columns:
        raise InputError(f"{name} cannot be resampled: its only features are identifiers.")
    X = pd.DataFrame({column.name: column.for_sampler()[0] for column in columns})
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RarebitWarning)
        try:
            X_new, new_labels = sampler.fit_resample(X, labels)
        except InputError:
            raise
        except (ValueError, TypeError) as error:
            why = str(error).strip().partition("\n")[0]
            raise InputError(f"{name} cannot be resampled: {why}") from None
    remarks = [
        Remark.read(str(found.message))
        for found in caught
        if issubclass(found.category, RarebitWarning)
    ]
    provenance = getattr(sampler, "synthetic_", None)
    if provenance is not None:
        parents = provenance["parent"].to_numpy(dtype=np.int64)
    elif hasattr(sampler, "sample_indices_"):
        parents = sampler.sample_indices_[len(X) :]
    else:
        parents = _nearest(X, labels, X_new.iloc[len(X) :], new_labels[len(X) :])
    return _Made(X_new, pd.Series(new_labels[len(X) :]), len(X), parents, provenance, remarks)


def _nearest(
    X: pd.DataFrame, labels: np.ndarray, new: pd.DataFrame, new_labels: np.ndarray
) -> np.ndarray:
    """For each new row, the nearest original row of its class: its parent, if none is known."""
    comparable = pd.concat([X, new], ignore_index=True).select_dtypes(["number", "object"])
    points = StandardScaler().fit_transform(pd.get_dummies(comparable))
    old, made = points[: len(X)], points[len(X) :]
    parents = np.empty(len(new), dtype=np.int64)
    for label in np.unique(new_labels):
        rows, wanted = np.flatnonzero(labels == label), new_labels == label
        search = NearestNeighbors(n_neighbors=1).fit(old[rows])
        parents[wanted] = rows[search.kneighbors(made[wanted], return_distance=False)[:, 0]]
    return parents


def _new_cells(
    made: _Made, columns: list[Column], cells: pd.DataFrame, labels: pd.Series, target: str
) -> pd.DataFrame:
    """New rows as cells of the table; what is no feature is copied from the parents."""
    below = cells.iloc[made.parents].reset_index(drop=True)
    new = {
        column.name: column.for_sampler()[1](made.X[column.name].iloc[made.n_original :])
        for column in columns
    }
    new[target] = cells[target].iloc[rows_of(cells[target], labels, made.labels)]
    return below.assign(**{name: column.reset_index(drop=True) for name, column in new.items()})


def _with_unlabelled(
    frame: pd.DataFrame, every_cell: pd.DataFrame, labelled: np.ndarray
) -> pd.DataFrame:
    """Put the rows without a label back where they were."""
    n_rows = len(every_cell)
    if len(labelled) == n_rows:
        return frame
    places = [*labelled, *range(n_rows, n_rows + len(frame) - len(labelled))]
    others = every_cell.drop(index=labelled.tolist())
    return pd.concat([frame.set_axis(places, axis=0), others]).sort_index()


def _in_terms_of_all(
    provenance: pd.DataFrame | None, labelled: np.ndarray, n_rows: int
) -> pd.DataFrame | None:
    """Count rows among all of the table, also those without a label."""
    if provenance is None:
        return None
    places = np.append(labelled, np.arange(n_rows, n_rows + len(provenance)))
    ends = ["row", "parent", "neighbor"]
    return provenance.assign(**{end: places[provenance[end].astype("int64")] for end in ends})


def _why_copied(dataset: Dataset, names: list[str]) -> dict[str, str]:
    """Say why columns are no features of the sampler."""
    reports = {report.name: report for report in dataset.columns}
    return {
        name: "text with many values"
        if dataset.roles.get(name) == Role.TEXT
        else reports[name].reason.removeprefix("dropped: ")
        if reports[name].used_as == "dropped"
        else "named like an identifier"
        for name in names
    }


def _unlabelled(labelled: np.ndarray, every_cell: pd.DataFrame) -> list[str]:
    """Say what becomes of rows without a label."""
    n_rows = len(every_cell)
    n_missing = n_rows - len(labelled)
    if not n_missing:
        return []
    is_last = n_rows - 1 not in labelled
    return [
        f"{n_missing} of {n_rows} rows have no target: they are kept as they are, and no row is "
        "made from them.",
        *(find_totals(every_cell, "has no target and stays in the result") if is_last else ()),
    ]


def _copied(columns: dict[str, str]) -> list[str]:
    """Say what synthetic rows hold in columns that are no features."""
    ids = [f"{name} ({why})" for name, why in columns.items() if "identifier" in why]
    others = [f"{name} ({why})" for name, why in columns.items() if "identifier" not in why]
    repeated = (
        (ids, "id of the row they are made from, so ids are no longer unique"),
        (others, "cells of the row they are made from"),
    )
    return [
        f"{named('Column', which)}: synthetic rows repeat the {what}."
        for which, what in repeated
        if which
    ]
