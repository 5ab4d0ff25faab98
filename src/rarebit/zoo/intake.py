"""Checks of what a treated classifier is given: its parameters, classes, columns and costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, column_or_1d

from rarebit._common.frames import as_frame
from rarebit._common.parameters import COUNT, TRUTH, Bounds, Rule
from rarebit._common.predictions import check_row_weights
from rarebit.datasets import Role, clean_values
from rarebit.datasets.amounts import read_amounts, roles_with_amounts
from rarebit.datasets.columns.reading import Reading, read_columns
from rarebit.datasets.spellings import Spelling
from rarebit.decision.constraints import CONFIDENCE
from rarebit.decision.costs import Costs, amounts_of
from rarebit.exceptions import InputError
from rarebit.zoo.fitting import Rows
from rarebit.zoo.goal import rare_code

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


def read_features(
    frame: pd.DataFrame, roles: Mapping[str, str] | None, amounts: Sequence[str] = ()
) -> Reading:
    """Find the role of each column, unless ``roles`` names it; at least one must be usable.

    Columns of ``amounts`` are numbers.
    """
    if frame.shape[1] == 0:
        raise InputError(
            f"X has 0 feature(s) (shape={frame.shape}) while a minimum of 1 is required."
        )
    reading = read_columns(frame, roles_with_amounts(roles, frame, amounts))
    _, spellings, guessed = read_amounts(frame, amounts, reading)
    reading.spellings.update(spellings)
    reading.notes.extend(guessed)
    if not reading.roles:
        why = "; ".join(f"{column.name!r} is {column.reason}" for column in reading.reports[:5])
        raise InputError(f"X (n_samples = {len(frame)}) has no usable feature column: {why}.")
    return reading


def values_of(
    frame: pd.DataFrame,
    roles: dict[str, Role],
    spellings: Mapping[str, Spelling],
    amounts: Sequence[str] = (),
) -> pd.DataFrame:
    """Return the values of the features, and amounts, which must be numbers of at least 0."""
    values = clean_values(frame, roles | dict.fromkeys(amounts, Role.NUMERIC), spellings)
    for name in amounts:
        amounts_of(values, name)
    return values


def frame_as_fitted(X: Any, feature_names: np.ndarray, owner: str) -> pd.DataFrame:
    """Return new rows as a frame; without column names, it must have as many as in ``fit``."""
    frame = as_frame(X)
    if not hasattr(X, "columns") and not isinstance(X, Mapping):
        if frame.shape[1] != len(feature_names):
            raise InputError(
                f"X has {frame.shape[1]} features, but {owner} is expecting "
                f"{len(feature_names)} features as input."
            )
        frame.columns = list(feature_names)
    return frame


def costs_between(
    classes: np.ndarray, cost_matrix: Any, cost_classes: Sequence[Any] | None
) -> Costs | None:
    """Return the costs of the classes at hand, or None.

    ``cost_matrix`` is ``cost[true, decided]`` in the order of ``cost_classes`` (None: ``classes``).
    """
    if cost_matrix is None:
        return None
    known = list(classes if cost_classes is None else cost_classes)
    costs = Costs.from_matrix(cost_matrix, len(known))
    unknown = [str(label) for label in classes if label not in known]
    if unknown:
        raise InputError(f"cost_classes lacks {', '.join(unknown)}: name every class of y.")
    return costs.between([known.index(label) for label in classes])


def of_earlier_version(state: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a stored model with what earlier versions named or lacked."""
    lacking: dict[str, Any] = {
        "max_rows": None, "spellings": None, "held_out_": None, "text": "target",
        "search_metric": None, "prevalence": None, "review": None,
        "at": None, "confidence": CONFIDENCE, "points_": {},
        "spellings_": None, "columns_": {}, "seen_rows_": None,
    }  # fmt: skip
    if "classes_" in state and "positive_" not in state:
        codes = np.repeat(np.arange(len(state["classes_"])), state["class_counts_"])
        lacking["positive_"] = rare_code(state["positive"], state["classes_"], codes)
    if "pipeline_" in state:
        lacking["prior_"] = state["pipeline_"].true_prior
    cost = state.get("cost_matrix_")
    if "cost_matrix_" in state:  # 0.1.0
        lacking["costs_"] = None if cost is None else Costs.from_matrix(cost)
    return lacking | {name: value for name, value in state.items() if name != "cost_matrix_"}
