"""Columns by whose values results are shown; they may be features, or ignored as features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from rarebit._common.frames import as_column_name, as_frame, check_columns
from rarebit.datasets._dataset import Dataset, Role
from rarebit.datasets.columns.cleaning import values_as_read
from rarebit.datasets.columns.reading import Reading, read_columns
from rarebit.datasets.columns.values import as_text
from rarebit.exceptions import InputError


def with_subgroups(dataset: Dataset, by: str | Sequence[str]) -> Dataset:
    """Return the data set with some of its columns as those that results are shown by."""
    return replace(dataset, by=subgroup_columns(dataset.frame, by))


def subgroup_columns(
    frame: pd.DataFrame, by: Any, target: Any = None, features: Reading | None = None
) -> pd.DataFrame:
    """Return the columns of a table, as read, that results are shown by, as values."""
    given = [by] if isinstance(by, str) or not isinstance(by, Sequence) else list(by)
    names = [as_column_name(name, frame) for name in given]
    check_columns(frame, names, "by")
    if isinstance(target, str) and target in names:
        raise InputError(f"column {target!r} cannot be target and by at once")
    if not names or len(set(names)) < len(names):
        raise InputError(f"by is {by!r}: give at least one column, and each one once.")
    chosen = frame[names]
    own, features = read_columns(chosen), features or Reading()
    roles = own.roles | features.roles
    # Truth values keep their spelling, such as "yes".
    typed = {name: roles[name] for name in names if roles.get(name) in (Role.NUMERIC, Role.DATE)}
    read = values_as_read(chosen, typed, own.spellings | features.spellings)
    texts = {name: pd.Series(as_text(chosen[name]), dtype=object) for name in names}
    return as_frame({name: read[name] if name in typed else texts[name] for name in names})
