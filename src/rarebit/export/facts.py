"""What users of an exported or served model need to know of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from rarebit.exceptions import InputError
from rarebit.zoo import TreatedClassifier


def check_model(model: Any) -> None:
    """Refuse what is no fitted model of `compare` or `train`."""
    if not isinstance(model, TreatedClassifier):
        raise InputError(
            f"The model is a {type(model).__name__}: only models of `compare` and `train` can be "
            "exported or served."
        )
    check_is_fitted(model, "pipeline_")


def plain_labels(classes: np.ndarray) -> np.ndarray:
    """Return class labels of a type that ONNX and JSON have: integers or text."""
    if classes.dtype.kind in "iub":
        return classes.astype(np.int64)
    return np.array([str(label) for label in classes], dtype=object)


def model_facts(model: TreatedClassifier) -> dict[str, Any]:
    """Return classes, decision and columns of a model as JSON holds them."""
    classes = plain_labels(model.classes_).tolist()
    return {
        "classes": classes,
        "positive": None if model.positive_ is None else classes[model.positive_],
        "threshold": model.threshold_,
        "operating_points": {
            text: {
                "threshold": point.finite_threshold,
                "statement": point.statement,
            }
            for text, point in model.points_.items()
        },
        "roles": {str(name): str(role) for name, role in model.columns_read.items()},
    }
