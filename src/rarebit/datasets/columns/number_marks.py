"""What the texts of a column say about how its numbers are written, counted over its cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rarebit.datasets.columns.durations import SECONDS, WORDS, are_times
from rarebit.datasets.columns.numbers import (
    BODY,
    Parts,
    is_money,
    plain_numbers,
    plain_unit,
    same_unit,
    take_apart,
    value_of,
)
from rarebit.datasets.spellings import MULTIPLES, WHOLE_CURRENCIES

# A number in whose marks a thousand looks like three decimals; none begins with 0.
_OPEN = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
# More kinds of units than this are no units.
MOST_UNITS = 50
# As many different whole numbers below 1000 beside 2.003 show that its point is for thousands.
FEWEST_WHOLE = 3
# Numbers with the rarer mark of which one in so many has it for decimals.
PER_DECIMAL = 10


def settled_by(parts: Parts) -> tuple[str, bool]:
    """Return the decimal mark that one number speaks for, if any, and whether it is certain."""
    body = parts.body
    marks = [mark for mark in ".," if mark in body]
    if len(marks) == 2:
        mark = max(marks, key=body.rfind)
    elif not marks:
        return "", False
    elif body.count(marks[0]) > 1:
        mark = "," if marks == ["."] else "."
    else:
        mark = marks[0]
        if _OPEN.fullmatch(body) and not parts.power:
            if same_unit(parts.unit) not in WHOLE_CURRENCIES:
                return mark, False
            mark = "," if mark == "." else "."
    return (mark, True) if BODY[mark].fullmatch(body) else ("", False)


def _has_decimals(numbers: np.ndarray, texts: Iterable[str]) -> bool:
    """Tell whether the mark of some number, given with its text or without, cannot be thousands."""
    if ((np.abs(numbers) < 1) | (np.round(numbers, 3) != numbers)).any():
        return True
    return not all(_OPEN.fullmatch(text.strip().lstrip("+-")) for text in texts)


@dataclass
class NumberMarks:
    """How the numbers of a column are written, counted over its cells."""

    # Cells whose decimal mark is certain; cells such as 1,234 that can be read in two ways
    settled: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)
    # Cells that are certain, in which the mark separates thousands
    grouped: Counter[str] = field(default_factory=Counter)
    # Plain numbers among the open ones: one with decimals, in any chunk, settles all
    plain: Counter[str] = field(default_factory=Counter)
    with_decimals: set[str] = field(default_factory=set)
    units: Counter[str] = field(default_factory=Counter)
    # Cells that are numbers, those that are limits, and those such as 2.5K and ~5
    numbers: int = 0
    limits: int = 0
    noted: int = 0
    # The first of each
    limit: str = ""
    note: str = ""
    # Whole numbers from 1 to 999 without marks, and whether a longer one stands without marks
    whole: set[float] = field(default_factory=set)
    is_ungrouped: bool = False
    # Whether some are multiples, such as 2.5K and 671.1M
    is_scaled: bool = False
    # The largest number without a unit, whether one has decimals, and the largest percentage
    most_bare: float = 0
    has_decimals: bool = False
    most_percent: float = 0

    def add(self, texts: np.ndarray, counts: np.ndarray) -> None:
        """Look at distinct texts and how often each occurs."""
        numbers = plain_numbers(texts)
        plain = ~np.isnan(numbers)
        self.add_plain(numbers[plain], counts[plain], texts[plain])
        self._add_odd(texts[~plain], counts[~plain])

    def add_cells(self, cells: np.ndarray) -> None:
        """Look at the texts of a chunk, some of them missing."""
        numbers = plain_numbers(cells)
        plain = ~np.isnan(numbers)
        self.add_plain(numbers[plain], texts=cells[plain])
        codes, texts = pd.factorize(cells[~plain])
        self._add_odd(texts, np.bincount(codes[codes >= 0], minlength=len(texts)))

    def _add_odd(self, texts: np.ndarray, counts: np.ndarray) -> None:
        """Look at distinct texts that are no plain numbers."""
        for text, count in zip(texts, counts.tolist(), strict=True):
            parts = take_apart(text)
            if parts is None or not (self.units[parts.unit] or len(self.units) < MOST_UNITS):
                continue
            mark, certain = settled_by(parts)
            if not mark and not BODY["."].fullmatch(parts.body):
                continue
            self.numbers += count
            self.units[parts.unit] += count
            self.limits += count * parts.is_limit
            self.noted += count * parts.is_noted
            self.limit = self.limit or text * parts.is_limit
            self.note = self.note or text * parts.is_noted
            self._add_size(parts, mark or ".")
            self.is_scaled = self.is_scaled or (parts.is_noted and parts.power in ("e3", "e6"))
            if not (mark or parts.power):
                size = abs(value_of(parts, "."))
                self._add_whole(np.array([size] * (size < 1000)))
                self.is_ungrouped = self.is_ungrouped or size > 999
            if mark:
                (self.settled if certain else self.open)[mark] += count
            if certain:
                others = {other: count for other in ".," if other != mark and other in parts.body}
                self.grouped.update(others)

    def _add_size(self, parts: Parts, decimal: str) -> None:
        """Look at the size of a number that is not plain."""
        size = abs(value_of(parts, decimal))
        if not parts.unit:
            self.most_bare = max(self.most_bare, size)
            self.has_decimals = self.has_decimals or size % 1 > 0
        elif parts.unit == "%":
            self.most_percent = max(self.most_percent, size)

    def _add_bare(self, numbers: np.ndarray) -> None:
        """Look at the sizes of numbers without a unit."""
        self.most_bare = max(self.most_bare, float(np.abs(numbers).max(initial=0)))
        self.has_decimals = self.has_decimals or bool((numbers != np.round(numbers)).any())

    def add_typed(self, numbers: np.ndarray, counts: np.ndarray | None = None) -> None:
        """Look at numbers that are no text: they have no mark."""
        finite = np.isfinite(numbers)
        n_cells = int(finite.sum() if counts is None else counts[finite].sum())
        self.numbers += n_cells
        self.units[""] += n_cells
        self._add_bare(numbers[finite])
        self._add_whole(numbers[finite])

    def _add_whole(self, numbers: np.ndarray) -> None:
        """Remember some whole numbers."""
        if len(self.whole) < FEWEST_WHOLE:
            found = np.unique(numbers[(numbers > 0) & (numbers == np.round(numbers))])
            self.whole.update(found[:FEWEST_WHOLE].tolist())

    def add_plain(
        self,
        numbers: np.ndarray,
        counts: np.ndarray | None = None,
        texts: np.ndarray | None = None,
        decimal: str = ".",
    ) -> None:
        """Look at plain numbers; without their texts, 1.234 and 1.2340 are the same."""
        counts = np.ones(len(numbers), dtype=np.int64) if counts is None else counts
        self.numbers += int(counts.sum())
        self.units[""] += int(counts.sum())
        with np.errstate(invalid="ignore"):
            self._add_bare(numbers)
            broken = numbers != np.floor(numbers)
        # 75.0 has a mark as well.
        marked = broken if texts is None else np.array(["." in text for text in texts], dtype=bool)
        bare = np.abs(numbers[~marked & np.isfinite(numbers)])
        self._add_whole(bare[bare < 1000])
        self.is_ungrouped = self.is_ungrouped or bool((bare > 999).any())
        total = int(counts[marked].sum())
        if total:
            self.plain[decimal] += total
            self.open[decimal] += total
            if _has_decimals(numbers[marked & broken], () if texts is None else texts[marked]):
                self.with_decimals.add(decimal)
            if decimal in self.with_decimals:
                self.settled[decimal] += self.plain[decimal]
                self.open -= Counter({decimal: self.plain.pop(decimal)})

    @property
    def decimal(self) -> str:
        """The decimal mark that the cells are certain about, empty if they are not."""
        if not self.settled:
            return ""
        return max(".,", key=lambda mark: self.settled[mark])

    @property
    def both_marks(self) -> bool:
        """Whether cells with the rarer mark have decimals, too, and never thousands."""
        rarer = "." if self.decimal == "," else ","
        certain = self.settled[rarer]
        return certain > 0 and not self.grouped[rarer] and PER_DECIMAL * certain >= self.open[rarer]

    @property
    def is_grouped(self) -> bool:
        """Whether points seem to separate thousands: 2.003 beside 937, 12 and 450."""
        enough = len(self.whole) >= FEWEST_WHOLE and not self.is_ungrouped
        return enough and not self.settled and self.open["."] > 0 and not self.open[","]

    @property
    def multiples(self) -> bool:
        """Whether B, G and T are multiples, as K and M are; a B beside G may be bytes."""
        found = {unit for unit in MULTIPLES if self.units[unit]}
        return self.is_scaled and bool(found) and not found >= {"B", "G"}

    @property
    def unit(self) -> str:
        """The unit of the column: the most frequent one, as it is mostly written."""
        none = MULTIPLES if self.multiples else ()
        named = {unit: n for unit, n in self.units.items() if unit and n and unit not in none}
        if not named:
            return ""
        times = set(map(plain_unit, named.keys() - {WORDS}))
        if are_times(times) and (WORDS in named or len(times) > 1):
            return WORDS
        unit = max(named, key=lambda name: (self.with_unit(name), named[name]))
        # A word beside a few numbers may be a remark; money and per cent are taken as they are.
        return unit if is_money(unit) or 2 * self.with_unit(unit) >= self.numbers else ""

    def with_unit(self, unit: str) -> int:
        """Count the cells with a unit, however it is written."""
        return sum(
            count
            for other, count in self.units.items()
            if same_unit(other) == same_unit(unit)
            or (unit == WORDS and plain_unit(other) in SECONDS)
        )

    @property
    def fractions(self) -> bool:
        """Whether cells without the unit per cent are fractions: 0.167 beside 16.7%."""
        return self.unit == "%" and self.has_decimals and self.most_bare <= 1 < self.most_percent
