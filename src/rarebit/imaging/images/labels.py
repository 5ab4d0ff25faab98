"""Class labels and groups: one plain value an image, none missing, all of one kind."""

from __future__ import annotations

from datetime import date
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from rarebit._common.checks import Remark
from rarebit._common.wording import first_few, listed, written_alike
from rarebit.exceptions import InputError

# How many classes a message names.
NAMED = 5


def check_labels(labels: ArrayLike, n: int, name: str = "y") -> np.ndarray:
    """Return the class label of each of n images, (n,), from (n,) or (n, 1)."""
    array = _one_each(labels, n, name, "label")
    if array.dtype.kind == "f" and (array % 1 != 0).any():
        value = float(array[array % 1 != 0][0])
        raise InputError(
            f"{name} has numbers with fractions, such as {value:g}: give classes as integers or "
            "text."
        )
    return array


def check_groups(groups: ArrayLike, n: int) -> np.ndarray:
    """Return the group of each of n images, (n,); none may be missing."""
    return _one_each(groups, n, "groups", "group")


def check_label_counts(labels: np.ndarray) -> list[str]:
    """Refuse labels of one class; return notes on classes written alike or with one image."""
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        raise InputError(
            f"All {len(labels)} images are of one class, {str(classes[0])!r}: give images of at "
            "least two."
        )
    notes: list[str] = [Remark("RB003", text) for text in written_alike(classes)]
    single = classes[counts == 1]
    if len(single) > NAMED:
        named = ", ".join(map(str, single[:NAMED]))
        few = (
            f"{len(single)} of {len(classes)} classes have one image each, such as {named}. Check "
            "that the labels are classes; these cannot be evaluated."
        )
        return [*notes, Remark("RB005", few)]
    few = "has one image: it is trained on, but cannot be evaluated."
    return notes + [Remark("RB005", f"Class {str(label)!r} {few}") for label in single]


def check_split(labels: np.ndarray, split: np.ndarray | None) -> None:
    """Refuse a split with a class that the training part lacks: nothing could be learnt of it."""
    if split is None:
        return
    known = np.unique(labels[split == "train"])
    if len(known) == 0:
        raise InputError(f"None of the {len(labels)} images is in a training split: give one.")
    if foreign := np.setdiff1d(labels, known).tolist():
        theirs = np.isin(labels, foreign)
        alike = written_alike(np.unique(labels))
        raise InputError(
            f"The training split has no image of {first_few(foreign)}, of which the "
            f"{listed(np.unique(split[theirs]))} split has {theirs.sum()}: move some of them to "
            f"the training split, or leave them out. {' '.join(alike)}".rstrip()
        )


def _one_each(values: Any, n: int, name: str, noun: str) -> np.ndarray:
    """Return one plain value for each image."""
    shape = None
    try:
        array = np.asarray(values)
        shape = array.shape
    except (ValueError, TypeError, RuntimeError):  # ragged, or a tensor that will not be converted
        pass
    if shape == (n, 1):  # as MedMNIST has them
        array = array[:, 0]
        values = [value[0] for value in values] if isinstance(values, list | tuple) else array
    elif shape != (n,):
        found = "rows of different length" if shape is None else f"shape {shape}"
        raise InputError(f"{name} has {found}: give one {noun} for each of the {n} images.")
    # Look at a list before NumPy converts it: None or 1 beside text would become text.
    given = pd.Series(list(values), dtype=object) if isinstance(values, list | tuple) else array
    lost = pd.isna(given) if len(array) else np.empty(0, dtype=bool)
    lost = np.asarray(lost) | (~np.isfinite(array) if array.dtype.kind == "f" else False)
    if lost.any():
        raise InputError(
            f"{name} has {lost.sum()} of {n} values missing (None, NaN or infinite), the first at "
            f"position {int(np.flatnonzero(lost)[0])}: give them a {noun}, or leave those images "
            "out."
        )
    if array.dtype.kind in "cV":
        raise InputError(f"{name} has type {array.dtype}: give integers or text.")
    if isinstance(values, list | tuple) or array.dtype.kind == "O":
        _check_kinds(np.asarray(given, dtype=object), name)
    # Variable-length text cannot be stored with a model.
    return np.array(array.tolist()) if array.dtype.kind == "T" else array


def _check_kinds(values: np.ndarray, name: str) -> None:
    """Refuse values that cannot be sorted."""
    kinds: dict[str, object] = {}
    for value in values:
        kinds.setdefault(_kind(value), value)
    odd = kinds.get("")
    if odd is not None:
        raise InputError(f"{name} has values of type {type(odd).__name__}: give integers or text.")
    if len(kinds) > 1:
        (one, first), (other, second) = sorted(kinds.items())[:2]
        raise InputError(
            f"{name} mixes {one} and {other}, such as {first!r} and {second!r}: give all as text, "
            "or all as numbers."
        )


def _kind(value: Any) -> str:
    """Name the kind of a value; empty if it cannot be a label."""
    if hasattr(value, "item") and np.ndim(value) == 0 and not isinstance(value, np.generic):
        value = value.item()  # an array or a tensor of one value
    if isinstance(value, str):
        return "text"
    if isinstance(value, bytes):
        return "bytes"
    if isinstance(value, Real | np.bool_):
        return "numbers"
    if isinstance(value, np.datetime64 | date):
        return "dates"
    return ""
