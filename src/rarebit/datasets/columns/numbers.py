"""Texts as numbers.

Plain numbers, ``-1234.5``, are parsed at once; only the others are taken apart by hand, each
distinct text once.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from rarebit.datasets.columns.durations import (
    DAY,
    FORMS,
    SECONDS,
    WORDS,
    read_duration,
)
from rarebit.datasets.spellings import (
    CURRENCY,
    CURRENCY_CODES,
    MULTIPLES,
    MULTIPLIERS,
    NUMBER_PARTS,
    SAME_MARKS,
    Spelling,
)

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
_TIMES = MULTIPLIERS | MULTIPLES


def _body_pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    """Digits with a decimal mark, in groups of three (or two, as in India) or in one."""
    mark = re.escape(decimal)
    return re.compile(
        rf"(?:[1-9]\d{{0,2}}(?P<t>[{thousands}' _])\d{{3}}(?:(?P=t)\d{{3}})*"
        rf"|[1-9]\d?(?:{thousands}\d\d)+{thousands}\d{{3}}|\d+)(?:{mark}\d*)?|{mark}\d+"
    )


BODY = {".": _body_pattern(".", ","), ",": _body_pattern(",", r"\.")}


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
        return Parts(False, "0", "", unit) if unit else _duration(plain)
    if found["power"] and found["times"]:
        return None
    signs = [found[name] for name in ("sign", "inner", "trailing", "last") if found[name]]
    units = [found[name] for name in ("before", "after") if found[name]]
    is_debit, power = False, found["power"] or found["times"] or ""
    if units and units[-1].upper() in ("CR", "DR"):
        is_debit = units[-1].upper() == "DR"
        units = [" ".join([*units[:-1], "CR"])] if is_debit or len(units) > 1 else units
    elif len(units) > 1 and units[-1] in MULTIPLES and not power:
        power = units.pop()
    if len(signs) + bool(accounting) + is_debit > 1 or len(units) > 1:
        return None
    unit = units[0] if units else ""
    negative = bool(accounting) or is_debit or signs == ["-"]
    is_rough = found["limit"] in ("~", "≈")
    is_limit = bool(found["limit"] or found["over"]) and not is_rough  # <5, 90+
    times = _TIMES.get(power.strip(" ."), "")
    is_noted = is_rough or is_debit or bool(times) or "_" in found["body"]
    power = times or power.lower().replace("d", "e")
    return Parts(negative, found["body"].strip(), power, unit, is_limit, is_noted)


def _duration(text: str) -> Parts | None:
    """Return a duration as a number whose unit is its form."""
    found = read_duration(text)
    if found is None:
        return None
    seconds, form = found
    return Parts(seconds < 0, f"{abs(seconds) * 1000:.0f}", "e-3", form)


def value_of(parts: Parts, decimal: str) -> float:
    """Return the number with this decimal mark, nan if it cannot be written so."""
    if not BODY[decimal].fullmatch(parts.body):
        return math.nan
    thousands = ",' _" if decimal == "." else ".' _"
    digits = parts.body.translate(str.maketrans(decimal, ".", thousands))
    value = float(digits + parts.power) / (DAY if parts.unit in FORMS else 1)
    return -value if parts.negative else value


def is_number(text: str) -> bool:
    """Tell whether a text is a number with one of the decimal marks."""
    parts = take_apart(text)
    return parts is not None and any(BODY[mark].fullmatch(parts.body) for mark in ".,")


def read_number(text: str, spelling: Spelling) -> float:
    """Read one number; nan if it is not one in this spelling, or has another unit."""
    parts = take_apart(text)
    if parts is None:
        return math.nan
    if spelling.multiples and parts.unit in MULTIPLES:
        parts = parts._replace(unit="", power=parts.power or MULTIPLES[parts.unit])
    seconds = SECONDS.get(plain_unit(parts.unit), 0) if spelling.unit == WORDS else 0
    if parts.unit and not seconds and same_unit(parts.unit) != same_unit(spelling.unit):
        return math.nan
    if spelling.fractions and parts.unit:
        parts = parts._replace(power=f"e{int(parts.power[1:] or 0) - 2}")
    marks = [mark for mark in parts.body if mark in ".,"]
    both = spelling.both_marks and len(marks) == 1
    return value_of(parts, marks[0] if both else spelling.decimal) * (seconds / DAY or 1)


def plain_unit(unit: str) -> str:
    """Return a unit as units of time are compared."""
    return unit.lower().rstrip(".")


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
