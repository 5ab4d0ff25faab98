"""Sets of labels that hold the true one with a given probability, for each class.

Class-conditional (Mondrian) split conformal prediction (Vovk 2012, "Conditional validity of
inductive conformal predictors"): a class is in the set of a row if its probability is not among the
lowest ``1 - coverage`` of those that rows of this class gave it. Sets that cover all rows together
may miss every row of a rare class; these cover each class.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from rarebit._common.parameters import OPEN_FRACTION, check_value
from rarebit._common.predictions import check_codes, check_proba, check_row_weights
from rarebit._common.wording import count, percent
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from jaxtyping import Float, Integer, Real

# Ranks that agree up to this are equal.
ROUNDING = 1e-9


def conformal_limits(
    proba: Float[np.ndarray, "rows classes"],
    y: Integer[np.ndarray, " rows"],
    coverage: float,
    *,
    sample_weight: Real[np.ndarray, " rows"] | None = None,
    labels: Sequence[object] | None = None,
) -> Float[np.ndarray, " classes"]:
    """Return the probability of each class from which it belongs to the set of a row.

    Parameters
    ----------
    proba : ndarray of shape (n_rows, n_classes)
        Probabilities of rows that the model was not fitted on.
    y : ndarray of shape (n_rows,)
        True label codes.
    coverage : float
        Probability with which the set of a new row holds its label, for each class.
    sample_weight : ndarray of shape (n_rows,), optional
        Weights, which must be equal within each class.
    labels : sequence, optional
        Names of the classes in messages; their codes by default.

    Returns
    -------
    ndarray of shape (n_classes,)
        The ``k``-th lowest probability of the ``n`` rows of a class, where ``k`` is
        ``(1 - coverage)(n + 1)``, rounded down.

    Examples
    --------
    >>> p = np.arange(1, 10) / 10
    >>> proba = np.tile(np.column_stack([1 - p, p]), (2, 1))
    >>> y = np.repeat([0, 1], 9)
    >>> conformal_limits(proba, y, 0.8).round(1)  # the second lowest of nine
    array([0.2, 0.2])
    """
    proba = check_proba(proba)
    n_classes = proba.shape[1]
    y = check_codes("y", y, n_classes, len(proba))
    weight = check_row_weights(sample_weight, len(y))
    check_value("coverage", coverage, *OPEN_FRACTION)
    names = range(n_classes) if labels is None else labels
    limits = np.empty(n_classes)
    for code, name in enumerate(names):
        rows = (y == code) & (weight > 0)
        n_rows = int(rows.sum())
        rank = int((1 - coverage) * (n_rows + 1) + ROUNDING)
        if rank < 1:
            needed = int(np.ceil(1 / (1 - coverage) - ROUNDING)) - 1
            raise InputError(
                f"coverage {coverage:g} needs {count(needed, 'row')} of each class, and class "
                f"{name!r} has {n_rows:,}: lower it, or give more rows."
            )
        if not np.allclose(weight[rows], weight[rows][0]):
            raise InputError(
                f"coverage {percent(coverage)} holds for rows of equal weight, and those of class "
                f"{name!r} differ in weight: fit the model without row weights to get sets."
            )
        limits[code] = np.partition(proba[rows, code], rank - 1)[rank - 1]
    return limits
