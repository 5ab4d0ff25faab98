"""Operating points as users state them: by recall, precision, number of alerts or probability."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from rarebit._common.parameters import Bounds
from rarebit._common.predictions import check_proba
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Int

    Proba = Float[np.ndarray, "rows classes"]
    ByRow = Float[np.ndarray, " rows"]

Kind = Literal["recall", "precision", "fpr", "alerts", "alert_rate", "p"]

EXAMPLES = "recall>=0.95, precision>=0.5, fpr<=0.01, alerts<=50, alerts<=0.5% or p>=0.2"

# Kinds whose threshold is not fitted.
NEED_NO_ROWS = ("alerts", "p")

_SIGNS = {"recall": ">=", "precision": ">=", "fpr": "<=", "alerts": "<=", "p": ">="}
_ASCII = {"≤": "<=", "≥": ">="}
_OTHER_NAMES = {"sensitivity": "recall", "probability": "p"}
_RANGES: dict[Kind, Bounds] = {
    "recall": Bounds(float, 0, 1, open_low=True),
    "precision": Bounds(float, 0, 1, open_low=True),
    "fpr": Bounds(float, 0, 1, open_high=True),
    "alerts": Bounds(int, 1, 10**9),
    "alert_rate": Bounds(float, 0, 1, open_low=True, open_high=True),
    "p": Bounds(float, 0, 1),
}


# --- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OperatingPoint:
    """How rows are decided, as a user states it; ``str(point)`` is the text again.

    Attributes
    ----------
    kind : {"recall", "precision", "fpr", "alerts", "alert_rate", "p"}
        What is limited. ``"alerts"`` is a number of rows in each batch, ``"alert_rate"`` a share of
        the rows, ``"p"`` the probability from which a row is an alert.
    value : float
        Its limit.

    Examples
    --------
    >>> parse_points(["recall >= 95%", "alerts<=0.5%"])
    [OperatingPoint(kind='recall', value=0.95), OperatingPoint(kind='alert_rate', value=0.005)]
    """

    kind: Kind
    value: float

    def __str__(self) -> str:
        if self.kind == "alert_rate":
            return f"alerts<={100 * self.value:.10g}%"
        return f"{self.kind}{_SIGNS[self.kind]}{self.value:.10g}"


def parse_points(at: str | Sequence[str] | None) -> list[OperatingPoint]:
    """Read operating points; one text may hold several, separated by commas.

    Parameters
    ----------
    at : str, sequence of str or None
        Such as ``"recall>=0.95"`` or ``["precision>=0.5", "alerts<=50"]``.

    Returns
    -------
    list of OperatingPoint
        Each point once, in the order given.

    Examples
    --------
    >>> [str(point) for point in parse_points("recall>=0.95, alerts<=50")]
    ['recall>=0.95', 'alerts<=50']
    """
    texts: list[Any] = list(at or ()) if at is None or isinstance(at, list | tuple) else [at]
    if wrong := [text for text in texts if not isinstance(text, str)]:
        raise InputError(f"at is {wrong[0]!r}: give text such as {EXAMPLES}.")
    parts = [part for text in texts for part in re.split(r"[,;]\s*(?=[a-zA-Z])", text)]
    points = [_parse(part.strip()) for part in parts]
    for point in points:
        if points.count(point) > 1:
            raise InputError(f"at holds {point} twice: give each operating point once.")
    return points


def _parse(text: str) -> OperatingPoint:
    """Read one operating point."""
    found = re.fullmatch(r"([a-zA-Z]+)\s*([<>=≤≥]+)\s*([^%\s]+)\s*(%?)", text)
    name = found[1].lower() if found else ""
    name = _OTHER_NAMES.get(name, name)
    if found is None or name not in _SIGNS:
        raise InputError(f"at is {text!r}: give {EXAMPLES}.")
    sign, written, unit = _ASCII.get(found[2], found[2]), found[3], found[4]
    number = _number(written.replace(",", "."))
    if number is None:
        raise InputError(f"at is {text!r}: {written!r} is not a number; give {EXAMPLES}.")
    if sign != _SIGNS[name] or "," in written:
        meant = f"{name}{_SIGNS[name]}{number:.10g}{unit}"
        raise InputError(f"at is {text!r}: give {meant}, if that is meant.")
    kind = cast("Kind", "alert_rate" if (name, unit) == ("alerts", "%") else name)
    value = number / 100 if unit else number
    if kind == "alerts" and value.is_integer():
        value = int(value)
    if not _RANGES[kind].admit(value):
        if kind == "alerts":
            raise InputError(
                f"at is {text!r}: give a whole number of rows, such as alerts<=50, or a "
                "percentage, such as alerts<=0.5%."
            )
        share = number / 100
        if not unit and number > 1 and _RANGES[kind].admit(share):
            meant = f"{name}{sign}{share:.10g} or {name}{sign}{number:.10g}%"
            raise InputError(f"at is {text!r}: did you mean {meant}?")
        limits = "above 0 % and below 100 %" if kind == "alert_rate" else _RANGES[kind]
        raise InputError(f"at is {text!r}: {name} must be {limits}.")
    return OperatingPoint(kind, value)


def _number(text: str) -> float | None:
    """Read a number; None if it is none."""
    try:
        return float(text)
    except ValueError:
        return None


# --- deciding -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FittedPoint:
    """An operating point with its threshold, ready to decide.

    Attributes
    ----------
    point : OperatingPoint
        What was asked for.
    positive : int
        Code of the rare class.
    threshold : float
        Probability of the rare class from which a row is an alert: infinite if no threshold meets
        the constraint, and nan if the rows of greatest probability are taken (``alerts<=50``).
    confidence : float
        With which the constraint holds on new rows; 0 if that cannot be promised.
    is_exact : bool
        Whether this confidence is exact, or approximate; see :func:`fit_points`.
    statement : str
        What is promised, as a sentence.
    """

    point: OperatingPoint
    positive: int
    threshold: float
    confidence: float
    is_exact: bool
    statement: str

    @property
    def finite_threshold(self) -> float | None:
        """The threshold; None where it is infinite, or where the point has none."""
        return self.threshold if np.isfinite(self.threshold) else None

    def alerts(self, proba_of_class: ByRow) -> Bool[np.ndarray, " rows"]:
        """Return which rows of a batch are alerts, given the probabilities of the rare class.

        Of rows with equal probability at the limit of ``alerts<=50``, the first are taken.
        """
        if self.point.kind != "alerts":
            return proba_of_class >= self.threshold
        return greatest(proba_of_class, int(self.point.value))

    def decide(self, proba: Proba) -> Int[np.ndarray, " rows"]:
        """Predict a label code for each row of a batch, given ``proba``, ``(n_rows, 2)``."""
        alerts = self.alerts(check_proba(proba, 2)[:, self.positive])
        return np.where(alerts, self.positive, 1 - self.positive).astype(np.int64)


def greatest(values: ByRow, most: int) -> Bool[np.ndarray, " rows"]:
    """Return which rows have the ``most`` greatest values; of equal ones, the first are taken."""
    chosen = np.zeros(len(values), dtype=bool)
    chosen[np.argsort(-values, kind="stable")[:most]] = True
    return chosen
