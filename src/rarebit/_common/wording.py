"""One way to write numbers, lists and suggestions, used everywhere."""

from __future__ import annotations

import difflib
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence

DASH = "–"  # an undefined number
NOT_ESTIMATED = "not estimated"  # an undefined interval
NAMES = ("Brier", "Borderline-SMOTE")  # labels that begin with a name
NO_BREAK = "\xa0"  # keeps a number and its unit on one line
# Hyphens, dashes, minus signs and apostrophes that look alike
_SAME_SIGNS = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-")
    | dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'")
)


def listed(items: Iterable[object], last: str = "and") -> str:
    """Join items as in a sentence; no items give an empty text.

    >>> listed(["a", "b", "c"]), listed([1, 2], "or"), listed(["a"])
    ('a, b and c', '1 or 2', 'a')
    """
    *first, end = [str(item) for item in items] or [""]
    return f"{', '.join(first)} {last} {end}" if first else end


def in_a_sentence(label: str) -> str:
    """Write a label without its capital, as within a sentence; a name such as SMOTE keeps it.

    >>> in_a_sentence("Tuned threshold"), in_a_sentence("SMOTE"), in_a_sentence("Brier score")
    ('tuned threshold', 'SMOTE', 'Brier score')
    """
    is_name = not label[1:2].islower() or label.startswith(NAMES)
    return label if is_name else label[0].lower() + label[1:]


