"""Checks of what a treated classifier is given: its parameters, classes, columns and costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, column_or_1d

from rarebit._common.frames import as_frame
from rarebit._common.parameters import COUNT, TRUTH, Bounds, Rule
from rarebit._common.predictions import check_row_weights
from rarebit.datasets.columns.reading import Reading, read_columns
from rarebit.decision.costs import check_cost_matrix
from rarebit.exceptions import InputError
from rarebit.zoo.fitting import Rows

# A search over configurations on inner folds, wherever one is asked for.
SEARCH_RULES: dict[str, Rule] = {
    "search": ("random", "grid"),
    "n_configs": COUNT,
    "inner_folds": (Bounds(int, 2),),
    "search_rows": (None, Bounds(int, 2)),
    "max_rows": (None, Bounds(int, 2)),
    "calibrate": TRUTH,
}


def class_labels(y: Any) -> np.ndarray:
    """Return class labels ``(n_rows,)``; an error if one is missing or they are quantities."""
    labels = np.asarray(column_or_1d(y, warn=True))
    missing = int(pd.isna(labels).sum())
    if missing:
        raise InputError(f"y has no label in {missing} of {len(labels)} rows: leave these out.")
    if labels.dtype.kind == "f" and np.isinf(labels).any():
        raise InputError("y contains infinity: give one class label for each row.")
    check_classification_targets(labels)
    return labels


def weights_if_given(name: str, weight: Any, n_rows: int) -> np.ndarray | None:
    """Return checked row weights ``(n_rows,)``, of which at least one is above 0, or None."""
    return None if weight is None else check_row_weights(weight, n_rows, positive=True, name=name)


def rows_given(
    X: Any, y: Any, sample_weight: Any, groups: Any, time: Any, design_weight: Any
) -> Rows:
    """Return the rows as given, with labels for codes and cells for values."""
    if issparse(X):
        raise TypeError("Sparse data was passed, but dense data is required: use X.toarray().")
    frame = as_frame(X)
    labels = class_labels(y)
    check_consistent_length(frame, labels, sample_weight, groups, time, design_weight)
    return Rows(
        frame,
        labels,
        weights_if_given("sample_weight", sample_weight, len(frame)),
        groups=None if groups is None else np.asarray(groups),
        time=None if time is None else np.asarray(time),
        design_weight=weights_if_given("design_weight", design_weight, len(frame)),
    )


def read_features(frame: pd.DataFrame, roles: Mapping[str, str] | None) -> Reading:
    """Find the role of each column, unless ``roles`` names it; at least one must be usable."""
    if frame.shape[1] == 0:
        raise InputError(
            f"X has 0 feature(s) (shape={frame.shape}) while a minimum of 1 is required."
        )
    reading = read_columns(frame, roles)
    if not reading.roles:
        why = "; ".join(f"{column.name!r} is {column.reason}" for column in reading.reports[:5])
        raise InputError(f"X (n_samples = {len(frame)}) has no usable feature column: {why}.")
    return reading


def frame_as_fitted(X: Any, feature_names: np.ndarray, owner: str) -> pd.DataFrame:
    """Return new rows as a frame; without column names, it must have as many as in ``fit``."""
    frame = as_frame(X)
    if not hasattr(X, "columns"):
        if frame.shape[1] != len(feature_names):
            raise InputError(
                f"X has {frame.shape[1]} features, but {owner} is expecting "
                f"{len(feature_names)} features as input."
            )
        frame.columns = list(feature_names)
    return frame


def costs_between(
    classes: np.ndarray, cost_matrix: ArrayLike | None, cost_classes: Sequence[Any] | None
) -> np.ndarray | None:
    """Return the costs ``(n_classes, n_classes)`` of the classes at hand, or None.

    ``cost_matrix`` is ``cost[true, decided]`` in the order of ``cost_classes`` (None: ``classes``).
    """
    if cost_matrix is None:
        return None
    known = list(classes if cost_classes is None else cost_classes)
    cost = check_cost_matrix(np.asarray(cost_matrix), len(known))
    unknown = [str(label) for label in classes if label not in known]
    if unknown:
        raise InputError(f"cost_classes lacks {', '.join(unknown)}: name every class of y.")
    places = [known.index(label) for label in classes]
    return cost[np.ix_(places, places)]
