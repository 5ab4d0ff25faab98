"""Texts as dates, and what the texts of a column say about the order of day and month."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from rarebit.datasets.spellings import (
    CLOCK,
    ISO_DATE,
    MONTHS,
    NAMED_DATE,
    ORDERED_DATE,
    SAME_MARKS,
    Spelling,
)

ORDERS = ("dmy", "mdy", "ymd")
_EPOCH = dt.date(1970, 1, 1).toordinal()
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_WITH_CLOCK = re.compile(rf"(?P<date>.*?\d)(?:[ ,T:]+(?:{CLOCK.pattern}))?")


def read_dates(texts: np.ndarray, spelling: Spelling) -> np.ndarray:
    """Read texts (None where missing) as days since 1970-01-01; nan for what is not a date."""
    codes, uniques = pd.factorize(texts)
    days = np.full(len(uniques) + 1, np.nan)
    iso = np.array([ISO_DATE.fullmatch(text) is not None for text in uniques], dtype=bool)
    if iso.any():
        moments = pd.Series(uniques[iso], dtype=object)
        found = pd.to_datetime(moments, format="ISO8601", utc=True, errors="coerce")
        days[:-1][iso] = days_of(found)
    for k in np.flatnonzero(np.isnan(days[:-1])):
        days[k] = read_date(uniques[k], spelling.date_order)
    return days[codes]


def days_of(moments: pd.Series) -> np.ndarray:
    """Count the days from 1970-01-01 to each moment; in UTC if they have a time zone."""
    naive = moments.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    days = naive.astype(np.int64) / 86_400_000_000
    return np.where(np.isnat(naive), np.nan, days)


def compact_days(numbers: np.ndarray) -> np.ndarray:
    """Read numbers such as 20200826 as days; nan for what is not a date."""
    days = [
        math.nan if not 0 < number < 1e8 else read_date(f"{number:08.0f}", "")
        for number in np.unique(numbers)
    ]
    return np.array(days)[np.unique(numbers, return_inverse=True)[1]]


def read_date(text: str, order: str) -> float:
    """Read one date, with or without the time of day; nan if it is not one."""
    found = _WITH_CLOCK.fullmatch(text.translate(SAME_MARKS).strip())
    if found is None:
        return math.nan
    time = _time_of_day(found)
    date = found["date"]
    if named := NAMED_DATE.fullmatch(date):
        day, word = named["day"] or named["day2"], named["month"] or named["month2"]
        return _days(named["year"], _month(word), day) + time
    if compact := _COMPACT.fullmatch(date):
        return _days(*compact.groups()) + time
    return _ordered_days(date, order) + time


def is_date(text: str) -> bool:
    """Tell whether a text is a date, also one that can be read in several ways."""
    is_iso = ISO_DATE.fullmatch(text) is not None
    return is_iso or is_ambiguous(text) or not math.isnan(read_date(text, ""))


def is_ambiguous(text: str) -> bool:
    """Tell whether a text is a date that can be read in several ways."""
    dated = _WITH_CLOCK.fullmatch(text.translate(SAME_MARKS).strip())
    found = ORDERED_DATE.fullmatch(dated["date"]) if dated else None
    days = [] if found is None else [*_readings(found).values()]
    return int(np.isfinite(days).sum()) > 1


def _ordered_days(date: str, order: str) -> float:
    """Read a date of three numbers; nan if it is none, or can be read in two ways."""
    found = ORDERED_DATE.fullmatch(date)
    if found is None:
        return math.nan
    readings = _readings(found)
    if order and len(readings) > 1:
        return readings.get(order, math.nan)
    days = [day for day in readings.values() if not math.isnan(day)]
    return days[0] if len(days) == 1 else math.nan


def _readings(found: re.Match[str]) -> dict[str, float]:
    """Return the days that three numbers mean in each order that their form allows."""
    if len(found["first"]) > 2:
        orders: tuple[str, ...] = ("ymd",)
    elif found["mark"] == ".":
        orders = ("dmy",)  # a point stands for a day first
    else:
        orders = ("dmy", "mdy") if len(found["third"]) == 4 else ORDERS
    numbers = found.group("first", "second", "third")
    return {
        order: _days(parts["y"], int(parts["m"]), parts["d"])
        for order in orders
        if len((parts := dict(zip(order, numbers, strict=True)))["y"]) != 1
    }


def _days(year: str, month: int | str, day: str) -> float:
    """Count the days to a date; nan if there is no such day."""
    number = int(year)
    if len(year) == 2:
        number += 1900 if number >= 69 else 2000  # as POSIX has it
    try:
        return float(dt.date(number, int(month), int(day)).toordinal() - _EPOCH)
    except ValueError:
        return math.nan


def _month(word: str) -> int:
    """Return the number of a month, 0 if the word is none."""
    low = word.lower()
    return next((k for k, names in enumerate(MONTHS, start=1) if low.startswith(names)), 0)


def _time_of_day(found: re.Match[str]) -> float:
    """Return the time of day as a share of the day; nan if there is no such time."""
    if found["hour"] is None:
        return 0.0
    hour, minute = int(found["hour"]), int(found["minute"])
    second = float((found["second"] or "0").replace(",", "."))
    if half := found["half"]:
        if not 1 <= hour <= 12:
            return math.nan
        hour = hour % 12 + (12 if half in "pP" else 0)
    if hour > 24 or minute > 59 or second >= 61:
        return math.nan
    return (hour + (minute + second / 60) / 60) / 24


@dataclass
class DateMarks:
    """In which orders the dates of a column can be read, counted over its cells."""

    # Cells that are a date in each order, and cells that are a date of three numbers
    fits: Counter[str] = field(default_factory=Counter)
    ordered: int = 0
    # Values of the first and of the last number: a day takes more of them than a year
    ends: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))

    def add(self, texts: np.ndarray, counts: np.ndarray) -> None:
        """Look at distinct texts and how often each occurs."""
        for text, count in zip(texts, counts.tolist(), strict=True):
            dated = _WITH_CLOCK.fullmatch(text.translate(SAME_MARKS))
            found = ORDERED_DATE.fullmatch(dated["date"].strip()) if dated else None
            if found is None or len(readings := _readings(found)) < 2:
                continue
            self.ordered += count
            self.fits.update(
                {order: count for order, day in readings.items() if not math.isnan(day)}
            )
            if len(found["first"]) <= 2 and len(found["third"]) <= 2:
                self.ends[0].add(found["first"].zfill(2))
                self.ends[1].add(found["third"].zfill(2))

    @property
    def orders(self) -> list[str]:
        """The orders in which most cells can be read: one if the cells are certain."""
        most = max(self.fits.values(), default=0)
        best = [order for order in ORDERS if most and self.fits[order] == most]
        first, last = map(len, self.ends)
        if "ymd" in best and len(best) > 1 and max(first, last) > 2 * min(first, last):
            # Years of two digits: 26/08/20
            best = [order for order in best if (order == "ymd") == (last > first)]
        return best
