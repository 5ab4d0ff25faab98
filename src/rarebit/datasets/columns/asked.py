"""Columns in the role that the user asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rarebit.datasets._dataset import Role
from rarebit.datasets.columns.cleaning import CONVERTERS
from rarebit.datasets.columns.dates import year_notes
from rarebit.datasets.columns.number_marks import NumberMarks
from rarebit.datasets.columns.number_notes import number_notes
from rarebit.datasets.columns.roles import Verdict, stray_note
from rarebit.datasets.columns.survey import Texts
from rarebit.datasets.columns.values import as_text
from rarebit.datasets.spellings import Spelling
from rarebit.exceptions import InputError

# Roles that some cells may not fit: what they hold, and how it is read.
_KINDS = {Role.NUMERIC: "numbers", Role.BOOLEAN: "true or false", Role.DATE: "dates"}


def read_as(
    role: Role,
    column: pd.Series,
    texts: Texts | None,
    spelling: Spelling,
    marks: NumberMarks | None,
) -> Verdict:
    """Return how a column is read in a role; no texts: it holds none. No cell fits: an error."""
    reason = f"{role}, as asked for"
    if role not in _KINDS:
        return Verdict(role, reason)
    kind, values = _KINDS[role], CONVERTERS[role](column, spelling)
    lost = as_text(column[np.isnan(values) & column.notna().to_numpy()])
    lost = lost[pd.notna(lost)]
    said: tuple[str, ...] = ()
    if len(lost):
        if np.isnan(values).all():
            raise InputError(
                f"column {column.name!r} cannot be {role}: its cells, such as {lost[0]!r}, are not "
                f"{kind}; choose another role for it, such as categorical"
            )
        said = (stray_note(lost[0], len(lost), kind),)
    if role is Role.DATE:
        said += year_notes(spelling, values)
    if marks is not None and texts is not None:
        said += number_notes(texts, spelling, marks)[0]
    return Verdict(role, reason, spelling, said)
