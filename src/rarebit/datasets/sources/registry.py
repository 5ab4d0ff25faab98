"""The named data sets and what is known of each; ``registry.toml`` holds the entries."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from rarebit._common.wording import closest
from rarebit.exceptions import InputError


@dataclass(frozen=True)
class PaperFigures:
    """A row of Table 1 of the QCL-MixNet paper (arXiv 2506.13987).

    For most data sets with more than two classes, that table counts the label as a feature. Its
    imbalance ratio is that of a stratified 20 % test set.
    """

    rows: int
    features: int
    classes: int
    imbalance: float


@dataclass(frozen=True)
class DatasetInfo:
    """A named data set."""

    # What :func:`load_dataset` takes
    name: str
    # Embedded (generated, or part of scikit-learn), or its subfolder in a folder of data sets
    home: Literal["embedded", "tabular", "clinical"]
    rows: int
    features: int
    classes: int
    # Rows of the largest class per row of the smallest; the figure of the paper if the whole table
    # is not at hand
    imbalance: float
    rare_class: str
    source: str
    licence: str
    openml_id: int | None = None
    # Number of rows on OpenML, if different
    openml_rows: int | None = None
    # Labels on OpenML that form the rare class of a two-class problem; empty if the classes are
    # kept
    rare_labels: tuple[str, ...] = ()
    # Name of the step that turns the columns on OpenML into those of this table
    prepare: str | None = None
    # Checksum of ``<home>/<name>.csv.gz``
    sha256: str | None = None
    # What to know before trusting results on it
    note: str = ""
    paper: PaperFigures | None = None

    @property
    def where(self) -> str:
        """Where the data set comes from: embedded, OpenML or a local file."""
        if self.home == "embedded":
            return "embedded"
        local = f"RAREBIT_DATA/{self.home}/{self.name}.csv.gz"
        return local if self.openml_id is None else f"OpenML {self.openml_id} or {local}"


def list_datasets() -> list[DatasetInfo]:
    """List the named data sets.

    Returns
    -------
    list of DatasetInfo
        One entry per data set, the embedded ones first.

    Examples
    --------
    >>> [info.name for info in list_datasets()][:2]
    ['digits_8', 'breast_cancer_rare']
    """
    return list(_entries().values())


def dataset_info(name: str) -> DatasetInfo:
    """Look up a named data set."""
    entries = _entries()
    if not isinstance(name, str) or name not in entries:
        hint = closest(str(name), entries) or "; `rarebit datasets list` shows the names"
        raise InputError(f"there is no data set named {name!r}{hint}")
    return entries[name]


@cache
def _entries() -> dict[str, DatasetInfo]:
    """Read the registry."""
    text = files("rarebit.datasets.sources").joinpath("registry.toml").read_text(encoding="utf-8")
    return {name: _entry(name, **fields) for name, fields in tomllib.loads(text).items()}


def _entry(
    name: str,
    *,
    paper: dict[str, Any] | None = None,
    rare_labels: list[str] | None = None,
    **fields: Any,
) -> DatasetInfo:
    """Make an entry from its fields in the file."""
    return DatasetInfo(
        name=name,
        rare_labels=tuple(rare_labels or ()),
        paper=None if paper is None else PaperFigures(**paper),
        **fields,
    )