def shortened(text: str, limit: int = 200) -> str:
    """Cut a text to ``limit`` characters; the last one is then an ellipsis.

    >>> shortened("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


def first_few(items: Iterable[object], most: int = 5) -> str:
    """Join the first items with commas, and count the others.

    >>> first_few("abc"), first_few(range(9), most=3)
    ('a, b, c', '0, 1, 2 and 6 more')
    """
    texts = [str(item) for item in items]
    others = len(texts) - most
    return ", ".join(texts[:most]) + (f" and {others} more" if others > 0 else "")


def named(what: str, items: Sequence[object], plural: str | None = None) -> str:
    """Join the first items after the word for them; the plural is ``what`` with an s unless given.

    >>> named("column", ["a"]), named("class", "ab", "classes")
    ('column a', 'classes a, b')
    """
    return f"{what if len(items) == 1 else plural or what + 's'} {first_few(items)}"


def closest(name: str, names: Iterable[str]) -> str:
    """Suggest the names that are most similar to an unknown one; empty if none is.

    >>> closest("taget", ["sex", "target"])
    ": did you mean 'target'?"
    >>> closest("Logistic", ["knn", "logistic_regression"])
    ": did you mean 'logistic_regression'?"
    """
    known = {other.casefold(): other for other in names}
    wanted = name.casefold()
    near = [known[other] for other in difflib.get_close_matches(wanted, known)]
    if not near and len(wanted) > 2:
        near = [known[other] for other in known if wanted in other][:3]
    return f": did you mean {' or '.join(map(repr, near))}?" if near else ""


def written_alike(labels: Iterable[object], what: str = "The classes") -> list[str]:
    """Say which labels differ only in case, spaces and punctuation; one sentence a group.

    >>> written_alike(["ill", "ILL ", "well", "HER2+", "HER2-"])
    ["The classes 'ill' and 'ILL ' differ only in how they are written: if they mean the same, ..."]
    """
    spellings: dict[str, list[str]] = {}
    for label in labels:
        if isinstance(label, str):
            spellings.setdefault(_bare(label), []).append(repr(str(label)))
    return [
        f"{what} {listed(alike)} differ only in how they are written: if they mean the same, "
        "write them alike."
        for word, alike in spellings.items()
        if word and len(alike) > 1
    ]


def number(value: object, digits: int = 3, signed: bool = False) -> str:
    """Write a number with a fixed number of digits; an undefined one is a dash.

    >>> number(0.12345), number(0.5, signed=True), number(float("nan"))
    ('0.123', '+0.500', '–')
    """
    figure = float(value)  # type: ignore[arg-type]
    if not math.isfinite(figure):
        return DASH
    return f"{figure:{'+' if signed else ''}.{digits}f}".replace("-", "−")


def amount(value: object) -> str:
    """Write an amount, such as money; from a thousand on without decimals.

    >>> amount(12345.6), amount(3.456), amount(-2)
    ('12,346', '3.46', '−2.00')
    """
    figure = float(value)  # type: ignore[arg-type]
    if not math.isfinite(figure):
        return DASH
    return f"{figure:,.{0 if abs(figure) >= 1000 else 2}f}".replace("-", "−")


def amounts(low: object, high: object) -> str:
    """Write an interval of amounts, or that it is not estimated.

    >>> amounts(12345.6, 20000)
    '12,346 to 20,000'
    """
    ends = amount(low), amount(high)
    return NOT_ESTIMATED if DASH in ends else " to ".join(ends)


def interval(low: object, high: object, signed: bool = False) -> str:
    """Write an interval, or that it is not estimated.

    >>> interval(0.25, 0.75), interval(-0.01, 0.02, signed=True), interval(0.25, float("nan"))
    ('0.250 to 0.750', '−0.010 to +0.020', 'not estimated')
    """
    ends = [number(end, signed=signed) for end in (low, high)]
    return NOT_ESTIMATED if DASH in ends else " to ".join(ends)


def p_value(value: object) -> str:
    """Write a p-value; below 0.001 as a bound.

    >>> p_value(0.0312), p_value(1e-9)
    ('0.031', '< 0.001')
    """
    figure = float(value)  # type: ignore[arg-type]
    return "< 0.001" if figure < 0.001 else number(figure)


def p_equals(value: object) -> str:
    """Write a p-value with its ``p``, for use in a sentence.

    >>> p_equals(0.0312), p_equals(1e-9)
    ('p = 0.031', 'p < 0.001')
    """
    text = p_value(value)
    return f"p {text}" if text.startswith("<") else f"p = {text}"


def count(n: int, what: str, plural: str | None = None) -> str:
    """Write a number of things; the plural is ``what`` with an s unless given.

    >>> count(1, "row"), count(1200, "false alarm"), count(2, "class", "classes")
    ('1 row', '1,200 false alarms', '2 classes')
    """
    return f"{n:,} {what if n == 1 else plural or what + 's'}"


def percent(share: float, digits: int | None = None) -> str:
    r"""Write a share as a percentage, below 10 % with two significant digits.

    ``digits`` are those after the point, where every share is to have the same number.

    >>> percent(0.25), percent(0.00172), percent(0.25, 1)
    ('25\xa0%', '0.17\xa0%', '25.0\xa0%')
    """
    if not math.isfinite(share):
        return DASH
    if digits is not None:
        figure = f"{100 * share:.{digits}f}"
    else:
        figure = f"{100 * share:.2g}" if share < 0.1 else f"{100 * share:.0f}"
    return f"{figure}{NO_BREAK}%"


def seconds(value: object) -> str:
    """Write a duration in seconds; an undefined one is a dash.

    >>> seconds(0.0123), seconds(4.2), seconds(150), seconds(9000)
    ('12 ms', '4.2 s', '2.5 min', '2.5 h')
    """
    figure = float(value)  # type: ignore[arg-type]
    if not math.isfinite(figure):
        return DASH
    if figure < 1:
        return f"{1000 * figure:.2g} ms" if figure < 0.0995 else f"{1000 * figure:.0f} ms"
    size, unit = (1, "s") if figure < 120 else (60, "min") if figure < 7200 else (3600, "h")
    return f"{figure / size:.1f}".removesuffix(".0") + f" {unit}"


def about(duration: float) -> str:
    """Write an estimated duration in seconds, no more precisely than it is known.

    >>> about(0.2), about(3.2), about(47), about(100), about(1600), about(9000)
    ('about 1 second', 'about 3 seconds', 'about 45 seconds', 'about 2 minutes',
     'about 25 minutes', 'about 2.5 hours')
    """
    if duration >= 5400:
        return f"about {round(duration / 1800) / 2:g} hours"
    size, unit = (1, "second") if duration < 57.5 else (60, "minute")
    n = duration / size
    return f"about {count(max(1, round(n)) if n < 10 else 5 * round(n / 5), unit)}"


def _bare(label: str) -> str:
    """A label in lower case, without blanks, and without punctuation around it and in words."""
    label = "".join(sign for sign in label if unicodedata.category(sign) != "Cf")  # invisible
    label = unicodedata.normalize("NFKC", label).translate(_SAME_SIGNS)
    text = label.casefold().strip(" \t\n.,:;_'\"()[]{}")
    text = re.sub(r"[\s_]+", "", text)
    text = re.sub(r"^0+(?=\d+$)", "", text)  # 01 and 1
    # Signs and decimal points stay: "A-" is not "A", nor "1.5" "15".
    return re.sub(r"(?<=[^\W\d])[.,'-]+(?=\w)|(?<=\w)[.,'-]+(?=[^\W\d])", "", text)
