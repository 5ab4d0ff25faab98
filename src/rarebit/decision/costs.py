"""What wrong decisions cost: cost matrices from text, mean cost, cost by threshold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rarebit._common.predictions import check_codes, check_proba_of_class, check_row_weights
from rarebit.exceptions import InputError


def parse_costs(text: str, classes: Sequence[object], positive: int | None) -> np.ndarray:
    """Read a cost matrix from text.

    Right decisions cost nothing, and an error that is not named costs 1.

    Parameters
    ----------
    text : str
        For two classes ``"fn=10,fp=1"``: the cost of a missed row of the positive class and of a
        false alarm. For any number of classes ``"true>decided=cost"`` pairs, such as
        ``"sick>healthy=10,healthy>sick=1"``.
    classes : sequence
        Class labels by code.
    positive : int or None
        Code of the positive class; None with three classes or more.

    Returns
    -------
    ndarray of shape (n_classes, n_classes), float64
        ``cost[true, decided]``.

    Raises
    ------
    InputError
        If the text cannot be read, names an unknown class, or a cost is negative or all are 0.

    Examples
    --------
    >>> parse_costs("fn=10,fp=1", ["healthy", "sick"], positive=1)
    array([[ 0.,  1.],
           [10.,  0.]])
    """
    if not isinstance(text, str):
        raise InputError(f"Costs are {text!r}; give text such as 'fn=10,fp=1'.")
    names = [str(label) for label in classes]
    if len(names) < 2 or len(set(names)) < len(names):
        raise InputError(f"Costs {text!r} need two different classes at least, not {names}.")
    if positive is not None and positive not in range(len(names)):
        raise InputError(f"positive is {positive!r}: give the code of one of {', '.join(names)}.")
    cost = 1.0 - np.eye(len(names))
    named: set[tuple[int, int]] = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = (piece.strip() for piece in part.rpartition("="))
        if not equals:
            raise InputError(f"Costs {text!r}: {part!r} has no cost; {_usage(names, positive)}.")
        cell = _cell(key, text, names, positive)
        if cell in named:
            raise InputError(f"Costs {text!r}: {key!r} has two costs; give one.")
        named.add(cell)
        cost[cell] = _amount(value, part, text)
    if not cost.any():
        raise InputError(f"Costs {text!r} are all 0: every decision is as good; name one above 0.")
    return cost


def _usage(names: list[str], positive: int | None) -> str:
    """How costs are written for these classes."""
    pair = f"'{names[0]}>{names[-1]}=10'"
    return f"write {pair}" if positive is None else f"write 'fn=10,fp=1' or {pair}"


def _cell(key: str, text: str, names: list[str], positive: int | None) -> tuple[int, int]:
    """Position in the cost matrix of ``fn``, ``fp`` or ``true>decided``."""
    if positive is not None and key.lower() in ("fn", "fp"):
        other = 1 - positive
        return (positive, other) if key.lower() == "fn" else (other, positive)
    true, arrow, decided = (name.strip() for name in key.partition(">"))
    if not arrow:
        raise InputError(f"Costs {text!r}: {key!r} is unknown; {_usage(names, positive)}.")
    for name in (true, decided):
        if name not in names:
            raise InputError(
                f"Costs {text!r}: there is no class {name!r}; the classes are {', '.join(names)}."
            )
    if true == decided:
        raise InputError(f"Costs {text!r}: {key!r} is a right decision, which costs nothing.")
    return names.index(true), names.index(decided)


def _amount(value: str, part: str, text: str) -> float:
    """Read a finite cost of 0 or more."""
    try:
        amount = float(value)
    except ValueError:
        amount = np.nan
    if not (np.isfinite(amount) and amount >= 0):
        raise InputError(f"Costs {text!r}: in {part!r} the cost must be a number of 0 or more.")
    return amount


def check_cost_matrix(cost_matrix: np.ndarray, n_classes: int) -> np.ndarray:
    """Return the matrix as floats if it has a finite cost for each pair of classes.

    Raises
    ------
    InputError
        If it has not.
    """
    try:
        cost = np.asarray(cost_matrix, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(
            f"The cost matrix is {cost_matrix!r}; give {n_classes} x {n_classes} finite costs, "
            "cost[true, decided]."
        ) from None
    if cost.shape != (n_classes, n_classes) or not np.isfinite(cost).all():
        raise InputError(
            f"The cost matrix has shape {cost.shape}; give {n_classes} x {n_classes} finite costs, "
            "cost[true, decided]."
        )
    return cost


def expected_cost(
    y: np.ndarray,
    labels: np.ndarray,
    cost_matrix: np.ndarray,
    sample_weight: np.ndarray | None = None,
) -> float:
    """Mean cost of a row.

    Parameters
    ----------
    y, labels : ndarray of shape (n_rows,), int64
        True and decided label codes.
    cost_matrix : ndarray of shape (n_classes, n_classes)
        ``cost[true, decided]``.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.

    Returns
    -------
    float
        ``nan`` without rows.

    Raises
    ------
    InputError
        If a code is none of the matrix, or the arrays are not of one length.

    Examples
    --------
    >>> cost = np.array([[0.0, 1.0], [10.0, 0.0]])
    >>> expected_cost(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), cost)
    2.75
    """
    try:
        if len(y) == 0 or (sample_weight is not None and sample_weight.sum() <= 0):
            return float("nan")
        if np.shape(y) != np.shape(labels):
            raise ValueError("labels are not as many as y")
        return float(np.average(np.asarray(cost_matrix)[y, labels], weights=sample_weight))
    except (TypeError, ValueError, IndexError, AttributeError) as error:
        # A look at every row is for those that did not fit.
        n_classes = len(cost_matrix) if isinstance(cost_matrix, list | np.ndarray) else 2
        check_cost_matrix(cost_matrix, n_classes)
        y = check_codes("y", y, n_classes)
        check_codes("labels", labels, n_classes, len(y))
        check_row_weights(sample_weight, len(y))
        raise InputError(f"The expected cost cannot be computed: {error}.") from error


class CostCurve(NamedTuple):
    """Mean cost of a row by decision threshold.

    Attributes
    ----------
    threshold : ndarray of shape (n_thresholds,)
        The positive class is decided from this probability on.
    cost : ndarray of shape (n_thresholds,)
        Mean cost.
    """

    threshold: np.ndarray
    cost: np.ndarray


def cost_curve(
    y: np.ndarray,
    proba_positive: np.ndarray,
    cost_matrix: np.ndarray,
    *,
    positive: int = 1,
    sample_weight: np.ndarray | None = None,
) -> CostCurve:
    """Mean cost of two-class decisions at every threshold that makes a difference.

    Parameters
    ----------
    y : ndarray of shape (n_rows,), int64
        True label codes.
    proba_positive : ndarray of shape (n_rows,)
        Probability of the positive class.
    cost_matrix : ndarray of shape (2, 2)
        ``cost[true, decided]``.
    positive : int, default=1
        Code of the positive class.
    sample_weight : ndarray of shape (n_rows,), optional
        Weight of each row.

    Returns
    -------
    CostCurve
        The distinct probabilities in rising order, and one threshold above 1, where no row is
        decided positive.

    Examples
    --------
    >>> cost = np.array([[0.0, 1.0], [10.0, 0.0]])
    >>> curve = cost_curve(np.array([0, 0, 1]), np.array([0.1, 0.3, 0.2]), cost)
    >>> curve.threshold.round(2), curve.cost.round(2)
    (array([0.1, 0.2, 0.3, 1. ]), array([0.67, 0.33, 3.67, 3.33]))
    """
    cost = check_cost_matrix(cost_matrix, 2)
    y = check_codes("y", y, 2)
    proba_positive = check_proba_of_class(proba_positive, len(y))
    weight = check_row_weights(sample_weight, len(y), positive=True)
    if positive not in (0, 1):
        raise InputError(f"positive is {positive!r}: give 0 or 1, the code of one of two classes.")
    threshold, value = np.unique(proba_positive, return_inverse=True)
    all_positive = weight @ cost[y, positive]
    saved = weight * (cost[y, positive] - cost[y, 1 - positive])
    below = np.cumsum(np.bincount(value, weights=saved, minlength=len(threshold)))
    total = all_positive - np.append(0.0, below)
    return CostCurve(np.append(threshold, np.nextafter(1.0, 2.0)), total / weight.sum())
