"""Scores of the ranking of rows by probability: areas under the precision-recall and ROC curves.

Two classes are scored on the positive one; many classes one against the rest, averaged over the
classes present in ``y``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rarebit.metrics.curves import mass_above
from rarebit.metrics.definition import one_against_rest, probability_metric

if TYPE_CHECKING:
    from jaxtyping import Bool, Float

    IsClass = Bool[np.ndarray, " rows"]
    Floats = Float[np.ndarray, " rows"]


@probability_metric
@one_against_rest
def pr_auc(is_class: IsClass, proba: Floats, weight: Floats) -> float:
    """Area under the precision-recall curve as average precision, without interpolation.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
    >>> round(pr_auc(np.array([0, 0, 1, 1]), proba, n_classes=2, positive=1), 4)
    0.8333
    """
    inside, outside = mass_above(is_class, proba, weight)
    if inside[-1] <= 0:
        return np.nan
    return float(np.diff(inside, prepend=0.0) @ (inside / (inside + outside)) / inside[-1])


@probability_metric
@one_against_rest
def roc_auc(is_class: IsClass, proba: Floats, weight: Floats) -> float:
    """Area under the ROC curve: the chance that a row of the class ranks above one outside it.

    Examples
    --------
    >>> proba = np.array([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
    >>> roc_auc(np.array([0, 0, 1, 1]), proba, n_classes=2, positive=1)
    0.75
    """
    inside, outside = mass_above(is_class, proba, weight)
    if inside[-1] <= 0 or outside[-1] <= 0:
        return np.nan
    area = np.trapezoid(np.append(0.0, inside), np.append(0.0, outside))
    return float(area / (inside[-1] * outside[-1]))
