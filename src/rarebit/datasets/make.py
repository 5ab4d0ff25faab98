"""A table and the name of its target, checked and turned into a :class:`Dataset`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types

from rarebit._common.frames import as_column_name, as_frame, as_pandas, column_name
from rarebit._common.wording import closest, first_few
from rarebit.datasets._dataset import ColumnReport, Dataset
from rarebit.datasets.checks import find_problems
from rarebit.datasets.columns.roles import infer_columns
from rarebit.datasets.columns.values import as_text, parse_dates, parse_numbers
from rarebit.exceptions import InputError

# A number with more values than this, each in few rows, is a quantity and not a class.
MOST_NUMERIC_CLASSES = 20
FEWEST_ROWS_A_VALUE = 4

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
        target is a quantity, or the groups, timestamps or weights cannot be used.

    Examples
    --------
    >>> table = {"age": [61, 58, 44, 70], "died": ["no", "yes", "no", "no"]}
    >>> dataset = make_dataset(table, "died")
    >>> dataset.classes, dataset.positive, dataset.target
    (('no', 'yes'), 1, array([0, 1, 0, 0]))
    """
    notes = _joined_names(frame)
    frame = as_frame(frame)
    target, groups, time, weights, ignore = (
        as_column_name(wanted, frame) for wanted in (target, groups, time, weights, ignore)
    )
    ignore = [ignore] if isinstance(ignore, str) else ignore
    if not isinstance(ignore, Iterable):
        raise InputError(f"ignore is {ignore!r}: give names of columns")
    ignore = [as_column_name(name, frame) for name in ignore]
    if not all(isinstance(name, str) for name in ignore):
        raise InputError(f"ignore is {ignore!r}: give names of columns")
    labels = _column(frame, target, "target")
    moments = None if time is None else _moments(_column(frame, time, "time"))
    weight = None if weights is None else _weights(_column(frame, weights, "weights"))
    group = None if groups is None else _groups(_column(frame, groups, "groups"))
    used = _used_elsewhere(target=target, groups=groups, time=time, weights=weights, ignore=ignore)
    for column in used:
        _column(frame, column, "ignore")

    labelled, classes, codes = _encode(labels)
    if not labelled.all():
        n_missing = int((~labelled).sum())
        notes.append(f"{n_missing} of {len(frame)} rows have no target and are left out.")
        frame = frame[labelled].reset_index(drop=True)
        moments, weight, group = (
            None if values is None else values[labelled] for values in (moments, weight, group)
        )
    if weight is not None and not weight.any():
        raise InputError("every weight is 0; give at least one row a weight above 0")
    roles, found = infer_columns(frame.drop(columns=list(used)))
    if not roles:
        raise InputError("no column can be used as a feature: " + _why_not(found))
    reports = {report.name: report for report in found} | used
    dataset = Dataset(
        name=name or "table",
        frame=frame[list(roles)],
        target=codes,
        classes=classes,
        positive=_positive(positive, classes, codes),
        roles=roles,
        groups=group,
        time=moments,
        sample_weight=weight,
        columns=tuple(reports[column] for column in frame.columns),
        source=source,
    )
    return replace(dataset, notes=(*notes, *find_problems(dataset)))


def _joined_names(frame: Any) -> list[str]:
    """Say that the levels of column names are joined."""
    if not isinstance(getattr(frame, "columns", None), pd.MultiIndex):
        return []
    example = frame.columns[-1]
    return [
        "Names of columns have several levels, which are joined by dots: "
        f"{example!r} is {column_name(example)!r}."
    ]


def _column(frame: pd.DataFrame, column: Column, what: str) -> pd.Series:
    """Return the column of a name, or the values as a column."""
    if isinstance(column, str):
        if column not in frame.columns:
            raise InputError(
                f"the table has no column {column!r} (for {what})"
                f"{closest(column, frame.columns) or '; it has ' + _names(frame.columns)}"
                + (
                    ", one column only: separate columns by comma, semicolon, tab or |"
                    if frame.shape[1] == 1
                    else ""
                )
            )
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


def _names(names: Iterable[object]) -> str:
    """List the first names or labels."""
    return first_few(map(repr, names), most=8)


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


