"""How a file with known columns is written: guessed from its first rows, settled by all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any

import numpy as np

from rarebit._common.frames import as_frame, check_columns
from rarebit.datasets._dataset import Role
from rarebit.datasets.columns.numbers import plain_numbers, take_apart
from rarebit.datasets.columns.survey import Survey
from rarebit.datasets.columns.values import PLAIN, as_strings
from rarebit.datasets.files.tables import iter_table
from rarebit.datasets.spellings import MISSING_TEXT, Spelling

# Rows from which it is guessed how a file is written; all rows decide.
SAMPLE_ROWS = 200
# Words that may stand in a column of numbers; with more, its cells are read as text.
MOST_WORDS = 10


@dataclass(frozen=True)
class FileSpelling:
    """How the columns of a file are written, and how they are therefore parsed."""

    spellings: dict[str, Spelling]
    # Columns that are parsed as text; the others as numbers, as long as they are
    text: frozenset[str]
    # Decimal mark of these numbers, and words that stand among them
    decimal: str = "."
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)
    # Columns that are known to have this mark
    certain: frozenset[str] = frozenset()
    # Whether only some rows were looked at
    is_guess: bool = False

    @classmethod
    def guess(
        cls,
        source: str | PathLike[str],
        roles: Mapping[str, Role],
        known: Mapping[str, Spelling] | None,
    ) -> FileSpelling:
        """Guess it from the first rows; ``known`` are the spellings in training."""
        sample = as_frame(next(iter_table(source, SAMPLE_ROWS)))
        check_columns(sample, roles)
        survey = Survey()
        survey.add(sample, written(roles))
        found = survey.spellings(known)
        marks = Counter(spelling.decimal for spelling in found.values())
        decimal = "," if marks[","] > marks["."] else "."
        text = {name for name, role in roles.items() if role != Role.NUMERIC}
        text |= survey.misread(decimal, known)
        words: dict[str, tuple[str, ...]] = {}
        for name in survey.texts & survey.numbers.keys():
            odd = _odd_cells(as_strings(sample[name]), decimal)
            if len(odd) > MOST_WORDS or not all(map(_is_word, odd)):
                text.add(name)
            elif odd:
                words[name] = tuple(sorted(odd))
        certain = (name for name, marks in survey.numbers.items() if marks.decimal == decimal)
        return cls(
            {**(known or {}), **found}, frozenset(text), decimal, words, frozenset(certain), True
        )

    def settle(self, survey: Survey, known: Mapping[str, Spelling] | None) -> FileSpelling:
        """Return what the rows so far, which were parsed in this way, say about it."""
        # Columns that were read as plain numbers have the mark they were read with.
        plain = {
            name: replace((known or {}).get(name, PLAIN), decimal=self.decimal)
            for name in survey.numbers.keys() - survey.texts
        }
        misread = survey.misread(self.decimal, known)
        found = {**(known or {}), **plain, **survey.spellings(known)}
        others = {name for name, spelling in found.items() if spelling.decimal != self.decimal}
        others &= survey.numbers.keys()
        return replace(self, spellings=found, text=self.text | misread | others, is_guess=False)

    def agrees(self, settled: FileSpelling, survey: Survey) -> bool:
        """Tell whether the rows surveyed are read as they should be, according to all of them."""
        return settled.text == self.text and all(
            settled.spellings[name] == self.spellings.get(name, PLAIN) for name in survey.texts
        )

    def may_hold(self, survey: Survey, known: Mapping[str, Spelling] | None) -> bool:
        """Tell whether a guess agrees with the rows so far; what was settled holds."""
        return not self.is_guess or self.agrees(self.settle(survey, known), survey)

    @property
    def options(self) -> dict[str, Any]:
        """The options of :func:`iter_table`."""
        return {"text_columns": self.text, "decimal": self.decimal, "missing": self.words}


def written(roles: Mapping[str, Role]) -> dict[str, Role]:
    """Return the roles of columns that can be written in several ways."""
    return {name: role for name, role in roles.items() if role in (Role.NUMERIC, Role.DATE)}


def _odd_cells(cells: np.ndarray, decimal: str) -> set[str]:
    """Return the different cells that hold something, but no plain number."""
    odd = cells[np.isnan(plain_numbers(cells, decimal))]
    return {
        cell for cell in odd if isinstance(cell, str) and cell.strip().lower() not in MISSING_TEXT
    }


def _is_word(text: str) -> bool:
    """Tell whether a text is no number in any spelling, also of Python: 1_000."""
    try:
        float(text)
    except ValueError:
        return take_apart(text) is None
    return False
