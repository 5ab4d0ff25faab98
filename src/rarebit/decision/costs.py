"""Costs of decisions: read from text or a matrix, for all rows alike or row by row; mean cost."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import pandas as pd

from rarebit._common.parameters import LARGEST, check_value, is_number
from rarebit._common.predictions import check_codes, check_proba_of_class, check_row_weights
from rarebit._common.wording import count, first_few
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from jaxtyping import Float, Integer, Real

    Codes = Integer[np.ndarray, " rows"]
    Weights = Real[np.ndarray, " rows"]
    # cost[true, decided], or cost[row, true, decided]
    CostMatrix = Real[np.ndarray, "... classes classes"]

# Guards a division without rows.
TINY = np.finfo(float).tiny
# True class and decided class of the four cells of two classes: whether it is the positive one.
_TWO_CLASSES = {
    "fn": (True, False), "fp": (False, True), "tn": (False, False), "tp": (True, True),
}  # fmt: skip


@dataclass(frozen=True)
class Costs:
    """What each decision costs: an amount, or the column that holds the amount of each row.

    ``cells[true][decided]``, classes in the order of their codes.
    """

    cells: tuple[tuple[float | str, ...], ...]

    @classmethod
    def from_text(cls, text: str, classes: Sequence[object], positive: int | None) -> Self:
        """Read costs from text such as ``"fn=amount,fp=5"``.

        Right decisions cost nothing and errors cost 1, unless they are named.
        """
        names = [str(label) for label in classes]
        if len(names) < 2 or len(set(names)) < len(names):
            raise InputError(f"Costs {text!r} need at least two different classes, not {names}.")
        check_value("positive", positive, None, *range(len(names)))
        cells: list[list[float | str]] = (1.0 - np.eye(len(names))).tolist()
        named: set[tuple[int, int]] = set()
        for key, cost in _parts(text, names, positive):
            true, decided = cell = _cell(key, text, names, positive)
            if cell in named:
                raise InputError(f"Costs {text!r}: {key!r} has two costs: give one.")
            named.add(cell)
            cells[true][decided] = cost
        if not any(map(any, cells)):
            raise InputError(f"Costs {text!r} are all 0: give at least one cost above 0.")
        return cls(tuple(map(tuple, cells)))

    @classmethod
    def from_matrix(cls, matrix: Any, n_classes: int | None = None) -> Self:
        """Take ``cost[true, decided]``, each cell a number or the name of a column."""
        rows = np.asarray(matrix, dtype=object)
        size = n_classes or len(np.atleast_1d(rows))
        if rows.shape != (size, size) or not size:
            classes = f"{size} x {size}" if n_classes else "n_classes x n_classes"
            raise InputError(
                f"cost_matrix has shape {rows.shape}: give {classes} costs, cost[true, decided]."
            )
        return cls(tuple(tuple(map(_entry, row)) for row in rows.tolist()))

    @property
    def columns(self) -> list[str]:
        """Columns that hold amounts, each once; none if all rows have the same costs."""
        names = (cell for row in self.cells for cell in row if isinstance(cell, str))
        return list(dict.fromkeys(names))

    def as_lists(self) -> list[list[float | str]]:
        """Return the cells as lists, as :meth:`from_matrix` takes them."""
        return [list(row) for row in self.cells]

    def between(self, codes: Sequence[int]) -> Self:
        """Return the costs of some of the classes."""
        return type(self)(tuple(tuple(self.cells[i][j] for j in codes) for i in codes))

    def matrix(
        self, amounts: pd.DataFrame | None = None
    ) -> Float[np.ndarray, "*rows classes classes"]:
        """Return ``cost[true, decided]``, or ``cost[row, true, decided]`` if a column is named.

        ``amounts`` are the columns of numbers; errors name the rows by its index.
        """
        if not self.columns:
            return np.array(self.cells, dtype=np.float64)
        frame = pd.DataFrame() if amounts is None else amounts
        of_column = {name: amounts_of(frame, name) for name in self.columns}
        n_classes = len(self.cells)
        cost = np.empty((len(frame), n_classes, n_classes))
        for true, row in enumerate(self.cells):
            for decided, cell in enumerate(row):
                cost[:, true, decided] = of_column[cell] if isinstance(cell, str) else cell
        return cost


def cost_columns(cost: Any) -> list[str]:
    """Columns that costs name, as text or as a matrix; the classes need not be known."""
    if cost is None:
        return []
    if not isinstance(cost, str):
        return Costs.from_matrix(cost).columns
    costs = (amount for _, amount in _parts(cost, [], None))
    return list(dict.fromkeys(amount for amount in costs if isinstance(amount, str)))


def amounts_of(frame: pd.DataFrame, name: str) -> Float[np.ndarray, " rows"]:
    """Return the amounts in a column of numbers; a missing or negative one is an error."""
    if name not in frame.columns:
        raise InputError(f"The table has no column {name!r}, which the costs of decisions need.")
    amounts = frame[name].to_numpy(dtype=np.float64)
    bad = ~((amounts >= 0) & (amounts <= LARGEST))
    if bad.any():
        numbered = pd.api.types.is_integer_dtype(frame.index.dtype)
        places = frame.index[bad] if numbered else np.flatnonzero(bad)
        rows = first_few((int(place) + 1 for place in places), most=5)
        raise InputError(
            f"The cost column {name!r} holds no number of at least 0 in {count(bad.sum(), 'row')} "
            f"(data row {rows}): correct these cells, or leave the rows out."
        )
    return amounts


def _parts(text: str, names: list[str], positive: int | None) -> list[tuple[str, float | str]]:
    """Split text into what is decided and what it costs: an amount, or the name of a column."""
    if not isinstance(text, str):
        raise InputError(f"costs is {text!r}: give text such as 'fn=10,fp=1'.")
    if not text.strip():
        raise InputError("cost is empty: give costs such as 'fn=10,fp=1', or leave it out.")
    # A part that contains a comma is written in quotes.
    [fields] = csv.reader([" ".join(text.splitlines())], skipinitialspace=True)
    parts = []
    for part in filter(None, map(str.strip, fields)):
        key, _, value = (piece.strip() for piece in part.rpartition("="))
        if not key or not value:
            raise InputError(f"Costs {text!r}: {part!r} has no cost: {_usage(names, positive)}.")
        parts.append((key, _amount(value, part, text)))
    return parts


def _usage(names: list[str], positive: int | None) -> str:
    """Return how to write costs for these classes."""
    pair = f"'{names[0]}>{names[-1]}=10'" if names else ""
    if positive is None and names:
        return f"write {pair}"
    return "write " + " or ".join(filter(None, ("'fn=10,fp=1'", pair)))


def _cell(key: str, text: str, names: list[str], positive: int | None) -> tuple[int, int]:
    """Return the position of ``fn``, ``fp``, ``tn``, ``tp`` or ``true>decided`` in the matrix."""
    if positive is not None and key.lower() in _TWO_CLASSES:
        true, decided = (
            positive if is_positive else 1 - positive for is_positive in _TWO_CLASSES[key.lower()]
        )
        return true, decided
    true_name, arrow, decided_name = (name.strip() for name in key.partition(">"))
    if not arrow:
        raise InputError(f"Costs {text!r}: {key!r} is unknown: {_usage(names, positive)}.")
    for name in (true_name, decided_name):
        if name not in names:
            raise InputError(
                f"Costs {text!r}: there is no class {name!r}: choose from {', '.join(names)}."
            )
    return names.index(true_name), names.index(decided_name)


def _amount(value: str, part: str, text: str) -> float | str:
    """Read a finite cost of at least 0; other text is the name of a column."""
    try:
        amount = float(value)
    except ValueError:
        return value
    if not 0 <= amount <= LARGEST:
        raise InputError(
            f"Costs {text!r}: the cost in {part!r} must be a finite number of at least 0."
        )
    return amount


def _entry(cell: Any) -> float | str:
    """Check an entry of a matrix of costs."""
    if isinstance(cell, str) and cell:
        return str(cell)
    if not is_number(cell):
        raise InputError(f"cost_matrix holds {cell!r}: give finite costs, or names of columns.")
    return float(cell)


def check_cost_matrix(
    cost_matrix: Any, n_classes: int | None = None, n_rows: int | None = None
) -> CostMatrix:
    """Return costs as floats, one matrix for all rows or one a row; they may be negative."""
    try:
        cost = np.asarray(cost_matrix, dtype=np.float64)
        found = f"has shape {cost.shape}"
    except (TypeError, ValueError):
        cost, found = np.empty(0), f"is {cost_matrix!r}"
    size = n_classes or (cost.shape[-1] if cost.ndim else 0)
    rows = cost.shape[:-2]
    by_row = len(rows) == 1 and n_rows in (None, rows[0])
    square = cost.shape[-2:] == (size, size) and (not rows or by_row)
    if not size or not square or not np.isfinite(cost).all():
        classes = f"{n_classes} x {n_classes}" if n_classes else "n_classes x n_classes"
        raise InputError(
            f"cost_matrix {found}: give {classes} finite costs, cost[true, decided], for all rows "
            "or for each row."
        )
    return cost


def decided_costs(cost: CostMatrix, y: Codes, labels: Codes | int) -> Float[np.ndarray, " rows"]:
    """Cost of each row, of true class ``y`` and decided class ``labels``."""
    return cost[y, labels] if cost.ndim == 2 else cost[np.arange(len(y)), y, labels]


def expected_costs(
    proba: Float[np.ndarray, "rows classes"], cost: CostMatrix
) -> Float[np.ndarray, "rows classes"]:
    """Expected cost of each decision for each row, given the probabilities of its classes."""
    return proba @ cost if cost.ndim == 2 else np.einsum("rt,rtd->rd", proba, cost)


def expected_cost(
    y: Codes, labels: Codes, cost_matrix: CostMatrix, sample_weight: Weights | None = None
) -> float:
    """Mean cost per row.

    Parameters
    ----------
    y, labels : ndarray of shape (n_rows,), int64
        True and predicted label codes.
    cost_matrix : ndarray of shape (n_classes, n_classes) or (n_rows, n_classes, n_classes)
        ``cost[true, decided]``, the same for all rows or row by row.
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
    y = check_codes("y", y, cost.shape[-1], len(cost) if cost.ndim == 3 else None)
    labels = check_codes("labels", labels, cost.shape[-1], len(y))
    weight = check_row_weights(sample_weight, len(y))
    if weight.sum() <= 0:
        return float("nan")
    return float(np.average(decided_costs(cost, y, labels), weights=weight))


