"""What users are told of how the numbers of a column were read."""

from __future__ import annotations

from collections.abc import Mapping

from rarebit._common.wording import count, listed
from rarebit.datasets.columns.durations import FORMS
from rarebit.datasets.columns.number_marks import NumberMarks
from rarebit.datasets.columns.numbers import is_money, is_number, read_number, same_unit, take_apart
from rarebit.datasets.columns.survey import Survey, Texts
from rarebit.datasets.columns.values import PLAIN
from rarebit.datasets.spellings import MULTIPLES, Spelling

# Numbers in at most so many units are quantities, in more (12A, 13B) they are codes.
MOST_UNITS = 5


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
        said += (
            f"limits such as {marks.limit!r} are read as the limit itself: "
            f"{count(marks.limits, 'cell')}",
        )
    if marks.noted:
        value = f"{read_number(marks.note, spelling):.15g}"
        n_noted = marks.noted + sum(marks.units[unit] for unit in MULTIPLES if spelling.multiples)
        said += (
            f"{marks.note!r} is read as {value}, and others like it: {count(n_noted, 'cell')}",
        )
    return said


def _unit_notes(
    texts: Texts, spelling: Spelling, marks: NumberMarks
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Say in which unit numbers were read."""
    n_with, n_all = marks.with_unit(spelling.unit), marks.numbers
    if not spelling.unit or not n_with:
        return (), ()
    if spelling.unit in FORMS:
        example = _with_unit(texts)
        return (f"{example!r} is read as {read_number(example, spelling):.6g} days",), ()
    if spelling.fractions:
        example = _with_unit(texts)
        value = f"{read_number(example, spelling):.15g}"
        return (f"{example!r} is read as {value}, like the cells without % ({n_all - n_with})",), ()
    if n_with < n_all:
        return (f"the unit is {spelling.unit!r}, also of cells without it ({n_all - n_with})",), ()
    clause = (f"the unit is {spelling.unit!r}",)
    return ((), clause) if is_money(spelling.unit) else (clause, ())


def why_no_numbers(texts: Texts, marks: NumberMarks) -> str:
    """Say why a column that holds many numbers is not read as such; "" if they are codes."""
    units: dict[str, tuple[str, int]] = {}
    for unit, n in (+marks.units).items():
        first, total = units.get(same_unit(unit), (unit, 0))
        units[same_unit(unit)] = (first, total + n)
    if 1 < len(units) <= MOST_UNITS:
        named = (f"{unit!r} ({n})" if unit else f"none ({n})" for unit, n in units.values())
        return f"numbers in several units, {listed(named)}: write all in one"
    strays = [text for text in texts.values if not is_number(text)]
    if len(units) != 1 or not strays or marks.limits:
        return ""
    n_rows = sum(texts.rows_of(strays).values())
    return (
        f"numbers ({marks.numbers}) beside other cells, such as {strays[0]!r} ({n_rows}): leave "
        "those empty, or give the column the role numeric"
    )


def _with_unit(texts: Texts) -> str:
    """Return the first text that is a number with a unit."""
    return next(text for text in texts.values if (parts := take_apart(text)) and parts.unit)
