"""A table and the name of its target, checked and turned into a :class:`Dataset`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rarebit._common.frames import (
    as_column_name,
    as_frame,
    as_pandas,
    check_columns,
    column_name,
    is_binary,
)
from rarebit._common.wording import count
from rarebit.datasets._dataset import ColumnReport, Dataset
from rarebit.datasets.amounts import read_amounts, roles_with_amounts, take_amounts
from rarebit.datasets.by import subgroup_columns
from rarebit.datasets.checks import find_problems, find_totals
from rarebit.datasets.columns.cleaning import values_as_read
from rarebit.datasets.columns.reading import read_columns
from rarebit.datasets.columns.survey import Survey, find_spelling
from rarebit.datasets.columns.values import as_text, parse_dates, parse_numbers, text_of
from rarebit.datasets.files.headers import NOTES
from rarebit.datasets.labels import check_class_weights, encode_labels, positive_code
from rarebit.datasets.spellings import Spelling
from rarebit.exceptions import InputError

Column = str | npt.ArrayLike


def make_dataset(
    frame: Any,
    target: Column,
    *,
    name: str | None = None,
    positive: object = None,
    groups: Column | None = None,
    time: Column | None = None,
    weights: Column | None = None,
    ignore: str | Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    by: str | Sequence[str] | None = None,
    amounts: Sequence[str] = (),
    source: str = "",
) -> Dataset:
    """Check a table and its target, and decide what each column is used as.

    Parameters
    ----------
    frame : DataFrame or array-like of shape (n_rows, n_columns)
        The table; anything that :func:`as_frame` converts.
    target : str, int, tuple, or array-like of shape (n_rows,) or (n_rows, 1)
        Column of class labels, or the labels. Rows without a label are left out. A number such as
        3 means the column of that name, a tuple that of a pandas MultiIndex.
    name : str, default=None
        Name of the data set; None for "table".
    positive : object, default=None
        The class of a two-class problem that matters; None for the rarer one.
    groups : str or array-like of shape (n_rows,), default=None
        Column with the group of each row, or the groups.
    time : str or array-like of shape (n_rows,), default=None
        Column with the timestamp of each row, numbers or dates, or the timestamps.
    weights : str or array-like of shape (n_rows,), default=None
        Column with the weight of each row, or the weights.
    ignore : str or sequence of str, default=()
        Columns to leave out.
    roles : mapping of str to Role or str, default=None
        What some columns are used as: "numeric", "categorical", "boolean", "date", "text" or
        "drop". The others decide for themselves.
    by : str or sequence of str, default=None
        Columns by whose values results are shown for subgroups of the rows. They may also be
        features, or be ignored.
    amounts : sequence of str, default=()
        Columns that costs of decisions name, such as ("amount",). They are features unless they
        are ignored.
    source : str, default=""
        Where the table comes from.

    Returns
    -------
    Dataset
        The features, the target as codes, and what was found.

    Raises
    ------
    InputError
        If a column does not exist, there are fewer than two classes or no usable feature, the
        target is a quantity, or the groups, timestamps, weights or amounts cannot be used.

    Examples
    --------
    >>> table = {"age": [61, 58, 44, 70], "died": ["no", "yes", "no", "no"]}
    >>> dataset = make_dataset(table, "died")
    >>> dataset.classes, dataset.positive, dataset.target
    (('no', 'yes'), 1, array([0, 1, 0, 0]))
    """
    notes = _joined_names(frame)
    frame = as_frame(frame)
    notes += frame.attrs.get(NOTES, [])
    target, groups, time, weights = (
        as_column_name(column, frame) for column in (target, groups, time, weights)
    )
    ignore = _to_ignore(ignore, frame)
    amounts = [as_column_name(name, frame) for name in amounts]
    found = encode_labels(find_column(frame, target, "target"))
    cells = {
        use: find_column(frame, column, use)[found.labelled]
        for use, column in (("groups", groups), ("time", time), ("weights", weights))
        if column is not None
    }
    used = _used_elsewhere(target=target, groups=groups, time=time, weights=weights, ignore=ignore)
    for column in used:
        find_column(frame, column, "ignore")
        if isinstance(roles, Mapping) and column in roles:
            use = used[column].used_as
            raise InputError(
                f"column {column!r} is {'left out' if use == 'dropped' else f'the {use}'}: roles "
                "are for feature columns only"
            )
    check_amounts(amounts, target)
    roles = roles_with_amounts(roles, frame, [name for name in amounts if name not in used])
    amount_cells = frame
    is_row = bool(found.labelled[-1])
    notes += find_totals(
        frame, "counts as a row; take it out" if is_row else "has no target: left out"
    )
    if not found.labelled.all():
        frame = frame[found.labelled].reset_index(drop=True)
    reading = read_columns(frame.drop(columns=list(used)), roles)
    shown_by = None if by is None else subgroup_columns(frame, by, target, reading)
    rows, guessed = read_beside(cells, reading.survey)
    if weights is not None:
        check_class_weights(rows["weights"], found.codes, found.classes)
    found_amounts, spellings, guesses = read_amounts(amount_cells, amounts, reading)
    guessed += guesses
    if not reading.roles:
        raise InputError("no column can be used as a feature: " + _why_not(reading.reports))
    reports = {report.name: report for report in reading.reports} | used
    dataset = Dataset(
        name=name or "table",
        frame=values_as_read(frame, reading.roles, reading.spellings),
        target=found.codes,
        classes=found.classes,
        positive=positive_code(positive, found.classes, found.codes),
        roles=reading.roles,
        groups=rows.get("groups"),
        time=rows.get("time"),
        sample_weight=rows.get("weights"),
        columns=tuple(reports[column] for column in frame.columns),
        source=source,
        by=shown_by,
        spellings={**reading.spellings, **spellings},
        amounts=take_amounts(found_amounts, found.labelled),
    )
    notes += [*found.notes, *reading.notes, *guessed]
    return replace(dataset, notes=(*notes, *find_problems(dataset)))


def _joined_names(frame: Any) -> list[str]:
    """Say that the levels of column names are joined."""
    if not (isinstance(frame, pd.DataFrame) and isinstance(frame.columns, pd.MultiIndex)):
        return []
    example = frame.columns[-1]
    return [
        "Names of columns have several levels, which are joined by dots: "
        f"{example!r} is {column_name(example)!r}."
    ]


def _to_ignore(ignore: Any, frame: pd.DataFrame) -> list[str]:
    """Return the names of the columns to leave out."""
    names = as_column_name(ignore, frame)
    names = [names] if isinstance(names, str) else names
    if isinstance(names, Iterable):
        names = [as_column_name(name, frame) for name in names]
        if all(isinstance(name, str) for name in names):
            return names
    raise InputError(f"ignore is {ignore!r}: give names of columns")


def check_amounts(amounts: Sequence[str], target: Any) -> None:
    """Refuse the target as a column of costs."""
    if isinstance(target, str) and target in amounts:
        raise InputError(f"column {target!r} cannot be target and cost at once")


def find_column(frame: pd.DataFrame, column: Column, what: str) -> pd.Series:
    """Return the column of a name, or the values as a column."""
    if isinstance(column, str):
        check_columns(frame, [column], what)
        if what != "ignore" and is_binary(frame[column]):
            raise InputError(f"column {column!r} (for {what}) holds binary data, no text in UTF-8")
        return frame[column]
    values = _one_value_a_row(column, what)
    if len(values) != len(frame):
        raise InputError(f"{what} has {len(values)} values, the table {len(frame)} rows")
    return values


def _one_value_a_row(column: Any, what: str) -> pd.Series:
    """Return values as a column; they may be a table or an array with one column."""
    column = as_pandas(column)
    shape = getattr(column, "shape", ())
    if len(shape) > 1:
        if shape[1:] != (1,):
            raise InputError(f"{what} has shape {tuple(shape)}; give one value per row")
        column = column.iloc[:, 0] if isinstance(column, pd.DataFrame) else np.asarray(column)[:, 0]
    if isinstance(column, list | tuple) and all(
        isinstance(row, list | tuple) and len(row) == 1 for row in column
    ):
        column = [row[0] for row in column]
    values = pd.Series(column).reset_index(drop=True)
    cells = values if values.dtype == object else ()
    if any(isinstance(cell, list | tuple | dict | set | np.ndarray) for cell in cells):
        raise InputError(f"{what} holds lists or the like; give one value per row")
    return values


def _used_elsewhere(ignore: Sequence[str], **columns: Column | None) -> dict[str, ColumnReport]:
    """Report on the columns that are not features."""
    used = {column: ColumnReport(column, "dropped", "dropped: as asked for") for column in ignore}
    for use, column in columns.items():
        if isinstance(column, str):
            if column in used:
                raise InputError(
                    f"column {column!r} cannot be {use} and {used[column].used_as} at once"
                )
            used[column] = ColumnReport(column, use, use)
    return used


def read_beside(
    cells: Mapping[str, pd.Series], survey: Survey
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Read groups, timestamps and weights, written like the features; and say what was guessed."""
    rows: dict[str, np.ndarray] = {}
    guessed: list[str] = []
    for use, column in cells.items():
        if use == "groups":
            rows[use] = _groups(column)
            continue
        spelling, sentences = find_spelling(column, use, survey)
        rows[use] = (_moments if use == "time" else _weights)(column, spelling)
        guessed += sentences
    return rows, guessed


