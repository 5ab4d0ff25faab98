"""Texts as numbers, and what the texts of a column say about how its numbers are written.

Plain numbers, ``-1234.5``, are parsed at once; only the others are taken apart by hand, each
distinct text once.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from rarebit.datasets.spellings import CURRENCY, NUMBER_PARTS, SAME_MARKS, Spelling

# A number in whose marks a thousand looks like three decimals; none begins with 0.
_OPEN = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
# As programs write text that is a number: '5' and ="5"
_QUOTED = re.compile(r"=?(?P<mark>[\"'])(?P<text>.*)(?P=mark)")
# 66,- is a price without cents
_NO_CENTS = re.compile(r"(?<=\d)([.,])-+(?=\D*$)")
_MONEY = re.compile(rf"[%‰]|{CURRENCY}")
# More kinds of units than this are no units.
MOST_UNITS = 50


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
    is_limit: bool


def is_money(unit: str) -> bool:
    """Tell whether a unit is a currency, or per cent."""
    return _MONEY.fullmatch(unit) is not None


def take_apart(text: str) -> Parts | None:
    """Take a text apart, None if it is not a number in any spelling."""
    plain = text.translate(SAME_MARKS).strip()
    if quoted := _QUOTED.fullmatch(plain):
        plain = quoted["text"].strip()
    plain = _NO_CENTS.sub(r"\g<1>0", plain)
    accounting = plain.startswith("(") and plain.endswith(")")
    found = NUMBER_PARTS.fullmatch(plain[1:-1].strip() if accounting else plain)
    if found is None:
        return None
    signs = [found[name] for name in ("sign", "inner", "trailing", "last") if found[name]]
    units = [found[name] for name in ("before", "after") if found[name]]
    if len(signs) + accounting > 1 or len(units) > 1:
        return None
    unit = units[0] if units else ""
    negative = accounting or signs == ["-"]
    is_limit = bool(found["limit"] or found["over"])  # <5, 90+
    return Parts(negative, found["body"].strip(), found["power"] or "", unit, is_limit)


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
    if parts is None or parts.unit not in ("", spelling.unit):
        return math.nan
    return value_of(parts, spelling.decimal)


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


@dataclass
class NumberMarks:
    """How the numbers of a column are written, counted over its cells."""

    # Cells whose decimal mark is certain; cells such as 1,234 that can be read in two ways
    settled: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    # Cells that are numbers, and those that are limits
    numbers: int = 0
    limits: int = 0

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
            if mark:
                (self.settled if certain else self.open)[mark] += count

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
        with np.errstate(invalid="ignore", over="ignore"):
            broken = numbers != np.floor(numbers)
            total = int(counts[broken].sum())
            certain = broken & ((np.abs(numbers) < 1) | (np.round(numbers, 3) != numbers))
        if not total:
            return
        settled = bool(certain.any()) or (
            texts is not None and not all(_OPEN.fullmatch(text.strip()) for text in texts[broken])
        )
        (self.settled if settled else self.open)[decimal] += total

    @property
    def decimal(self) -> str:
        """The decimal mark that the cells are certain about, empty if they are not."""
        if not self.settled:
            return ""
        return max(".,", key=lambda mark: self.settled[mark])

    @property
    def unit(self) -> str:
        """The unit of the column: the most frequent one."""
        named = {unit: count for unit, count in self.units.items() if unit}
        if not named:
            return ""
        unit = max(named, key=lambda name: named[name])
        # A word beside a few numbers may be a remark; money and per cent are taken as they are.
        return unit if is_money(unit) or 2 * named[unit] >= self.numbers else ""
