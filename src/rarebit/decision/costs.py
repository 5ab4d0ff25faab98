"""Costs of wrong decisions: cost matrices from text, mean cost, cost by threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rarebit._common.parameters import check_value
from rarebit._common.predictions import check_codes, check_proba_of_class, check_row_weights
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from jaxtyping import Float, Integer, Real

    Codes = Integer[np.ndarray, " rows"]
    Weights = Real[np.ndarray, " rows"]
    Costs = Real[np.ndarray, "classes classes"]

# Guards a division without rows.
TINY = np.finfo(float).tiny


def parse_costs(text: str, classes: Sequence[object], positive: int | None) -> Costs:
    """Read a cost matrix from text.

    Right decisions cost nothing; an error that is not named costs 1.
    """
    if not isinstance(text, str):
        raise InputError(f"costs is {text!r}: give text such as 'fn=10,fp=1'.")
    names = [str(label) for label in classes]
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError(f"Costs {text!r} need at least two different classes, not {names}.")
    check_value("positive", positive, None, *range(len(names)))
    cost = 1.0 - np.eye(len(names))
    named: set[tuple[int, int]] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = (piece.strip() for piece in part.rpartition("="))
        if not equals:
            raise InputError(f"Costs {text!r}: {part!r} has no cost: {_usage(names, positive)}.")
        cell = _cell(key, text, names, positive)
        if cell in named:
            raise InputError(f"Costs {text!r}: {key!r} has two costs: give one.")
        named.add(cell)
        cost[cell] = _amount(value, part, text)
    if not cost.any():
        raise InputError(f"Costs {text!r} are all 0: give at least one cost above 0.")
    return cost


def _usage(names: list[str], positive: int | None) -> str:
    """Return how to write costs for these classes."""
    pair = f"'{names[0]}>{names[-1]}=10'"
    return f"write {pair}" if positive is None else f"write 'fn=10,fp=1' or {pair}"


def _cell(key: str, text: str, names: list[str], positive: int | None) -> tuple[int, int]:
    """Return the position of ``fn``, ``fp`` or ``true>decided`` in the cost matrix."""
    if positive is not None and key.lower() in ("fn", "fp"):
        other = 1 - positive
        return (positive, other) if key.lower() == "fn" else (other, positive)
    true, arrow, decided = (name.strip() for name in key.partition(">"))
    if not arrow:
        raise InputError(f"Costs {text!r}: {key!r} is unknown: {_usage(names, positive)}.")
    for name in (true, decided):
        if name not in names:
            raise InputError(
                f"Costs {text!r}: there is no class {name!r}: choose from {', '.join(names)}."
            )
    if true == decided:
        raise InputError(f"Costs {text!r}: {key!r} is a right decision: it costs nothing.")
    return names.index(true), names.index(decided)


def _amount(value: str, part: str, text: str) -> float:
    """Read a finite cost of at least 0."""
    try:
        amount = float(value)
    except ValueError:
        amount = np.nan
    if not (np.isfinite(amount) and amount >= 0):
        raise InputError(
            f"Costs {text!r}: the cost in {part!r} must be a finite number of at least 0."
        )
    return amount


def check_cost_matrix(
    cost_matrix: Any, n_classes: int | None = None
) -> Float[np.ndarray, "classes classes"]:
    """Return a cost matrix as floats."""
    try:
        cost = np.asarray(cost_matrix, dtype=np.float64)
        found = f"has shape {cost.shape}"
    except (TypeError, ValueError):
        cost, found = np.empty(0), f"is {cost_matrix!r}"
    n_rows = n_classes or (len(cost) if cost.ndim else 0)
    if cost.shape != (n_rows, n_rows) or not cost.size or not np.isfinite(cost).all():
        size = f"{n_classes} x {n_classes}" if n_classes else "n_classes x n_classes"
        raise InputError(f"cost_matrix {found}: give {size} finite costs, cost[true, decided].")
    return cost


def expected_cost(
    y: Codes, labels: Codes, cost_matrix: Costs, sample_weight: Weights | None = None
) -> float:
    """Mean cost per row.

    Parameters
    ----------
    y, labels : ndarray of shape (n_rows,), int64
        True and predicted label codes.
    cost_matrix : ndarray of shape (n_classes, n_classes)
        ``cost[true, decided]``.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.

    Returns
    -------
    float
        ``nan`` without rows, or if all weights are 0.

    Examples
    --------
    >>> cost = np.array([[0.0, 1.0], [10.0, 0.0]])
    >>> expected_cost(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), cost)
    2.75
    """
    cost = check_cost_matrix(cost_matrix)
    y = check_codes("y", y, len(cost))
    labels = check_codes("labels", labels, len(cost), len(y))
    weight = check_row_weights(sample_weight, len(y))
    if weight.sum() <= 0:
        return float("nan")
    return float(np.average(cost[y, labels], weights=weight))


class CostCurve(NamedTuple):
    """Mean cost per row by decision threshold."""

    # The positive class is predicted from this probability on
    threshold: Float[np.ndarray, " thresholds"]
    cost: Float[np.ndarray, " thresholds"]


def cost_curve(
    y: Codes,
    proba_positive: Float[np.ndarray, " rows"],
    cost_matrix: Costs,
    *,
    positive: int = 1,
    sample_weight: Weights | None = None,
) -> CostCurve:
    """Mean cost of two-class decisions at every threshold that makes a difference, ascending.

    The thresholds are 0 (every row is positive), the distinct probabilities, and one just above 1
    (no row is). A threshold between two of these costs as much as the higher one.
    """
    cost = check_cost_matrix(cost_matrix, 2)
    y = check_codes("y", y, 2)
    # Rounding may push a probability out of [0, 1].
    proba = np.clip(check_proba_of_class(proba_positive, len(y)), 0, 1)
    weight = check_row_weights(sample_weight, len(y), positive=True)
    check_value("positive", positive, 0, 1)
    threshold = np.unique(np.concatenate([[0.0, np.nextafter(1.0, 2.0)], proba]))
    # What each row saves by being negative, added up over the rows below each threshold.
    saved = weight * (cost[y, positive] - cost[y, 1 - positive])
    at = np.bincount(np.searchsorted(threshold, proba), weights=saved, minlength=len(threshold))
    below = np.cumsum(at) - at
    return CostCurve(threshold, (weight @ cost[y, positive] - below) / max(weight.sum(), TINY))
