"""A table with its target and the roles of its columns, which every other package works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rarebit._common.predictions import combine_weights
from rarebit.datasets.spellings import Spelling
from rarebit.decision.prior import read_prevalence, stands_for


class Role(StrEnum):
    """How a feature column is used."""

    NUMERIC = "numeric"
    BOOLEAN = "boolean"
    CATEGORICAL = "categorical"
    DATE = "date"
    # Many values, used through the classes of their rows
    TEXT = "text"
    # One value or nothing: being there is the information
    PRESENCE = "present or missing"


@dataclass(frozen=True)
class ColumnReport:
    """How one column of the input is used, and why."""

    name: str
    # A Role, "target", "groups", "time", "weights" or "dropped"
    used_as: str
    reason: str


@dataclass(frozen=True)
class Dataset:
    """A table ready for comparison.

    Parameters
    ----------
    name : str
        Name of the data set, or the stem of the file.
    frame : DataFrame of shape (n_rows, n_features)
        The feature columns, in the order of the input. Text that was read as numbers, dates or
        truth values holds these, other text is stripped, and None where it means missing; columns
        of other types are as they were.
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
        Timestamp of each row; if given, training rows always precede test rows.
    sample_weight : ndarray of shape (n_rows,), float64, or None
        Weight of each row in fitting and scoring.
    columns : tuple of ColumnReport
        How every column of the input is used.
    notes : tuple of str
        Warnings found on reading: repeated rows, columns that give the target away, tiny classes.
    source : str
        Where the table comes from.
    spellings : dict of str to Spelling
        How the cells of columns of text were written.
    by : DataFrame of shape (n_rows, n_columns) or None
        Values by which results are shown for subgroups of the rows, such as the sex; their columns
        may be features as well.
    amounts : DataFrame of shape (n_rows, n_amounts) or None
        Amounts that costs of decisions name, as numbers; they need not be features.
    design_weight : ndarray of shape (n_rows,), float64, or None
        Rows that each row stands for where the model is used, as :meth:`at_prevalence` sets it:
        in everything but the fit itself.

    Attributes
    ----------
    counts : ndarray of shape (n_classes,), int64
        Number of rows of each class.
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
    spellings: dict[str, Spelling] = field(default_factory=dict)
    by: pd.DataFrame | None = None
    amounts: pd.DataFrame | None = None
    design_weight: np.ndarray | None = None
    counts: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        counts = np.bincount(self.target, minlength=len(self.classes))
        object.__setattr__(self, "counts", counts)

    @property
    def full_weight(self) -> np.ndarray | None:
        """Weight of each row in everything but the fit itself: its own times its design weight."""
        return combine_weights(self.sample_weight, self.design_weight)

    @property
    def table(self) -> pd.DataFrame:
        """What a model is given: the features, and amounts of costs that are not among them."""
        if self.amounts is None:
            return self.frame
        others = self.amounts.drop(columns=self.frame.columns, errors="ignore")
        return self.frame if others.empty else self.frame.assign(**others)

    @property
    def table_roles(self) -> dict[str, str]:
        """Role of each column of :attr:`table`; what is no feature is dropped."""
        return {name: str(self.roles.get(name, "drop")) for name in self.table.columns}

    @property
    def labels(self) -> np.ndarray:
        """Class label of each row as the user wrote it."""
        return np.array(self.classes)[self.target]

    @property
    def imbalance_ratio(self) -> float:
        """Rows of the largest class per row of the smallest."""
        return float(self.counts.max() / self.counts.min())

    @property
    def dropped(self) -> dict[str, str]:
        """Columns that are left out although nobody asked for it, and why."""
        return {
            column.name: column.reason.removeprefix("dropped: ")
            for column in self.columns
            if column.used_as == "dropped" and column.reason != "dropped: as asked for"
        }

    def at_prevalence(self, prevalence: float | str | Mapping[str, float]) -> Dataset:
        """Return the table as a sample from where the classes have other shares.

        Parameters
        ----------
        prevalence : float, str or mapping
            Share of the rare class of two, or of each class: ``"a=0.1,b=0.2"`` or a dict. One class
            may be left out: it has the rest.

        Returns
        -------
        Dataset
            The same rows; scores weight them to these shares.
        """
        shares = read_prevalence(prevalence, self.classes, self.positive)
        return replace(self, design_weight=stands_for(self.target, self.sample_weight, shares))

    def take(self, rows: npt.ArrayLike) -> Dataset:
        """Take some rows; classes, roles and notes stay the same.

        Parameters
        ----------
        rows : array-like of int, or of bool and shape (n_rows,)
            Positions of the rows in the order wanted, or which rows to keep.

        Returns
        -------
        Dataset
            The rows, with a fresh index.
        """
        picked = np.asarray(rows)
        taken: dict[str, Any] = {}
        for name in ("target", "groups", "time", "sample_weight", "design_weight"):
            if (values := getattr(self, name)) is not None:
                taken[name] = values[picked]
        for name in ("frame", "by", "amounts"):
            if (table := getattr(self, name)) is not None:
                taken[name] = table.iloc[picked].reset_index(drop=True)
        return replace(self, **taken)