class CostCurve(NamedTuple):
    """Mean cost per row by decision threshold."""

    # The positive class is predicted from this probability on
    threshold: Float[np.ndarray, " thresholds"]
    cost: Float[np.ndarray, " thresholds"]


def cost_curve(
    y: Codes,
    proba_positive: Float[np.ndarray, " rows"],
    cost_matrix: CostMatrix,
    *,
    positive: int = 1,
    sample_weight: Weights | None = None,
) -> CostCurve:
    """Mean cost of two-class decisions at every threshold that makes a difference, ascending.

    The thresholds are 0 (every row is positive), the distinct probabilities, and one just above 1
    (no row is). A threshold between two of these costs as much as the higher one.
    """
    y = check_codes("y", y, 2)
    cost = check_cost_matrix(cost_matrix, 2, len(y))
    # Rounding may push a probability out of [0, 1].
    proba = np.clip(check_proba_of_class(proba_positive, len(y)), 0, 1)
    weight = check_row_weights(sample_weight, len(y), positive=True)
    check_value("positive", positive, 0, 1)
    threshold = np.unique(np.concatenate([[0.0, np.nextafter(1.0, 2.0)], proba]))
    # What each row saves by being negative, added up over the rows below each threshold.
    of_positive = decided_costs(cost, y, positive)
    saved = weight * (of_positive - decided_costs(cost, y, 1 - positive))
    at = np.bincount(np.searchsorted(threshold, proba), weights=saved, minlength=len(threshold))
    below = np.cumsum(at) - at
    return CostCurve(threshold, (weight @ of_positive - below) / max(weight.sum(), TINY))
