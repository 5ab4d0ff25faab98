"""The fitted preprocessing as ONNX nodes, in float64 as in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.preprocessing import TargetEncoder

from rarebit._common.parameters import LARGEST
from rarebit.datasets import Role
from rarebit.exceptions import InputError
from rarebit.export.graph import Graph
from rarebit.zoo.preprocessing import FARTHEST, categorical_columns, text_columns

# What an input holds, by the role of its column; each value is what `clean_values` returns.
MEANING = {
    Role.NUMERIC: "number; nan where missing",
    Role.BOOLEAN: "1 or 0; nan where missing",
    Role.DATE: "days since 1970-01-01; nan where missing",
    Role.PRESENCE: "1 where there is a value, else 0",
    Role.CATEGORICAL: "text; empty where missing",
    Role.TEXT: "text; empty where missing",
}
# Text that no category has.
_UNKNOWN = "\0"


def add_preprocessing(graph: Graph, pipeline: Any, roles: Mapping[str, Role]) -> str:
    """Add inputs for the columns, and nodes up to the classifier; return the features."""
    categorical, text = categorical_columns(roles), text_columns(roles)
    encoders = pipeline.named_steps["encode"].named_transformers_
    if text and not isinstance(encoders["text"][0], TargetEncoder):
        raise InputError(
            f"Column {text[0]!r} is used as its n-grams, which cannot be exported to ONNX: train "
            "without `text`, or leave the column out."
        )
    inputs = {
        name: graph.input(name, _dtype(role), f"{role}: {MEANING[role]}")
        for name, role in roles.items()
    }
    parts = []
    if categorical:
        one_hot = pipeline.named_steps["one_hot"].named_transformers_["one_hot"]
        codes = encoders["categorical"]
        parts += _looked_up(
            graph,
            [inputs[name] for name in categorical],
            codes,
            lambda frame: one_hot.transform(codes.transform(frame)),
            [len(values) for values in one_hot.categories_],
        )
    if numeric := [inputs[name] for name in roles if name not in (*categorical, *text)]:
        parts.append(_numbers(graph, numeric, *(step for _, step in encoders["numeric"].steps)))
    if text:
        shares = encoders["text"]
        width = len(shares[0].encodings_) // len(text)
        names = [inputs[name] for name in text]
        parts += _looked_up(graph, names, shares[0], shares.transform, [width] * len(text))
    return graph.add("Concat", *parts, axis=1)


def _dtype(role: Role) -> type:
    return object if role in (Role.CATEGORICAL, Role.TEXT) else np.float64


def _numbers(graph: Graph, columns: list[str], imputer: Any, scaler: Any) -> str:
    """Cut, impute and scale numbers; columns that tell which were missing follow them."""
    given = graph.add("Concat", *columns, axis=1)
    missing = graph.add("IsNaN", given)
    filled = graph.add("Where", missing, imputer.statistics_, given)
    parts = [graph.add("Clip", filled, np.float64(-LARGEST), np.float64(LARGEST))]
    if len(imputer.indicator_.features_):
        chosen = graph.add("Gather", missing, imputer.indicator_.features_, axis=1)
        parts.append(graph.cast(chosen, np.float64))
    numbers = graph.add("Concat", *parts, axis=1)
    scaled = graph.add("Div", graph.add("Sub", numbers, scaler.mean_), scaler.scale_)
    return graph.add("Clip", scaled, np.float64(-FARTHEST), np.float64(FARTHEST))


def _looked_up(
    graph: Graph,
    columns: list[str],
    encoder: Any,
    transform: Callable[[pd.DataFrame], np.ndarray],
    widths: list[int],
) -> list[str]:
    """Look up the numbers of each category, which the fitted ``transform`` tells."""
    found, names = [], list(encoder.feature_names_in_)
    starts = np.cumsum([0, *widths])
    for k, (column, known) in enumerate(zip(columns, encoder.categories_, strict=True)):
        texts = [value for value in known if isinstance(value, str)]
        cells = np.full((len(texts) + 2, len(names)), None, dtype=object)
        cells[:-1, k] = [*texts, _UNKNOWN]
        frame = pd.DataFrame(cells, columns=names, dtype=object)
        table = np.asarray(transform(frame), dtype=np.float64)[:, starts[k] : starts[k + 1]]
        place = graph.add(
            "LabelEncoder",
            graph.add("Reshape", column, np.array([-1])),
            domain="ai.onnx.ml",
            keys_strings=[*texts, ""],
            values_int64s=[*range(len(texts)), len(texts) + 1],
            default_int64=len(texts),
        )
        found.append(graph.add("Gather", table, place))
    return found