def _weights(column: pd.Series, spelling: Spelling) -> np.ndarray:
    """Read weights, all present and not negative."""
    weights = parse_numbers(column, spelling)
    bad = np.isnan(weights) | (weights < 0)
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"the weight of data row {column.index[row] + 1} is {_shown(column.iloc[row])}: give a "
            "number of at least 0"
        )
    with np.errstate(over="ignore"):
        if np.isinf(weights.sum()):
            raise InputError("the weights are too large to be added: divide them by one number")
    return weights


def _moments(column: pd.Series, spelling: Spelling) -> np.ndarray:
    """Read timestamps as numbers, or as dates counted in days."""
    numbers, days = parse_numbers(column, spelling), parse_dates(column, spelling)
    moments = days if np.isnan(days).sum() < np.isnan(numbers).sum() else numbers
    if np.isnan(moments).any():
        row = int(np.isnan(moments).argmax())
        raise InputError(
            f"the time of data row {column.index[row] + 1} is {_shown(column.iloc[row])}: give a "
            "number, or a date like 2021-12-31"
        )
    return moments


def _shown(cell: object) -> str:
    """Show a cell that cannot be read."""
    return "missing" if text_of(cell) is None else repr(str(cell))


def _groups(column: pd.Series) -> np.ndarray:
    """Number the groups."""
    texts = as_text(column)
    missing = pd.isna(texts)
    if missing.any():
        raise InputError(f"{count(int(missing.sum()), 'row')} without a group: give each row one")
    codes, groups = pd.factorize(texts)
    if len(groups) < 2:
        raise InputError("all rows belong to one group; splits need at least two")
    return codes.astype(np.int64)


def _why_not(reports: list[ColumnReport]) -> str:
    """Summarise why no column can be used."""
    if not reports:
        return "the table has none besides the target"
    return "; ".join(f"{report.name!r} is {report.reason}" for report in reports[:5])
