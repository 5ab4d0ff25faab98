"""From the cells of a table to roles and spellings: the one reading that all commands share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from rarebit._common.frames import as_column_name, as_frame, check_columns, is_binary
from rarebit._common.parameters import check_value
from rarebit._common.wording import first_few
from rarebit.datasets._dataset import ColumnReport, Role
from rarebit.datasets.columns.asked import read_as
from rarebit.datasets.columns.dates import DateMarks, is_date
from rarebit.datasets.columns.number_marks import NumberMarks
from rarebit.datasets.columns.numbers import is_number
from rarebit.datasets.columns.roles import (
    Verdict,
    judge_categories,
    judge_text,
    judge_typed,
    missing_notes,
)
from rarebit.datasets.columns.survey import Survey, Texts
from rarebit.datasets.columns.values import PLAIN, doubtful_words, is_typed, with_values
from rarebit.datasets.spellings import Spelling
from rarebit.exceptions import InputError

DROP = "drop"
AS_ASKED = "as asked for"
# What users may ask for; that a column is only present or missing is found.
OFFERED = (*(role.value for role in Role if role is not Role.PRESENCE), DROP)


@dataclass(frozen=True)
class Reading:
    """What the columns of a table are used as, and how their cells are written."""

    roles: dict[str, Role] = field(default_factory=dict)
    # Of the columns of text among them
    spellings: dict[str, Spelling] = field(default_factory=dict)
    # What was found for every column, in the order of the table
    reports: list[ColumnReport] = field(default_factory=list)
    # Cells that were read in a special way, and what was guessed
    notes: list[str] = field(default_factory=list)
    # What was found in the cells of all columns, for others of the same table
    survey: Survey = field(default_factory=Survey)

    @property
    def dropped(self) -> dict[str, str]:
        """Columns that are dropped although nobody asked for it, and why."""
        return {
            report.name: report.reason.removeprefix("dropped: ")
            for report in self.reports
            if report.used_as == "dropped" and not report.reason.endswith(AS_ASKED)
        }


def left_out(dropped: Mapping[str, str], most: int = 5) -> str:
    """Name dropped columns and why they are, in one sentence; at most so many."""
    columns = first_few((f"{name} ({why})" for name, why in dropped.items()), most)
    return f"Dropped column{'s' if len(dropped) > 1 else ''}: {columns}."


def infer_columns(frame: pd.DataFrame) -> tuple[dict[str, Role], list[ColumnReport]]:
    """Decide what each column of a table is used as.

    Parameters
    ----------
    frame : DataFrame of shape (n_rows, n_columns)
        Feature columns, values as read.

    Returns
    -------
    roles : dict of str to Role
        Role of each column that is used, in the order of the table.
    reports : list of ColumnReport
        What was found for every column, in the order of the table.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [61, 58, 44], "sex": ["f", "f", "m"], "ward": ["A", "A", "A"]})
    >>> roles, reports = infer_columns(frame)
    >>> roles
    {'age': <Role.NUMERIC: 'numeric'>, 'sex': <Role.CATEGORICAL: 'categorical'>}
    >>> reports[2].reason
    "dropped: one value only, 'A'"
    """
    reading = read_columns(frame)
    return reading.roles, reading.reports


def read_columns(frame: pd.DataFrame, roles: Mapping[str, str] | None = None) -> Reading:
    """Decide what each column is used as, from all rows; ``roles`` settles it for some columns."""
    frame = as_frame(frame)
    given = checked_roles(roles, frame)
    texts = {
        name: Texts.of(frame[name])
        for name in frame.columns
        if not is_typed(frame[name]) and given.get(name) in (None, Role.NUMERIC, Role.DATE)
    }
    survey = _survey(frame, texts, given)
    spellings = survey.spellings()
    reading = Reading(survey=survey)
    for name in frame.columns:
        if given.get(name) == DROP:
            reading.reports.append(ColumnReport(name, "dropped", f"dropped: {AS_ASKED}"))
            continue
        spelling, marks = spellings.get(name, PLAIN), survey.numbers.get(name)
        if is_binary(frame[name]):
            verdict = Verdict(None, "binary data that are no text in UTF-8")
        elif name in given:
            role = Role(given[name])
            verdict = read_as(role, frame[name], texts.get(name), spelling, marks)
        elif name not in texts:
            verdict = judge_typed(name, frame[name])
        elif isinstance(frame[name].dtype, pd.CategoricalDtype):
            verdict = judge_categories(name, texts[name])
        else:
            verdict = judge_text(name, texts[name], spelling, marks, name in survey.dates)
        if name in survey.taken and verdict.role in (Role.NUMERIC, Role.DATE):
            how = f"cells that can be read in two ways are read {survey.taken[name]}"
            verdict = replace(verdict, said=(*verdict.said, how))
        if verdict.role in (Role.CATEGORICAL, Role.TEXT, Role.PRESENCE):
            doubtful = missing_notes(doubtful_words(frame[name]))
            verdict = replace(verdict, said=(*verdict.said, *doubtful))
        if verdict.role is Role.PRESENCE:
            verdict = replace(verdict, spelling=with_values(frame[name], verdict.spelling))
        _add(reading, name, verdict, is_text=not is_typed(frame[name]))
    return reading


def _survey(frame: pd.DataFrame, texts: Mapping[str, Texts], given: Mapping[str, str]) -> Survey:
    """Look at how the cells of every column are written."""
    survey = Survey()
    for name, cells in texts.items():
        # A few numbers among words say nothing about the other columns.
        role = given.get(name)
        if role == Role.NUMERIC or (role is None and cells.most_are(is_number)):
            survey.numbers[name] = NumberMarks()
            survey.add_texts(name, cells, survey.numbers[name])
        elif role == Role.DATE or (role is None and cells.most_are(is_date)):
            survey.dates[name] = DateMarks()
            survey.add_texts(name, cells, survey.dates[name])
    typed = {
        name: Role.NUMERIC
        for name in frame.columns
        if name not in texts and pd.api.types.is_float_dtype(frame[name].dtype)
    }
    survey.add(frame, typed)
    return survey


def _add(reading: Reading, name: str, verdict: Verdict, is_text: bool) -> None:
    """Add what was found for a column."""
    if verdict.role is None:
        reading.reports.append(ColumnReport(name, "dropped", f"dropped: {verdict.whole_reason}"))
        return
    reading.roles[name] = verdict.role
    reading.reports.append(ColumnReport(name, verdict.role.value, verdict.whole_reason))
    if is_text or verdict.spelling != PLAIN:
        reading.spellings[name] = verdict.spelling
    if verdict.said:
        reading.notes.append(f"Column {name!r}: {'; '.join(verdict.said)}.")


def checked_roles(roles: Any, frame: pd.DataFrame) -> dict[str, str]:
    """Check roles that a user gives for some columns of a table."""
    if roles is None:
        return {}
    if not isinstance(roles, Mapping):
        raise InputError(f"roles is {roles!r}: give a dict such as {{'zip': 'categorical'}}")
    roles = {as_column_name(name, frame): role for name, role in roles.items()}
    check_columns(frame, roles, "roles")
    for name, role in roles.items():
        if role != Role.PRESENCE:
            check_value(f"the role of {name!r}", role, *OFFERED)
    return {name: str(role) for name, role in roles.items()}
