"""Texts such as 1:30:00, 3d 4h and PT1H30M as durations."""

from __future__ import annotations

import re
from collections.abc import Collection

DAY = 86_400
# Forms of durations, as units of numbers: with a colon, and with words.
MINUTES, CLOCK, WORDS = "h:mm", "h:mm:ss", "d h m"
FORMS = frozenset({MINUTES, CLOCK, WORDS})
SECONDS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("w", "week", "weeks"), 7 * DAY),
    **dict.fromkeys(("mo", "month", "months"), 365.25 / 12 * DAY),
    **dict.fromkeys(("y", "yr", "yrs", "year", "years"), 365.25 * DAY),
}
# Python writes -1 day, 22:00:00 for two hours before.
_CLOCK = re.compile(
    r"(?:(?P<days>[+-]?\d+) ?d(?:ays?)?,? \+?)?(?P<sign>-)?(?P<hours>\d+)[:h](?P<minutes>[0-5]\d)"
    r"(?::(?P<seconds>[0-5]\d(?:[.,]\d+)?))?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
_PART = re.compile(r"(?P<number>\d+(?:[.,]\d+)?) ?(?P<unit>[A-Za-z]+)\.?,?(?: and)? ?")
_WORDS = re.compile(rf"(?:{re.sub(r'[(][?]P<[a-z]+>', '(?:', _PART.pattern)})+")
_ISO = re.compile(r"P(?=[\dT])|(?<=[\dDP])T(?=\d)")


def read_duration(text: str) -> tuple[float, str] | None:
    """Return seconds and the form of a duration, None if a text is none."""
    if found := _CLOCK.fullmatch(text):
        hours = int(found["hours"])
        if found["half"]:
            if not 1 <= hours <= 12:
                return None
            hours = hours % 12 + 12 * (found["half"] in "pP")
        of_day = 3600 * hours + 60 * int(found["minutes"]) + _number(found["seconds"] or "0")
        seconds = DAY * int(found["days"] or 0) + (-of_day if found["sign"] else of_day)
        return seconds, CLOCK if found["seconds"] else MINUTES
    sign = -1 if text.startswith("-") else 1
    text = _ISO.sub("", text.removeprefix("-"))
    parts = [part.groups() for part in _PART.finditer(text)] if _WORDS.fullmatch(text) else []
    units = [unit.lower() for _, unit in parts]
    if not units or not are_times(units):
        return None
    return sign * sum(_number(number) * SECONDS[unit.lower()] for number, unit in parts), WORDS


def are_times(units: Collection[str]) -> bool:
    """Tell whether units are those of time; m beside years may be months."""
    return set(units) <= SECONDS.keys() and not ("m" in units and any(u[0] == "y" for u in units))


def write_duration(days: float, form: str, *, padded: bool) -> str:
    """Write days in a form, hours with two digits at least if ``padded``."""
    sign = "-" if days < 0 else ""
    unit = 60 if form != CLOCK else 1
    seconds = unit * round(abs(days) * DAY / unit)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if form == WORDS:
        return f"{sign}{hours // 24}d {hours % 24}h {minutes}m"
    text = f"{hours:0{2 if padded else 1}}:{minutes:02}" + f":{seconds:02}" * (form == CLOCK)
    return sign + text


def _number(text: str) -> float:
    return float(text.replace(",", "."))
