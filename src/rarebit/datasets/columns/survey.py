"""How the cells of each column are written, found in a first pass over all rows.

Each column decides for itself, from all of its cells. One that leaves it open (``1,234`` alone)
takes the spelling of most other columns, then the one known from training.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from rarebit._common.frames import check_columns
from rarebit._common.wording import first_few
from rarebit.datasets._dataset import Role
from rarebit.datasets.columns.dates import ORDERS, DateMarks
from rarebit.datasets.columns.number_marks import NumberMarks
from rarebit.datasets.columns.numbers import plain_numbers, read_numbers
from rarebit.datasets.columns.values import (
    PLAIN,
    are_numbers,
    as_strings,
    as_text,
    is_typed,
    parse_numbers,
)
from rarebit.datasets.spellings import MULTIPLES, Spelling

# Cells from which it is told whether a column holds numbers or dates at all; all of them are read.
SAMPLE = 1000


@dataclass
class Texts:
    """The cells of a column of text: the distinct ones, and which one each row holds."""

    values: np.ndarray
    # Position in ``values``, -1 where missing
    codes: np.ndarray
    # Which of the values stand for cells that are numbers, and no text
    typed: np.ndarray

    @classmethod
    def of(cls, column: pd.Series) -> Texts:
        """Take the texts of a column."""
        codes, values = pd.factorize(as_text(column))
        is_text = codes[(codes >= 0) & ~are_numbers(column)]
        return cls(values, codes, np.bincount(is_text, minlength=len(values)) == 0)

    def numbers(self, spelling: Spelling) -> np.ndarray:
        """Read the values as numbers; nan for what is not a number."""
        numbers = read_numbers(self.values, spelling)
        numbers[self.typed] = plain_numbers(self.values[self.typed])
        return numbers

    @property
    def counts(self) -> np.ndarray:
        """How many rows hold each text."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))

    def most_are(self, is_kind: Callable[[str], bool]) -> bool:
        """Tell from a sample whether half of the cells, or of the distinct ones, are of a kind."""
        for values in (self.values, self.values[self.codes[self.codes >= 0]]):
            spread = np.linspace(0, len(values) - 1, min(len(values), SAMPLE)).astype(np.int64)
            if len(spread) and 2 * sum(map(is_kind, values[spread])) >= len(spread):
                return True
        return False

    def rows_of(self, texts: Iterable[str]) -> dict[str, int]:
        """Return how many rows hold each of these texts."""
        counts = dict(zip(self.values, self.counts.tolist(), strict=True))
        return {text: counts[text] for text in texts}


