"""How well probabilities match observed frequencies: Brier score and calibration error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rarebit.metrics.curves import reliability_curve
from rarebit.metrics.definition import one_against_rest, probability_metric

if TYPE_CHECKING:
    from jaxtyping import Bool, Float, Integer

    Floats = Float[np.ndarray, " rows"]


@probability_metric
@one_against_rest
def calibration_error(is_class: Bool[np.ndarray, " rows"], proba: Floats, weight: Floats) -> float:
    """Expected calibration error: mean gap between predicted probability and observed frequency.

    Two classes are scored on the positive one; many classes by the class-wise error of Kull et al.
    (2019), the mean over the classes present in ``y``. Ten bins of equal weight, as in
    :func:`reliability_curve`. On few rows it is above 0 even for perfect probabilities.

    Examples
    --------
    >>> y, proba = np.array([0, 0, 0, 1]), np.full((4, 2), 0.5)
    >>> calibration_error(y, proba, n_classes=2, positive=1)
    0.25
    """
    curve = reliability_curve(is_class, proba, sample_weight=weight)
    return float(np.average(np.abs(curve.predicted - curve.observed), weights=curve.weight))


@probability_metric
def brier(
    y: Integer[np.ndarray, " rows"],
    proba: Float[np.ndarray, "rows classes"],
    weight: Floats,
    _: int | None,
) -> float:
    """Brier score: half the mean squared distance of the probabilities to the one-hot truth.

    Halved, so that for two classes it is the familiar ``mean((p - y) ** 2)``, between 0 and 1.

    Examples
    --------
    >>> y, proba = np.array([0, 1]), np.array([[0.8, 0.2], [0.6, 0.4]])
    >>> round(brier(y, proba, n_classes=2, positive=1), 2)
    0.2
    """
    distance = ((proba - np.eye(proba.shape[1])[y]) ** 2).sum(axis=1)
    return float(np.average(distance, weights=weight) / 2)
