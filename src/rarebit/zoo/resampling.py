"""Over-sample a table with its target, as it is in a file: checked, imputed, in one frame."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import pandas as pd
from imblearn.over_sampling.base import BaseOverSampler
from pandas.api import types

from rarebit._common.frames import as_frame
from rarebit._common.wording import closest, count
from rarebit.datasets import Role, infer_columns, read_table
from rarebit.exceptions import InputError, RarebitWarning
from rarebit.over_sampling import QISMOTE

# Whole numbers up to this are exact in float64.
EXACT = 2**53


@dataclass(frozen=True)
class Resampled:
    """What :func:`resample_table` made."""

    # Original rows, then synthetic rows; columns as in the table, then those that the sampler adds
    frame: pd.DataFrame
    n_original: int
    # Parents, weight and energy of each synthetic row, where the sampler has ``synthetic_``
    provenance: pd.DataFrame | None
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
) -> Resampled:
    """Add synthetic rows of the rare classes to a table.

    Parameters
    ----------
    table : path, or DataFrame of shape (n_rows, n_columns)
        A file for :func:`rarebit.datasets.read_table`, or a table in memory.
    target : str
        Column with the class labels.
    sampler : over-sampler, default=None
        An over-sampler of imbalanced-learn or of :mod:`rarebit.over_sampling`; fitted in place.
        None for ``QISMOTE(random_state=0)``.
    impute : bool, default=False
        Whether missing values are filled: in numeric columns with the median (the lower one of two
        middle values), in others with the most frequent value. If False, they are refused.
    ignore : sequence of str, default=()
        Columns to leave out.

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
    is_file = isinstance(table, str | PathLike)
    name = str(table) if is_file else "the table"
    sampler = QISMOTE(random_state=0) if sampler is None else sampler
    if not isinstance(sampler, BaseOverSampler):
        raise InputError(f"sampler is {sampler!r}: give an over-sampler such as QISMOTE().")
    frame = read_table(table) if is_file else as_frame(table)
    for column in (target, *ignore):
        if column not in frame.columns:
            near = closest(column, frame.columns) or f"; it has {', '.join(frame.columns)}."
            raise InputError(f"{name} has no column '{column}'{near}")
    if target in ignore:
        raise InputError(f"ignore contains the target '{target}', which is needed.")
    frame = frame.drop(columns=list(ignore))
    problem = _problem_of_target(frame[target])
    if problem:
        raise InputError(f"{name} cannot be resampled: the target '{target}' {problem}.")
    notes: list[str] = []
    features = frame.drop(columns=target)
    if impute:
        features, notes = _impute(features)
    _refuse_missing(name, features)
    new_features, new_labels, said = _fit_resample(name, sampler, features, frame[target])
    new_features[target] = new_labels
    added = [column for column in new_features.columns if column not in frame.columns]
    return Resampled(
        new_features[[*frame.columns, *added]],
        len(frame),
        getattr(sampler, "synthetic_", None),
        tuple(notes),
        (*_doubtful_columns(features), *said),
    )


def _problem_of_target(target: pd.Series) -> str:
    """Say why a column cannot be the target; empty where it can."""
    n_missing, n_classes = int(target.isna().sum()), target.nunique()
    if n_missing:
        return f"has {count(n_missing, 'missing value')}: drop or label these rows first"
    if n_classes < 2:
        return f"has only one class, {target.iloc[0]!r}: give a column with at least two"
    if types.is_float_dtype(target) and (target % 1 != 0).any():
        return f"is a quantity with {n_classes} values, not a class: cut it into classes first"
    return ""


def _refuse_missing(name: str, features: pd.DataFrame) -> None:
    """Refuse missing values, naming the first column that has some."""
    counts = features.isna().sum()
    missing = counts[counts > 0]
    if len(missing):
        others = f" ({len(missing)} columns have missing values)" if len(missing) > 1 else ""
        raise InputError(
            f"{name} cannot be resampled: '{missing.index[0]}' has "
            f"{count(int(missing.iloc[0]), 'missing value')}{others}. Fill them with impute "
            "(--impute), or leave columns out with ignore (--ignore)."
        )


def _impute(features: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Fill missing values; say in which columns and with what."""
    features, notes = features.copy(), []
    for name in features.columns[features.isna().any()]:
        column = features[name]
        n_missing = int(column.isna().sum())
        if n_missing == len(column):
            raise InputError(
                f"The column '{name}' has no value at all: leave it out with ignore (--ignore)."
            )
        if types.is_numeric_dtype(column) and not types.is_bool_dtype(column):
            # The lower of two middle values: one that occurs in the column.
            value, what = column.quantile(0.5, interpolation="lower"), "the median"
            shown = f"{value:.10g}"
        else:
            value, what = column.mode().iloc[0], "the most frequent value"
            shown = repr(value)
        filled = column.copy()
        filled[filled.isna()] = value  # fillna would warn of objects in pandas 2
        features[name] = _as_integers(filled.infer_objects())
        notes.append(f"'{name}': {count(n_missing, 'missing value')} filled with {shown}, {what}.")
    return features, notes


def _as_integers(column: pd.Series) -> pd.Series:
    """Whole numbers as integers again: missing values alone had made them floats."""
    if column.dtype != "float64" or not (column % 1 == 0).all() or column.abs().max() >= EXACT:
        return column
    return column.astype("int64")


def _fit_resample(
    name: str, sampler: Any, features: pd.DataFrame, target: pd.Series
) -> tuple[pd.DataFrame, pd.Series, list[str]]:
    """Resample; return rows, labels and the sampler's warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RarebitWarning)
        try:
            new_features, new_labels = sampler.fit_resample(features, target)
        except ValueError as error:
            raise InputError(f"{name} cannot be resampled: {error}") from None
    said = [str(found.message) for found in caught if issubclass(found.category, RarebitWarning)]
    return new_features, new_labels, said


def _doubtful_columns(features: pd.DataFrame) -> list[str]:
    """Columns that are resampled like any other, although new values of them mean little."""
    doubtful = []
    for report in infer_columns(features)[1]:
        if report.used_as == Role.DATE or "identifier" in report.reason:
            kind = "a date" if report.used_as == Role.DATE else "an identifier"
            doubtful.append(
                f"'{report.name}' looks like {kind}; synthetic rows take its values from original "
                "rows. Leave it out with ignore (--ignore) if it should not be used."
            )
    return doubtful