@dataclass
class Survey:
    """Counts how the cells of columns are written, over the chunks of a file."""

    numbers: dict[str, NumberMarks] = field(default_factory=dict)
    dates: dict[str, DateMarks] = field(default_factory=dict)
    # Columns that were text in a chunk; the cells of others are what they are
    texts: set[str] = field(default_factory=set)
    # Columns whose cells can be read in two ways, and how they are read
    taken: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        frame: pd.DataFrame,
        roles: Mapping[str, Role],
        decimal: str = ".",
        certain: Collection[str] = (),
    ) -> None:
        """Look at a chunk of columns with known roles; plain numbers were read with ``decimal``.

        The columns ``certain`` are known to be written with it: nothing else is counted there.
        """
        check_columns(frame, roles)
        for name, role in roles.items():
            if role == Role.NUMERIC:
                marks = self.numbers.setdefault(name, NumberMarks())
                if is_typed(frame[name]):
                    numbers = parse_numbers(frame[name])
                    if name in certain:
                        marks.settled[decimal] += int(np.count_nonzero(np.floor(numbers) < numbers))
                    else:
                        marks.add_plain(numbers[~np.isnan(numbers)], decimal=decimal)
                else:
                    self.texts.add(name)
                    cells, typed = as_strings(frame[name]), are_numbers(frame[name])
                    marks.add_cells(cells[~typed])
                    marks.add_typed(parse_numbers(frame[name][typed]))
            elif role == Role.DATE and not is_typed(frame[name]):
                marks_of_dates = self.dates.setdefault(name, DateMarks())
                self.add_texts(name, Texts.of(frame[name]), marks_of_dates)

    def add_texts(self, name: str, texts: Texts, marks: NumberMarks | DateMarks) -> None:
        """Look at the texts of a column."""
        self.texts.add(name)
        marks.add(texts.values[~texts.typed], texts.counts[~texts.typed])
        if isinstance(marks, NumberMarks) and texts.typed.any():
            marks.add_typed(plain_numbers(texts.values[texts.typed]), texts.counts[texts.typed])

    def misread(self, decimal: str, known: Mapping[str, Spelling] | None = None) -> set[str]:
        """Name columns read as plain numbers with this mark, whose text is needed to be certain."""
        self.taken = {}
        votes = self._votes()
        return {
            name
            for name, marks in self.numbers.items()
            if marks.open
            and not marks.settled
            and (self._decimal(name, votes, known) != decimal or name in self.taken)
        }

    def _votes(self) -> Counter[str]:
        """Count the columns that are certain about their decimal mark."""
        return Counter(marks.decimal for marks in self.numbers.values() if marks.decimal)

    def spellings(self, known: Mapping[str, Spelling] | None = None) -> dict[str, Spelling]:
        """Decide how each column of text is written; ``known`` are the spellings in training.

        A column that is not among ``known`` held plain numbers in training.
        """
        self.taken = {}
        votes = self._votes()
        certain = (found.orders for found in self.dates.values())
        orders = {found[0] for found in certain if len(found) == 1 and found[0] in ORDERS}
        return {
            name: self._spelling(name, votes, orders, known)
            for name in self.numbers | self.dates
            if name in self.texts
        }

    def _spelling(
        self, name: str, votes: Counter[str], orders: set[str], known: Mapping[str, Spelling] | None
    ) -> Spelling:
        """Decide how one column is written."""
        numbers = self.numbers.get(name, NumberMarks())
        order = self._order(name, orders, known or {})
        if known is None:
            spelling = Spelling(
                unit=numbers.unit, fractions=numbers.fractions, multiples=numbers.multiples
            )
        else:
            trained = known.get(name, PLAIN)
            # K and M beside B tell what B is, unless it was a unit.
            found = numbers.multiples and trained.unit not in MULTIPLES
            spelling = replace(trained, multiples=trained.multiples or found)
        # As in training, so that it does not depend on the day of the prediction.
        first_year = spelling.first_year
        if name not in (known or {}):
            this_year = dt.datetime.now(dt.UTC).year
            first_year = self.dates.get(name, DateMarks()).first_year(order, this_year)
        return replace(
            spelling,
            decimal=self._decimal(name, votes, known),
            date_order=order,
            both_marks=numbers.both_marks,
            first_year=first_year,
        )

    def _decimal(self, name: str, marks: Counter[str], known: Mapping[str, Spelling] | None) -> str:
        """Return the decimal mark of a column."""
        found = self.numbers.get(name)
        if found is None:
            return "."
        if found.decimal:
            return found.decimal
        if marks["."] != marks[","]:
            mark, how = max(marks, key=lambda key: marks[key]), "as in most other columns"
            # With a point, 1,234 and 1.234 are what they mostly are.
            is_open = mark == "," or found.is_grouped
        elif known is not None:
            mark, how = known.get(name, PLAIN).decimal, "as in the training rows"
            is_open = mark == "," or found.open[","] > 0
        else:
            mark, is_open = "," if found.is_grouped else ".", True
            how = "with a decimal point" if mark in found.open else "as thousands"
        if found.open and is_open:
            self.taken[name] = how
        return mark

    def _order(self, name: str, orders: set[str], known: Mapping[str, Spelling]) -> str:
        """Return the order of day, month and year in a column, empty if it remains open."""
        possible = self.dates.get(name, DateMarks()).orders
        if len(possible) == 1:
            return possible[0]
        trained = known.get(name, PLAIN).date_order
        if not possible:
            return trained
        common = next(iter(orders)) if len(orders) == 1 else ""
        for order, how in ((common, "as in other columns"), (trained, "as in the training rows")):
            if order in possible:
                self.taken[name] = how
                return order
        return ""

    def sentences(self) -> list[str]:
        """Say which columns could be read in two ways, and how they were read."""
        columns = {
            how: [repr(name) for name, other in self.taken.items() if other == how]
            for how in sorted(set(self.taken.values()))
        }
        return [
            f"The cells of {first_few(names)} can be read in two ways: read {how}."
            for how, names in columns.items()
        ]


def find_spellings(
    frame: pd.DataFrame,
    roles: Mapping[str, Role],
    known: Mapping[str, Spelling] | None = None,
) -> dict[str, Spelling]:
    """Find how the columns of a whole table are written; ``known`` are those in training."""
    check_columns(frame, roles)
    if all(is_typed(frame[name]) for name in roles):
        return dict(known or {})
    survey = Survey()
    survey.add(frame, roles)
    return {**(known or {}), **survey.spellings(known)}


def find_spelling(
    column: pd.Series, name: str = "", others: Survey | None = None
) -> tuple[Spelling, list[str]]:
    """Find how a single column is written, beside others of the table; and what was guessed."""
    if is_typed(column):
        return PLAIN, []
    survey = Survey() if others is None else Survey({**others.numbers}, {**others.dates})
    survey.numbers[name], survey.dates[name] = NumberMarks(), DateMarks()
    for marks in (survey.numbers[name], survey.dates[name]):
        survey.add_texts(name, Texts.of(column), marks)
    spelling = survey.spellings()[name]
    return spelling, survey.sentences()
