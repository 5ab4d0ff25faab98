"""What users are told of how the numbers of a column were read."""

from __future__ import annotations

from collections.abc import Callable

from rarebit.datasets.columns.numbers import NumberMarks, Parts, is_money, read_number, take_apart
from rarebit.datasets.columns.survey import Texts
from rarebit.datasets.spellings import Spelling


def number_notes(
    texts: Texts, spelling: Spelling, marks: NumberMarks
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Say how numbers were read: what users should know, and what goes without saying."""
    said: tuple[str, ...] = ()
    if marks.limits:
        example = _first(texts, lambda parts: parts.is_limit)
        said += (f"limits such as {example!r} are read as the limit itself ({marks.limits})",)
    if marks.noted:
        example = _first(texts, lambda parts: parts.is_noted)
        value = f"{read_number(example, spelling):.15g}"
        said += (f"{example!r} is read as {value}, and others like it ({marks.noted})",)
    if spelling.both_marks:
        said += ("decimal points and decimal commas are each read as they stand",)
    unit_said, remarks = _unit_notes(texts, spelling, marks)
    return (*said, *unit_said), remarks


def _unit_notes(
    texts: Texts, spelling: Spelling, marks: NumberMarks
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Say in which unit numbers were read."""
    n_with, n_all = marks.with_unit(spelling.unit), marks.numbers
    if not spelling.unit or not n_with:
        return (), ()
    if spelling.fractions:
        example = _first(texts, lambda parts: bool(parts.unit))
        value = f"{read_number(example, spelling):.15g}"
        return (f"{example!r} is read as {value}, like the cells without % ({n_all - n_with})",), ()
    if n_with < n_all:
        return (f"read in {spelling.unit!r}, also the cells without it ({n_all - n_with})",), ()
    clause = (f"read in {spelling.unit!r}",)
    return ((), clause) if is_money(spelling.unit) else (clause, ())


def _first(texts: Texts, is_kind: Callable[[Parts], bool]) -> str:
    """Return the first text that is a number of a kind."""
    return next(text for text in texts.values if (parts := take_apart(text)) and is_kind(parts))
