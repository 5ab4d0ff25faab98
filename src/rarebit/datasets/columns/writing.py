"""New numbers and dates as cells of text, written as the other cells of their column are."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product
from typing import NamedTuple

import numpy as np

from rarebit.datasets.columns.numbers import read_number
from rarebit.datasets.spellings import ZONES, Spelling

# What stands before the digits of a number, the digits with their marks, and what stands after.
_NUMBER = re.compile(
    r"(?P<before>\D*?)(?P<body>[.,]?\d(?:[\d.,'\u2019\u00a0\u202f\u2009 ]*\d)?)"
    r"(?P<power>[eE][+-]?\d+)?(?P<after>.*)",
    re.DOTALL,
)
_LIMIT = frozenset("<>≤≥~≈")
# 66,- is a price without cents
_NO_CENTS = re.compile("^[.,][-\u2013\u2212]+")
# Significant digits of a number with an exponent, at least; digits of a float64, at most.
FEWEST_DIGITS, MOST_DIGITS = 6, 17
# Decimal places of numbers that a program wrote in full.
IN_FULL = 15
# Cells that a format of dates is tried on.
TRIED = 100
EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - dates in tables are read without a zone
# A time of day in a zone that is not UTC
_ZONED = re.compile(
    r".*\d[:.h]\d\d.*?(?P<zone> ?[+-]\d\d:?\d\d(?:\[[\w/+-]+\])?"
    rf"| (?:{'|'.join(ZONES)}))"
)


@dataclass(frozen=True)
class NumberStyle:
    """How the numbers of a column are written."""

    decimal: str
    # Between groups of three digits, "" if nothing
    thousands: str
    # Fewest and most decimal places
    places: tuple[int, int]
    # Significant digits if some have an exponent, else 0
    digits: int
    # What stands before and after a number, and a negative one
    around: tuple[str, str]
    around_negative: tuple[str, str]

    def write(self, value: float) -> str:
        """Write a number; a Python integer to the last digit."""
        body = self._body(abs(value))
        is_negative = value < 0 and any(digit in body for digit in "123456789")
        before, after = self.around_negative if is_negative else self.around
        return f"{before}{body}{after}"

    def _body(self, size: float) -> str:
        """Write a number without its sign."""
        fewest, most = self.places
        if self.digits:
            return f"{size:.{self.digits}g}".replace(".", self.decimal)
        text = repr(size)
        if isinstance(size, float) and (most <= IN_FULL or "e" in text):
            text = f"{size:.{most}f}"
        whole, _, broken = text.partition(".")
        broken = broken.rstrip("0").ljust(fewest, "0")
        if self.thousands:
            whole = f"{int(whole):,}".replace(",", self.thousands)
        return whole + (self.decimal + broken if broken else "")


def find_style(cells: Iterable[str], spelling: Spelling) -> NumberStyle:
    """Find how most numbers of a column are written, from cells that hold numbers."""
    places, marks = set(), Counter[str]()
    around, around_negative = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    digits = 0
    for text, count in Counter(cells).items():
        found = _NUMBER.fullmatch(text)
        if found is None or not _LIMIT.isdisjoint(found["before"]):
            continue
        before, body, power, after = found.groups()
        is_negative = read_number(text, spelling) < 0
        (around_negative if is_negative else around)[before, after] += count
        whole, _, broken = body.partition(spelling.decimal)
        places.add(len(broken))
        if power:
            digits = max(digits, sum(map(str.isdigit, body)), FEWEST_DIGITS)
        if len(whole) > 3:
            marks[re.sub(r"\d", "", whole)[:1]] += count
    plain = max(around, key=lambda sides: around[sides], default=("", ""))
    if max(places, default=0):
        plain = plain[0], _NO_CENTS.sub("", plain[1])
    style = NumberStyle(
        decimal=spelling.decimal,
        thousands=max(marks, key=lambda mark: marks[mark], default=""),
        places=(min(places, default=0), _finer(max(places, default=0))),
        digits=min(digits, MOST_DIGITS),
        around=plain,
        around_negative=max(
            around_negative,
            key=lambda sides: around_negative[sides],
            default=(f"-{plain[0]}", plain[1]),
        ),
    )
    # What stands beside a number may change it: 2.5K
    reads_back = read_number(style.write(1.0), spelling) == 1
    return style if reads_back else replace(style, around=("", ""), around_negative=("-", ""))


def _finer(places: int) -> int:
    """Decimal places of new numbers: between tenths there is often no other tenth."""
    return 2 if places == 1 else places


def _date_forms() -> list[str]:
    """Formats for ``str.format`` of a moment ``t``."""
    padded = {"d": "{t:%d}", "m": "{t:%m}", "y": "{t:%Y}"}
    short = {"d": "{t.day}", "m": "{t.month}", "y": "{t:%Y}"}
    numbers = [
        mark.join(parts[part] for part in order)
        for order, mark, parts in product(("ymd", "dmy", "mdy"), "-/.", (padded, short))
    ]
    numbers += [form.replace("%Y", "%y") for form in numbers]
    named = [
        form.replace("%b", month).replace("{t:%d}", day)
        for form in (
            "{t:%d} {t:%b} {t:%Y}", "{t:%d}-{t:%b}-{t:%Y}", "{t:%d}{t:%b}{t:%Y}",
            "{t:%d}-{t:%b}-{t:%y}", "{t:%b} {t:%d}, {t:%Y}", "{t:%d}. {t:%b} {t:%Y}",
        )
        for month, day in product(("%b", "%B"), ("{t:%d}", "{t.day}"))
    ]  # fmt: skip
    others = [
        "{t:%Y}-{t:%m}", "{t:%m}/{t:%Y}", "{t:%m}.{t:%Y}", "{t:%b} {t:%Y}", "{t:%B} {t:%Y}",
        "{t:%Y}年{t:%m}月{t:%d}日", "{t:%a} {t:%b} {t:%d} {t:%H:%M:%S} {t:%Y}",
        "{t:%d}/{t:%b}/{t:%Y}:{t:%H:%M:%S}", "{t:%Y%m%d}T{t:%H%M%S}",
        "{t:%a}, {t:%d} {t:%b} {t:%Y} {t:%H:%M:%S}",
    ]  # fmt: skip
    clocks = [
        "", " {t:%H:%M}", " {t:%H:%M:%S}", "T{t:%H:%M:%S}", "T{t:%H:%M:%S}Z", " {t:%I:%M %p}",
        "T{t:%H:%M}", " {t:%I:%M:%S %p}", ":{t:%H:%M:%S}",
        " {t:%H:%M:%S} UTC", " {t:%H:%M} Uhr", " {t:%H.%M}",
    ]  # fmt: skip
    timed = [date + clock for clock in clocks for date in ("{t:%Y%m%d}", *numbers, *named)]
    return [*timed, *others]


class DateForm(NamedTuple):
    """How the dates of a column are written."""

    # A format for ``str.format`` of a moment ``t``, and whether it is written in capitals
    form: str
    is_upper: bool
    # What tells the time zone, and its hours ahead of UTC
    zone: str = ""
    ahead: float = 0

    def write(self, day: float) -> str:
        """Write days since 1970-01-01 in UTC."""
        moment = EPOCH + dt.timedelta(days=float(day), hours=self.ahead)
        text = self.form.format(t=_rounded(moment))
        return (text.upper() if self.is_upper else text) + self.zone


def find_date_form(cells: Iterable[str], days: Iterable[float]) -> DateForm:
    """Find the format of most dates of a column, ISO 8601 if none is known."""
    known = [
        (text.strip(), EPOCH + dt.timedelta(days=day))
        for text, day in dict(zip(cells, days, strict=True)).items()
        if not np.isnan(day)
    ]
    zones = Counter(found["zone"] for text, _ in known if (found := _ZONED.fullmatch(text)))
    if 2 * zones.total() < len(known) or not zones:
        return DateForm(*_find_form(known[:TRIED]))
    zone = max(zones, key=lambda text: zones[text])
    ahead = _hours_ahead(zone)
    shift = dt.timedelta(hours=ahead)
    alike = [(text.removesuffix(zone), at + shift) for text, at in known if text.endswith(zone)]
    return DateForm(*_find_form(alike[:TRIED]), zone, ahead)


def _hours_ahead(zone: str) -> float:
    """Return the hours ahead of UTC of CET, +0100 or +01:00[Europe/Berlin]."""
    text = zone.partition("[")[0].strip()
    if text in ZONES:
        return ZONES[text]
    return int(text[:3]) + int(text[0] + text[-2:]) / 60


def _find_form(known: list[tuple[str, dt.datetime]]) -> tuple[str, bool]:
    """Find the format of most texts, given their moments; and whether they are in capitals."""
    hits = Counter[tuple[str, bool]]()
    for form, is_upper in product(_date_forms(), (False, True)):
        misses = 0
        for text, moment in known:
            written = form.format(t=_rounded(moment))
            is_hit = text == (written.upper() if is_upper else written)
            hits[form, is_upper] += is_hit
            misses += not is_hit
            if 2 * misses > len(known):
                break  # not the format of most dates
    best = max(hits, key=lambda key: hits[key], default=("", False))
    if known and 2 * hits[best] >= len(known):
        return best
    has_time = any(moment.time() != dt.time() for _, moment in known)
    return "{t:%Y-%m-%d}" + " {t:%H:%M:%S}" * has_time, False


def _rounded(moment: dt.datetime) -> dt.datetime:
    """Round to seconds: a share of a day is not exact."""
    return (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)
