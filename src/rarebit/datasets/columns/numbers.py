"""Texts as numbers, and what the texts of a column say about how its numbers are written.

Plain numbers, ``-1234.5``, are parsed at once; only the others are taken apart by hand, each
distinct text once.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from rarebit.datasets.spellings import (
    CURRENCY,
    CURRENCY_CODES,
    MULTIPLIERS,
    NUMBER_PARTS,
    SAME_MARKS,
    Spelling,
)

# A number in whose marks a thousand looks like three decimals; none begins with 0.
_OPEN = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
# As programs write text that is a number: '5' and ="5"
_QUOTED = re.compile(r"=?(?P<mark>[\"'])(?P<text>.*)(?P=mark)")
# 66,- is a price without cents
_NO_CENTS = re.compile(r"(?<=\d)([.,])-+(?=\D*$)")
_MONEY = re.compile(rf"[%‰]|{CURRENCY}")
# ($5), $(5) and (5) € are negative; accounts write $ - for zero.
_NEGATIVE = re.compile(
    rf"(?P<before>{CURRENCY})? ?\((?P<inside>[^()]*)\) ?(?P<after>{CURRENCY}|[%‰])?"
)
_NOTHING = re.compile(rf"(?P<before>{CURRENCY}) ?-{{1,2}}|-{{1,2}} ?(?P<after>{CURRENCY})")
# 10^9/L, x10^9/L and 10⁹/L are one unit.
_NO_PART_OF_UNIT = re.compile(r"[ ^]|^[x×*] ?(?=10)")
# More kinds of units than this are no units.
MOST_UNITS = 50
# As many different whole numbers below 1000 beside 2.003 show that its point is for thousands.
FEWEST_WHOLE = 3
# Numbers with the rarer mark of which one in so many has it for decimals.
PER_DECIMAL = 10


def _body_pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    """Digits with a decimal mark, in groups of three (or two, as in India) or in one."""
    mark = re.escape(decimal)
    return re.compile(
        rf"(?:[1-9]\d{{0,2}}(?P<t>[{thousands}' ])\d{{3}}(?:(?P=t)\d{{3}})*"
        rf"|[1-9]\d?(?:{thousands}\d\d)+{thousands}\d{{3}}|\d+)(?:{mark}\d*)?|{mark}\d+"
    )


_BODY = {".": _body_pattern(".", ","), ",": _body_pattern(",", r"\.")}


class Parts(NamedTuple):
    """One number, taken apart."""

    negative: bool
    # Digits and marks, and an exponent
    body: str
    power: str
    unit: str
    # "<5" and ">1000": all that is known is a limit
    is_limit: bool = False
    # "2.5K" and "~5": users are told how these are read
    is_noted: bool = False


def is_money(unit: str) -> bool:
    """Tell whether a unit is a currency, or per cent."""
    return _MONEY.fullmatch(unit) is not None


@lru_cache(1000)
def same_unit(unit: str) -> str:
    """Return what different ways to write one unit have in common: mg, MG and mg.; € and EUR."""
    key = unicodedata.normalize("NFKC", unit).casefold().rstrip(".")
    key = _NO_PART_OF_UNIT.sub("", key)
    return CURRENCY_CODES.get(key, key)


def take_apart(text: str) -> Parts | None:
    """Take a text apart, None if it is not a number in any spelling."""
    plain = text.translate(SAME_MARKS).strip()
    # Most numbers have none of these: a look for a character is faster than a pattern.
    if plain.endswith(('"', "'")) and (quoted := _QUOTED.fullmatch(plain)):
        plain = quoted["text"].strip()
    plain = plain.removeprefix("'")  # the mark of text in spreadsheets
    plain = _NO_CENTS.sub(r"\g<1>0", plain) if "-" in plain else plain
    accounting = _NEGATIVE.fullmatch(plain) if "(" in plain else None
    if accounting:
        plain = "".join(part.strip() for part in accounting.groups() if part)
    found = NUMBER_PARTS.fullmatch(plain)
    if found is None:
        nothing = _NOTHING.fullmatch(plain)
        unit = "" if nothing is None else nothing["before"] or nothing["after"]
        return Parts(False, "0", "", unit) if unit else None
    if found["power"] and found["times"]:
        return None
    signs = [found[name] for name in ("sign", "inner", "trailing", "last") if found[name]]
    units = [found[name] for name in ("before", "after") if found[name]]
    if len(signs) + bool(accounting) > 1 or len(units) > 1:
        return None
    unit = units[0] if units else ""
    negative = bool(accounting) or signs == ["-"]
    is_rough = found["limit"] in ("~", "≈")
    is_limit = bool(found["limit"] or found["over"]) and not is_rough  # <5, 90+
    times = (found["times"] or "").strip(" .")
    power = MULTIPLIERS[times] if times else (found["power"] or "").lower().replace("d", "e")
    return Parts(negative, found["body"].strip(), power, unit, is_limit, is_rough or bool(times))


def value_of(parts: Parts, decimal: str) -> float:
    """Return the number with this decimal mark, nan if it cannot be written so."""
    if not _BODY[decimal].fullmatch(parts.body):
        return math.nan
    thousands = ",' " if decimal == "." else ".' "
    digits = parts.body.translate(str.maketrans(decimal, ".", thousands))
    value = float(digits + parts.power)
    return -value if parts.negative else value


def is_number(text: str) -> bool:
    """Tell whether a text is a number with one of the decimal marks."""
    parts = take_apart(text)
    return parts is not None and any(_BODY[mark].fullmatch(parts.body) for mark in ".,")


def read_number(text: str, spelling: Spelling) -> float:
    """Read one number; nan if it is not one in this spelling, or has another unit."""
    parts = take_apart(text)
    if parts is None or (parts.unit and same_unit(parts.unit) != same_unit(spelling.unit)):
        return math.nan
    if spelling.fractions and parts.unit:
        parts = parts._replace(power=f"e{int(parts.power[1:] or 0) - 2}")
    marks = [mark for mark in parts.body if mark in ".,"]
    both = spelling.both_marks and len(marks) == 1
    return value_of(parts, marks[0] if both else spelling.decimal)


def read_numbers(texts: np.ndarray, spelling: Spelling) -> np.ndarray:
    """Read texts (None or nan where missing) as float64 numbers; nan for what is not a number."""
    numbers = plain_numbers(texts, spelling.decimal)
    odd = np.isnan(numbers)
    if odd.any():
        numbers[odd] = parse_distinct(texts[odd], lambda text: read_number(text, spelling))
    return numbers


def plain_numbers(texts: np.ndarray, decimal: str = ".") -> np.ndarray:
    """Read texts that are plain numbers, with a decimal mark or without; nan for all others."""
    if decimal == ",":
        swapped = (
            None if not isinstance(text, str) or "." in text else text.replace(",", ".")
            for text in texts
        )
        texts = np.fromiter(swapped, dtype=object, count=len(texts))
    found = pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce")
    numbers = found.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    plain = ~np.isnan(numbers)
    numbers[plain] = texts[plain].astype(np.float64)  # to the last digit
    return numbers


def parse_distinct(texts: np.ndarray, parse: Callable[[str], float]) -> np.ndarray:
    """Parse each distinct text once."""
    codes, uniques = pd.factorize(texts)
    values = np.array([*map(parse, uniques), np.nan], dtype=np.float64)
    return values[codes]


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
            return mark, False
    return (mark, True) if _BODY[mark].fullmatch(body) else ("", False)


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
            if not mark and not _BODY["."].fullmatch(parts.body):
                continue
            self.numbers += count
            self.units[parts.unit] += count
            self.limits += count * parts.is_limit
            self.noted += count * parts.is_noted
            self.limit = self.limit or text * parts.is_limit
            self.note = self.note or text * parts.is_noted
            self._add_size(parts, mark or ".")
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
            settled = _has_decimals(
                numbers[marked & broken], () if texts is None else texts[marked]
            )
            (self.settled if settled else self.open)[decimal] += total

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
    def unit(self) -> str:
        """The unit of the column: the most frequent one, as it is mostly written."""
        named = {unit: count for unit, count in self.units.items() if unit}
        if not named:
            return ""
        unit = max(named, key=lambda name: (self.with_unit(name), named[name]))
        # A word beside a few numbers may be a remark; money and per cent are taken as they are.
        return unit if is_money(unit) or 2 * self.with_unit(unit) >= self.numbers else ""

    def with_unit(self, unit: str) -> int:
        """Count the cells with a unit, however it is written."""
        return sum(
            count for other, count in self.units.items() if same_unit(other) == same_unit(unit)
        )

    @property
    def fractions(self) -> bool:
        """Whether cells without the unit per cent are fractions: 0.167 beside 16.7%."""
        return self.unit == "%" and self.has_decimals and self.most_bare <= 1 < self.most_percent
