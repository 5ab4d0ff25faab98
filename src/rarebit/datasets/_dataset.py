"""A table with its target and the roles of its columns: what every other room works on."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import pandas as pd


class Role(StrEnum):
    """What a feature column is used as."""

    NUMERIC = "numeric"
    BOOLEAN = "boolean"
    CATEGORICAL = "categorical"
    DATE = "date"


@dataclass(frozen=True)
class ColumnReport:
    """What was done with one column of the input, and why.

    ``used_as`` is a :class:`Role` value, ``"target"``, ``"groups"``, ``"time"``, ``"weights"`` or
    ``"dropped"``; ``reason`` is a short phrase for people.
    """

    name: str
    used_as: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """A table ready for comparison.

    Attributes
    ----------
    name : str
        Name of the data set, or the stem of the file.
    frame : DataFrame of shape (n_rows, n_features)
        The feature columns alone, in the order of the input, values as read.
    target : ndarray of shape (n_rows,), int64
        Class of each row as a code, the position in ``classes``.
    classes : tuple
        Class labels as the user wrote them, sorted.
    positive : int or None
        Code of the rare class of a two-class problem; None with three classes or more.
    roles : dict of str to Role
        Role of each column of ``frame``.
    groups : ndarray of shape (n_rows,) or None
        Rows of one group (a patient, say) stay on one side of every split.
    time : ndarray of shape (n_rows,) or None
        Moment of each row; where given, splits only look back.
    sample_weight : ndarray of shape (n_rows,), float64, or None
        Weight of each row in fitting and scoring.
    columns : tuple of ColumnReport
        What was done with every column of the input.
    notes : tuple of str
        Warnings found on reading: repeated rows, columns that give the target away, tiny classes.
    source : str
        Where the table comes from.
    """

    name: str
    frame: pd.DataFrame
    target: np.ndarray
    classes: tuple[object, ...]
    positive: int | None
    roles: dict[str, Role]
    groups: np.ndarray | None = None
    time: np.ndarray | None = None
    sample_weight: np.ndarray | None = None
    columns: tuple[ColumnReport, ...] = ()
    notes: tuple[str, ...] = ()
    source: str = ""
    counts: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        counts = np.bincount(self.target, minlength=len(self.classes))
        object.__setattr__(self, "counts", counts)

    @property
    def labels(self) -> np.ndarray:
        """Class label of each row as the user wrote it."""
        return np.array(self.classes)[self.target]

    @property
    def imbalance_ratio(self) -> float:
        """Rows of the largest class for each row of the smallest."""
        return float(self.counts.max() / self.counts.min())
