"""Names and numbers as people read them: labels, rounding, text made safe to show."""

from __future__ import annotations

import math
import re
import unicodedata

from rarebit.evaluation import Candidate, Comparison
from rarebit.zoo.treatments import TREATMENTS

DASH = "–"
NARROW = "\xa0"  # keeps a number and its unit on one line
_TREATMENTS = {treatment.name: treatment for treatment in TREATMENTS}
# Signs that turn the direction of the text around them, and so can disguise a name.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")


def clean(text: object, limit: int | None = None) -> str:
    """Return text on one line without control signs, cut to ``limit`` with an ellipsis.

    Examples
    --------
    >>> clean("two\\nlines"), clean("a long name", limit=6)
    ('two lines', 'a lon…')
    """
    shown = _BIDI.sub("", str(text))
    shown = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in shown)
    shown = " ".join(shown.split())
    return shown if limit is None or len(shown) <= limit else shown[: limit - 1].rstrip() + "…"


def number(value: object, digits: int = 3, signed: bool = False) -> str:
    """Write a number for a table; an undefined one is a dash.

    Examples
    --------
    >>> number(0.12345), number(0.5, signed=True), number(float("nan"))
    ('0.123', '+0.500', '–')
    """
    figure = float(value)  # type: ignore[arg-type]
    if not math.isfinite(figure):
        return DASH
    return f"{figure:{'+' if signed else ''}.{digits}f}".replace("-", "−")


def p_value(value: object) -> str:
    """Write a p-value; below what is worth telling apart it is a bound.

    Examples
    --------
    >>> p_value(0.0312), p_value(1e-9)
    ('0.031', '< 0.001')
    """
    figure = float(value)  # type: ignore[arg-type]
    return "< 0.001" if figure < 0.001 else number(figure)


def count(n: int, what: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> count(1, "row"), count(1200, "false alarm")
    ('1 row', '1,200 false alarms')
    """
    return f"{n:,} {what}{'' if n == 1 else 's'}"


def percent(share: float) -> str:
    """Write a share; small ones keep two digits that count.

    Examples
    --------
    >>> percent(0.25), percent(0.00172)
    ('25\xa0%', '0.17\xa0%')
    """
    figure = f"{100 * share:.2g}" if share < 0.1 else f"{100 * share:.0f}"
    return f"{figure}{NARROW}%"


def seconds(value: object) -> str:
    """Write a duration.

    Examples
    --------
    >>> seconds(0.0123), seconds(4.2), seconds(150)
    ('12 ms', '4.2 s', '2.5 min')
    """
    figure = float(value)  # type: ignore[arg-type]
    if not math.isfinite(figure):
        return DASH
    if figure < 1:
        return f"{1000 * figure:.2g} ms" if figure < 0.1 else f"{1000 * figure:.0f} ms"
    return f"{figure:.1f} s" if figure < 120 else f"{figure / 60:.1f} min"


def label(comparison: Comparison, name: str, limit: int | None = None) -> str:
    """Label for people of a classifier or treatment."""
    return clean(comparison.labels.get(name, name), limit)


def candidate_label(comparison: Comparison, candidate: Candidate, limit: int | None = None) -> str:
    """Label of a classifier under a treatment, such as ``"Random forest · SMOTE"``."""
    return " · ".join(label(comparison, name, limit) for name in candidate)


def treatment_kind(name: str) -> str:
    """Kind of a treatment; a sampler of the user's own is a resampling."""
    return _TREATMENTS[name].kind if name in _TREATMENTS else "resampling"


def fit_key(candidate: Candidate) -> Candidate:
    """Return the same for candidates that are fitted alike and differ in their decision only.

    Examples
    --------
    >>> fit_key(("svm", "tuned_threshold")) == fit_key(("svm", "untouched"))
    True
    """
    classifier, treatment = candidate
    alike = treatment_kind(treatment) in ("none", "threshold")
    return classifier, "untouched" if alike else treatment


def class_label(comparison: Comparison, code: int, limit: int | None = None) -> str:
    """Class label as the user wrote it."""
    return clean(comparison.dataset.classes[code], limit)
