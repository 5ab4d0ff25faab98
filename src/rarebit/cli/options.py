"""Options that several commands parse alike, and how an interrupted one ends."""

from __future__ import annotations

import re

from rarebit.exceptions import InputError


class Interrupted(Exception):  # noqa: N818 - reads as what happened
    """The user pressed Ctrl-C; the message says how to go on."""


_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}


def parse_duration(text: str | None) -> float | None:
    """Seconds of ``"90"``, ``"90s"``, ``"10m"``, ``"1.5h"`` or ``"1h30m"``.

    Raises
    ------
    InputError
        If it is none of these, or not more than 0.

    Examples
    --------
    >>> parse_duration("10m"), parse_duration("1h30m"), parse_duration("90")
    (600.0, 5400.0, 90.0)
    """
    if text is None:
        return None
    compact = text.strip().lower().replace(" ", "")
    parts = re.findall(r"(\d+(?:\.\d+)?)([smh]?)", compact)
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != compact or seconds <= 0:
        raise InputError(f"'{text}' is no duration; write 90s, 10m or 1h30m.")
    return seconds


def parse_names(text: str | None) -> list[str] | None:
    """Names separated by commas.

    Raises
    ------
    InputError
        If there is no name, or one comes twice.

    Examples
    --------
    >>> parse_names("svm, knn")
    ['svm', 'knn']
    """
    if text is None:
        return None
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise InputError(f"'{text}' holds no name; write names with commas, or leave it out.")
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"'{text}' holds '{name}' twice; once is enough.")
    return names
