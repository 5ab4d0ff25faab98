"""Texts as dates, and what the texts of a column say about the order of day and month."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from rarebit.datasets.spellings import (
    CLOCK,
    DOUBTFUL_ZONES,
    ISO_DATE,
    MONTH,
    MONTH_AND_NUMBER,
    MONTHS,
    NAMED_DATE,
    ORDERED_DATE,
    SAME_MARKS,
    SERIAL_DATE,
    ZONES,
    Spelling,
)

ORDERS = ("dmy", "mdy", "ymd")
# The order of Feb-23, if that is a month with its year
MONTH_YEAR = "my"
_EPOCH = dt.date(1970, 1, 1).toordinal()
# Days from the first one of Excel, 1899-12-30.
_EXCEL_EPOCH = _EPOCH - dt.date(1899, 12, 30).toordinal()
# Excel's days are this far from the other dates of their column at most.
_NEAR = 366
# As POSIX has it: years of two digits are 1969 to 2068.
FIRST_YEAR = 1969
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_DOUBTFUL_ZONE = re.compile(rf".*\d.* ({'|'.join(DOUBTFUL_ZONES)})")
# Other ways to write the same: 2023年02月25日; 2023. 02. 25.; Sat Feb 25 07:37:00 2023;
# 20230225T073700; 2023-02-25T07:37+01:00[Europe/Berlin]
_OTHER_WAYS = (
    (re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日"), r"\1-\2-\3"),
    (
        re.compile(r"(?:[A-Za-z]{3} )?([A-Za-z]{3}) +(\d{1,2}) ([\d:]{8})(?: UTC| GMT)? (\d{4})"),
        r"\2 \1 \4 \3",
    ),
    (re.compile(r"(\d{8})T(\d\d)(\d\d)(\d\d)(Z?)"), r"\1 \2:\3:\4\5"),
    (re.compile(r"(\d{1,4})\. ?(\d{1,2})\. ?(\d{1,4})\.?((?: .*)?)"), r"\1.\2.\3\4"),
    (re.compile(r"(.*(?:Z|[+-]\d\d:?\d\d))\[[\w/+-]+\]"), r"\1"),
)
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
        days[k] = read_date(uniques[k], spelling.date_order, spelling.first_year)
        if spelling.serials and SERIAL_DATE.fullmatch(uniques[k]):
            days[k] = float(uniques[k]) - _EXCEL_EPOCH
    return days[codes]


def with_serials(spelling: Spelling, texts: np.ndarray) -> Spelling:
    """Take the numbers among the dates of a column as Excel's, if all of them are near the dates.

    A sheet with dates in two formats is exported so: one of them as text, the other as numbers.
    """
    days = read_dates(texts, spelling)
    serials = [bool(SERIAL_DATE.fullmatch(text)) for text in texts]
    if not any(serials) or np.isnan(days).all():
        return spelling
    counted = np.array([float(text) for text in texts[serials]]) - _EXCEL_EPOCH
    near = (counted > np.nanmin(days) - _NEAR) & (counted < np.nanmax(days) + _NEAR)
    return replace(spelling, serials=bool(near.all()))


def serial_notes(texts: np.ndarray, counts: np.ndarray) -> tuple[str, ...]:
    """Say that numbers are read as days, and how many cells hold one."""
    serials = np.array([bool(SERIAL_DATE.fullmatch(text)) for text in texts])
    day = read_dates(texts[serials][:1], Spelling(serials=True)).astype("datetime64[D]")[0]
    example = f"{texts[serials][0]!r} is read as {day}, and other numbers alike"
    return (f"{example} ({counts[serials].sum():,})",)


def why_unread(text: str) -> str:
    """Say why a text that stands among dates is not read as one, and how to write it."""
    if found := _DOUBTFUL_ZONE.fullmatch(text):
        return f"{text!r} is no date, because {found[1]} means several time zones; write +0100"
    if _month_and_number(text):
        return f"{text!r} may be a month with its year or with a day; write 2021-12"
    return f"some cells are dates, others not, as {text!r}"


def days_of(moments: pd.Series) -> np.ndarray:
    """Count the days from 1970-01-01 to each moment; in UTC if they have a time zone."""
    naive = moments.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    days = naive.astype(np.int64) / 86_400_000_000
    return np.where(np.isnat(naive), np.nan, days)


def compact_days(numbers: np.ndarray) -> np.ndarray:
    """Read numbers such as 20200826 as days; nan for what is not a date."""
    distinct, codes = np.unique(numbers, return_inverse=True)
    days = [read_date(f"{n:08.0f}", "") if 0 < n < 1e8 else math.nan for n in distinct]
    return np.array(days)[codes]


def begin_with_a_day(numbers: np.ndarray) -> bool:
    """Tell whether all numbers are dates such as 25022023 or, in one order, 02252023."""
    texts = [f"{number:08.0f}" for number in numbers]
    if not all(len(text) == 8 and "1900" <= text[4:] <= "2100" for text in texts):
        return False
    both = (
        [_days(x[4:], x[2:4], x[:2]) for x in texts],
        [_days(x[4:], x[:2], x[2:4]) for x in texts],
    )
    return any(not np.isnan(days).any() for days in both)


def read_date(text: str, order: str, first_year: int = 0) -> float:
    """Read one date, with or without the time of day; nan if it is not one."""
    found = _taken_apart(text)
    if found is None:
        return math.nan
    time = _time_of_day(found)
    date = found["date"]
    if named := NAMED_DATE.fullmatch(date):
        day, word = named["day"] or named["day2"], named["month"] or named["month2"]
        return _days(named["year"], _month(word), day, first_year) + time
    if found["hour"] is None and (month := MONTH.fullmatch(date)):
        year = month["year"] or month["year2"] or month["year3"]
        which = month["number"] or month["number2"] or _month(month["word"])
        return _days(year, which, "1")
    if order == MONTH_YEAR and (parts := _month_and_number(text)):
        return _days(parts[1], parts[0], "1", first_year)
    if compact := _COMPACT.fullmatch(date):
        return _days(compact[1], compact[2], compact[3]) + time
    return _ordered_days(date, order, first_year) + time


def year_notes(spelling: Spelling, days: np.ndarray) -> tuple[str, ...]:
    """Say which years those of two digits are, unless they are the usual ones of the past."""
    first = spelling.first_year
    is_past = np.nanmax(days, initial=-np.inf) <= np.datetime64("today", "D").astype(np.int64)
    if not first or (first == FIRST_YEAR and is_past):
        return ()
    return (f"years of two digits are read as {first} to {first + 99}",)


def _taken_apart(text: str) -> re.Match[str] | None:
    """Split a text into a date and a time of day, None if it ends in something else."""
    plain = text.translate(SAME_MARKS).strip()
    for way, written in _OTHER_WAYS:
        if found := way.fullmatch(plain):
            plain = found.expand(written)
    return _WITH_CLOCK.fullmatch(plain)


def is_date(text: str) -> bool:
    """Tell whether a text is a date, also one that can be read in several ways."""
    if ISO_DATE.fullmatch(text) or _month_and_number(text) or _DOUBTFUL_ZONE.fullmatch(text):
        return True
    return is_ambiguous(text) or not math.isnan(read_date(text, ""))


def is_ambiguous(text: str) -> bool:
    """Tell whether a text is a date that can be read in several ways."""
    dated = _taken_apart(text)
    found = ORDERED_DATE.fullmatch(dated["date"]) if dated else None
    days = [] if found is None else [*_readings(found).values()]
    return int(np.isfinite(days).sum()) > 1


def _ordered_days(date: str, order: str, first_year: int) -> float:
    """Read a date of three numbers; nan if it is none, or can be read in two ways."""
    found = ORDERED_DATE.fullmatch(date)
    if found is None:
        return math.nan
    readings = _readings(found, first_year)
    if order and len(readings) > 1:
        return readings.get(order, math.nan)
    days = [day for day in readings.values() if not math.isnan(day)]
    return days[0] if len(days) == 1 else math.nan


def _readings(found: re.Match[str], first_year: int = 0) -> dict[str, float]:
    """Return the days that three numbers mean in each order that their form allows."""
    if len(found["first"]) > 2:
        orders: tuple[str, ...] = ("ymd",)
    elif found["mark"] == ".":
        orders = ("dmy",)  # a point stands for a day first
    else:
        orders = ("dmy", "mdy") if len(found["third"]) == 4 else ORDERS
    numbers = found.group("first", "second", "third")
    return {
        order: _days(parts["y"], parts["m"], parts["d"], first_year)
        for order in orders
        if len((parts := dict(zip(order, numbers, strict=True)))["y"]) != 1
    }


def _days(year: str, month: int | str, day: str, first_year: int = 0) -> float:
    """Count the days to a date; nan if there is no such day."""
    number = _whole_year(int(year), first_year or FIRST_YEAR) if len(year) == 2 else int(year)
    try:
        return float(dt.date(number, int(month), int(day)).toordinal() - _EPOCH)
    except ValueError:
        return math.nan


def _whole_year(year: int, first_year: int) -> int:
    """Return the year that ends in these two digits, of the hundred years from the first one."""
    return first_year + (year - first_year) % 100


def _month_and_number(text: str) -> tuple[int, str] | None:
    """Take Feb-23 apart; None if the text is something else."""
    found = MONTH_AND_NUMBER.fullmatch(text.translate(SAME_MARKS).strip())
    month = _month(found["word"]) if found else 0
    return (month, found["number"]) if found and month else None


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
    zone = found["zone"]
    ahead = float(ZONES.get(found["zone_name"], 0))
    if zone:
        ahead = int(zone[0] + zone[1:3]) + int(zone[0] + zone[-2:]) / 60
    if half := found["half"]:
        if not 1 <= hour <= 12:
            return math.nan
        hour = hour % 12 + (12 if half in "pP" else 0)
    if hour > 24 or minute > 59 or second >= 61:
        return math.nan
    return (hour - ahead + (minute + second / 60) / 60) / 24


@dataclass
class DateMarks:
    """In which orders the dates of a column can be read, counted over its cells."""

    # Cells that are a date in each order
    fits: Counter[str] = field(default_factory=Counter)
    # Values of the first and of the last number: a day takes more of them than a year
    ends: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))
    # Years of two digits if the dates have this order; of dates that leave no choice, for ""
    years: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    # Months with two digits, such as Feb-23
    months: set[tuple[int, int]] = field(default_factory=set)

    def add(self, texts: np.ndarray, counts: np.ndarray) -> None:
        """Look at distinct texts and how often each occurs."""
        for text, count in zip(texts, counts.tolist(), strict=True):
            if parts := _month_and_number(text):
                self.months.add((parts[0], int(parts[1])))
                self._add_year(MONTH_YEAR, parts[1])
                continue
            dated = _taken_apart(text)
            if dated is None:
                continue
            if (named := NAMED_DATE.fullmatch(dated["date"])) and not math.isnan(
                read_date(text, "")
            ):
                self._add_year("", named["year"])
            if (found := ORDERED_DATE.fullmatch(dated["date"])) is None:
                continue
            readings = _readings(found)
            fits = [order for order, day in readings.items() if not math.isnan(day)]
            for order in fits:
                year = found["first" if order == "ymd" else "third"]
                self._add_year(order if len(readings) > 1 else "", year)
            if len(readings) < 2:
                continue
            self.fits.update(dict.fromkeys(fits, count))
            if len(found["first"]) <= 2 and len(found["third"]) <= 2:
                self.ends[0].add(found["first"].zfill(2))
                self.ends[1].add(found["third"].zfill(2))

    def _add_year(self, order: str, year: str) -> None:
        """Keep a year if it has two digits."""
        if len(year) == 2:
            self.years[order].add(int(year))

    def first_year(self, order: str, this_year: int) -> int:
        """The first of the hundred years that those of two digits lie in; 0 if there are none.

        Dates of birth from 1930 to 1989 must not be split into 1969 to 1989 and 2030 to 2068: where
        years of the last century would come with future ones, none lies in the future.
        """
        years = [_whole_year(year, FIRST_YEAR) for year in self.years[""] | self.years[order]]
        if not years:
            return 0
        return this_year - 99 if min(years) < 2000 and max(years) > this_year else FIRST_YEAR

    def _are_years(self) -> bool:
        """Tell whether the numbers of Feb-23 and the like are years: some are no days, or few."""
        numbers = {number for _, number in self.months}
        if any(math.isnan(_days("2000", month, str(number))) for month, number in self.months):
            return True
        return 1 not in numbers and len(numbers) < len({month for month, _ in self.months})

    @property
    def orders(self) -> list[str]:
        """The orders in which most cells can be read: one if the cells are certain."""
        if not self.fits and self._are_years():
            return [MONTH_YEAR]
        most = max(self.fits.values(), default=0)
        best = [order for order in ORDERS if most and self.fits[order] == most]
        first, last = map(len, self.ends)
        if "ymd" in best and len(best) > 1 and max(first, last) > 2 * min(first, last):
            # Years of two digits: 26/08/20
            best = [order for order in best if (order == "ymd") == (last > first)]
        return best