def _encode(labels: pd.Series) -> tuple[np.ndarray, tuple[object, ...], np.ndarray]:
    """Return which rows have a label, the sorted classes, and the codes of the labelled rows."""
    texts = as_text(labels)
    labelled = pd.notna(texts)
    values: np.ndarray
    if types.is_complex_dtype(labels.dtype):
        raise InputError("the target holds complex numbers; name a column of classes")
    if types.is_bool_dtype(labels.dtype):
        values = labels[labelled].to_numpy(dtype=bool)
    elif types.is_numeric_dtype(labels.dtype):
        values = _label_numbers(labels[labelled])
        _refuse_quantity(values)
    else:
        values = texts[labelled].astype(str)
    classes, codes = np.unique(values, return_inverse=True)
    if len(values) < 2:
        raise InputError(f"the target has {len(values)} labelled rows; at least two are needed")
    if len(classes) < 2:
        raise InputError(
            f"the target has only one class, {classes.tolist()[0]!r}; at least two are needed"
        )
    if len(classes) > len(values) / 2 and len(values) > MOST_NUMERIC_CLASSES:
        raise InputError(
            f"the target has {len(classes)} classes in {len(values)} rows; "
            "name a column whose values repeat"
        )
    return labelled, tuple(classes.tolist()), codes.astype(np.int64).reshape(-1)


def _label_numbers(labels: pd.Series) -> np.ndarray:
    """Return whole numbers as integers: 1.0 and 0.0 are the classes 1 and 0."""
    if types.is_signed_integer_dtype(labels.dtype):
        # float64 would merge long numbers that differ in the last digits.
        return labels.to_numpy(dtype=np.int64)
    numbers = parse_numbers(labels)
    unclear = np.isnan(numbers) | (np.abs(numbers) >= 2**53)
    if unclear.any():
        row = labels.index[unclear.argmax()]
        raise InputError(
            f"the target of data row {row + 1}, {labels[row]}, is infinite or too large to be told "
            "apart from others; use words for the classes"
        )
    return numbers.astype(np.int64) if np.all(numbers == np.round(numbers)) else numbers


def _refuse_quantity(values: np.ndarray) -> None:
    """Refuse a numeric target that is a measurement rather than a class."""
    distinct = len(np.unique(values))
    whole = values.dtype.kind == "i"
    if distinct > MOST_NUMERIC_CLASSES and (
        not whole or len(values) < FEWEST_ROWS_A_VALUE * distinct
    ):
        raise InputError(
            f"the target is a number with {distinct} values, a quantity and not a class; "
            "divide it into classes first"
        )


def _positive(wanted: object, classes: tuple[object, ...], codes: np.ndarray) -> int | None:
    """Return the code of the positive class of a two-class problem."""
    if wanted is None:
        if len(classes) > 2:
            return None
        counts = np.bincount(codes, minlength=2)
        return 0 if counts[0] < counts[1] else 1
    matches = [
        code
        for code, label in enumerate(classes)
        if label == wanted and isinstance(label, bool) == isinstance(wanted, bool)
    ]
    matches = matches or [code for code, label in enumerate(classes) if str(label) == str(wanted)]
    if not matches:
        raise InputError(f"positive is {wanted!r}: give a class of the target, {_names(classes)}")
    if len(classes) > 2:
        raise InputError(
            f"positive is {wanted!r}, which needs a target with two classes; this one has "
            f"{len(classes)}"
        )
    return matches[0]


def _weights(column: pd.Series) -> np.ndarray:
    """Read weights, all present and not negative."""
    weights = parse_numbers(column)
    bad = np.isnan(weights) | (weights < 0)
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"the weight of data row {row + 1} is {str(column.iloc[row])!r}: give a number of at "
            "least 0"
        )
    return weights


def _moments(column: pd.Series) -> np.ndarray:
    """Read timestamps as numbers, or as dates counted in days."""
    numbers, days = parse_numbers(column), parse_dates(column)
    moments = days if np.isnan(days).sum() < np.isnan(numbers).sum() else numbers
    if np.isnan(moments).any():
        row = int(np.isnan(moments).argmax())
        raise InputError(
            f"the time of data row {row + 1} is {str(column.iloc[row])!r}: give a number, or a "
            "date like 2021-12-31"
        )
    return moments


def _groups(column: pd.Series) -> np.ndarray:
    """Number the groups."""
    texts = as_text(column)
    missing = pd.isna(texts)
    if missing.any():
        raise InputError(f"{missing.sum()} rows have no group; give every row one")
    codes, groups = pd.factorize(texts)
    if len(groups) < 2:
        raise InputError("all rows belong to one group; splits need at least two")
    return codes.astype(np.int64)


def _why_not(reports: list[ColumnReport]) -> str:
    """Summarise why no column can be used."""
    if not reports:
        return "the table has none besides the target"
    return "; ".join(f"{report.name!r} is {report.reason}" for report in reports[:5])
