"""Rows with labels, read as a fitted model reads new rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rarebit._common.frames import as_column_name, as_frame
from rarebit._common.predictions import check_row_weights
from rarebit._common.wording import count
from rarebit.datasets import Dataset, Role, clean_values
from rarebit.datasets.amounts import take_amounts
from rarebit.datasets.by import subgroup_columns
from rarebit.datasets.columns.survey import Survey, find_spelling, find_spellings
from rarebit.datasets.files.headers import NOTES
from rarebit.datasets.labels import known_codes
from rarebit.datasets.make import check_amounts, find_column, read_beside
from rarebit.exceptions import InputError
from rarebit.zoo import TreatedClassifier
from rarebit.zoo.goal import amounts_for


def labelled_rows(
    model: TreatedClassifier,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    weights: Any = None,
    by: Any = None,
    amounts: Sequence[str] = (),
    name: str | None = None,
    source: str = "",
) -> Dataset:
    """Return the rows that have a label; classes and roles are those of the model.

    The other parameters are as for :func:`rarebit.datasets.make_dataset`.
    """
    if isinstance(X, Dataset):
        given = {"y": y, "groups": groups, "weights": weights, "by": by}
        if found := [name for name, value in given.items() if value is not None]:
            raise InputError(f"{', '.join(found)} cannot be given with a Dataset.")
        shown_by, name, source = X.by, name or X.name, source or X.source
        X, y, groups, weights = X.table, X.labels, X.groups, X.full_weight
    else:
        shown_by = None
    if y is None:
        raise InputError("y is missing: give labels, or the name of the target column of X.")
    frame = as_frame(X)
    check_amounts(amounts, y)
    y, groups, weights = (as_column_name(column, frame) for column in (y, groups, weights))
    if by is not None:
        shown_by = subgroup_columns(frame, by, y)
    classes = tuple(model.classes_.tolist())
    codes = known_codes(find_column(frame, y, "target"), classes)
    labelled = codes >= 0
    notes = list(frame.attrs.get(NOTES, []))
    if not labelled.any():
        raise InputError("no row has a label, so there is nothing to evaluate on")
    if not labelled.all():
        notes.append(f"{count(int((~labelled).sum()), 'row')} without a label left out.")
    values = model.read(X)
    beside = {
        use: find_column(frame, column, use)[labelled]
        for use, column in (("groups", groups), ("weights", weights))
        if column is not None
    }
    rows, guessed = read_beside(beside, _survey(frame, model.roles_))
    if "weights" in rows:
        check_row_weights(rows["weights"], int(labelled.sum()), positive=True, name="weights")
    return Dataset(
        name=name or "table",
        frame=values.loc[labelled, list(model.roles_)].reset_index(drop=True),
        target=codes[labelled],
        classes=classes,
        positive=model.positive_,
        roles=model.roles_,
        groups=rows.get("groups"),
        sample_weight=rows.get("weights"),
        by=None if shown_by is None else shown_by[labelled].reset_index(drop=True),
        notes=(*notes, *guessed),
        source=source,
        spellings=model.spellings_ or {},
        amounts=_amounts(model, frame, amounts, labelled),
    )


def _amounts(
    model: TreatedClassifier, frame: pd.DataFrame, names: Sequence[str], labelled: np.ndarray
) -> pd.DataFrame | None:
    """Read the amounts that costs name, also those by which the model decides."""
    names = list(dict.fromkeys([*names, *amounts_for(model.decision_)]))
    if not names:
        return None
    columns = {name: find_column(frame, name, "cost") for name in names}
    roles = dict.fromkeys(names, Role.NUMERIC)
    # Columns that the model does not know may be written in any way.
    trained = {name: role for name, role in roles.items() if name in model.feature_names_in_}
    spellings = find_spellings(frame, trained, model.spellings_)
    spellings |= {
        name: find_spelling(column, name)[0]
        for name, column in columns.items()
        if name not in trained
    }
    return take_amounts(clean_values(frame, roles, spellings), labelled)


def _survey(frame: pd.DataFrame, roles: Mapping[str, Role]) -> Survey:
    """Look at how the features are written, for weights that can be read in two ways."""
    survey = Survey()
    survey.add(frame, {name: role for name, role in roles.items() if name in frame})
    return survey
