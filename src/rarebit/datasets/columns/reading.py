"""From the cells of a table to roles and spellings: the one reading that all commands share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from rarebit._common.frames import as_frame
from rarebit._common.parameters import check_value
from rarebit._common.wording import closest
from rarebit.datasets._dataset import ColumnReport, Role
from rarebit.datasets.columns.dates import DateMarks
from rarebit.datasets.columns.numbers import NumberMarks
from rarebit.datasets.columns.roles import (
    DECIMAL_COMMA,
    STORED_AS_TEXT,
    Verdict,
    judge_categories,
    judge_text,
    judge_typed,
    read_as,
)
from rarebit.datasets.columns.survey import Survey, Texts
from rarebit.datasets.columns.values import is_typed
from rarebit.datasets.spellings import Spelling
from rarebit.exceptions import InputError

DROP = "drop"
AS_ASKED = "as asked for"
# Said in the list of columns, but no note.
UNREMARKABLE = frozenset({STORED_AS_TEXT, DECIMAL_COMMA})


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


def read_columns(frame: pd.DataFrame, roles: Mapping[str, str] | None = None) -> Reading:
    """Decide what each column is used as, from all rows; ``roles`` settles it for some columns."""
    frame = as_frame(frame)
    given = checked_roles(roles, frame)
    texts = {
        name: Texts.of(frame[name])
        for name in frame.columns
        if not is_typed(frame[name]) and given.get(name) != DROP
    }
    survey = _survey(frame, texts)
    spellings = survey.spellings()
    reading = Reading()
    for name in frame.columns:
        if given.get(name) == DROP:
            reading.reports.append(ColumnReport(name, "dropped", f"dropped: {AS_ASKED}"))
            continue
        marks = survey.numbers.get(name, NumberMarks())
        spelling = spellings.get(name, Spelling())
        if name in given:
            held = texts.get(name) or Texts.of(frame[name])
            verdict = read_as(Role(given[name]), held, spelling, marks)
        elif name not in texts:
            verdict = judge_typed(name, frame[name])
        elif isinstance(frame[name].dtype, pd.CategoricalDtype):
            verdict = judge_categories(texts[name])
        else:
            verdict = judge_text(name, texts[name], spelling, marks)
        if name in survey.taken and verdict.role in (Role.NUMERIC, Role.DATE):
            how = f"cells that can be read in two ways are read as in {survey.taken[name]}"
            verdict = replace(verdict, said=(*verdict.said, how))
        _add(reading, name, verdict, is_text=name in texts)
    return reading


def _survey(frame: pd.DataFrame, texts: Mapping[str, Texts]) -> Survey:
    """Look at how the cells of every column are written."""
    survey = Survey()
    for name in frame.columns:
        if name in texts:
            numbers, dates = NumberMarks(), DateMarks()
            survey.add_texts(name, texts[name], (numbers, dates))
            # A few numbers among words say nothing about the other columns
            if 2 * numbers.numbers >= texts[name].counts.sum():
                survey.numbers[name] = numbers
            if 2 * dates.ordered >= texts[name].counts.sum():
                survey.dates[name] = dates
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
    if is_text or verdict.spelling != Spelling():
        reading.spellings[name] = verdict.spelling
    said = [clause for clause in verdict.said if clause not in UNREMARKABLE]
    if said:
        reading.notes.append(f"Column {name!r}: {'; '.join(said)}.")


def checked_roles(roles: Any, frame: pd.DataFrame) -> dict[str, str]:
    """Check roles that a user gives for some columns of a table."""
    if roles is None:
        return {}
    if not isinstance(roles, Mapping):
        raise InputError(f"roles is {roles!r}: give a dict such as {{'zip': 'categorical'}}")
    for name, role in roles.items():
        if name not in frame.columns:
            raise InputError(
                f"the table has no column {name!r} (for roles){closest(str(name), frame.columns)}"
            )
        check_value(f"the role of {name!r}", role, *(role.value for role in Role), DROP)
    return {name: str(role) for name, role in roles.items()}
