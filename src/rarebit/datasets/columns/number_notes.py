"""What users are told of how the numbers of a column were read."""

from __future__ import annotations

from collections.abc import Mapping

from rarebit.datasets.columns.numbers import NumberMarks, is_money, read_number, take_apart
from rarebit.datasets.columns.survey import Survey, Texts
from rarebit.datasets.columns.values import PLAIN
from rarebit.datasets.spellings import Spelling


def number_notes(
    texts: Texts, spelling: Spelling, marks: NumberMarks
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Say how numbers were read: what users should know, and what goes without saying."""
    said = _notes_on_odd_numbers(spelling, marks)
    if spelling.both_marks:
        said += ("decimal points and decimal commas are each read as they stand",)
    unit_said, remarks = _unit_notes(texts, spelling, marks)
    return (*said, *unit_said), remarks


def notes_on_odd_numbers(survey: Survey, spellings: Mapping[str, Spelling]) -> list[str]:
    """Say for each column how limits, 2.5K and the like were read, one sentence a column."""
    notes = {
        name: _notes_on_odd_numbers(spellings.get(name, PLAIN), marks)
        for name, marks in survey.numbers.items()
    }
    return [f"Column {name!r}: {'; '.join(said)}." for name, said in notes.items() if said]


def _notes_on_odd_numbers(spelling: Spelling, marks: NumberMarks) -> tuple[str, ...]:
    said: tuple[str, ...] = ()
    if marks.limits:
        said += (f"limits such as {marks.limit!r} are read as the limit itself ({marks.limits})",)
    if marks.noted:
        value = f"{read_number(marks.note, spelling):.15g}"
        said += (f"{marks.note!r} is read as {value}, and others like it ({marks.noted})",)
    return said


def _unit_notes(
    texts: Texts, spelling: Spelling, marks: NumberMarks
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Say in which unit numbers were read."""
    n_with, n_all = marks.with_unit(spelling.unit), marks.numbers
    if not spelling.unit or not n_with:
        return (), ()
    if spelling.fractions:
        example = _with_unit(texts)
        value = f"{read_number(example, spelling):.15g}"
        return (f"{example!r} is read as {value}, like the cells without % ({n_all - n_with})",), ()
    if n_with < n_all:
        return (f"the unit is {spelling.unit!r}, also of cells without it ({n_all - n_with})",), ()
    clause = (f"the unit is {spelling.unit!r}",)
    return ((), clause) if is_money(spelling.unit) else (clause, ())


def _with_unit(texts: Texts) -> str:
    """Return the first text that is a number with a unit."""
    return next(text for text in texts.values if (parts := take_apart(text)) and parts.unit)
