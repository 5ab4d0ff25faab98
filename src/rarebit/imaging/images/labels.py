"""Class labels and groups: one plain value an image, none missing, all of one kind."""

from __future__ import annotations

from datetime import date
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from rarebit.exceptions import InputError

# How many classes a message names.
NAMED = 5


def check_labels(labels: ArrayLike, n: int, name: str = "y") -> np.ndarray:
    """Return class labels as an array.

    Parameters
    ----------
    labels : array of shape (n,) or (n, 1)
        Text, whole numbers, truth values or dates.
    n : int
        Number of images.
    name : str, default="y"
        What the labels are called where they come from.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    InputError
        If the shape is another, a label is missing, or kinds are mixed.

    Examples
    --------
    >>> check_labels([[0], [1]], 2).tolist()
    [0, 1]
    >>> check_labels(np.array(["ill", 1], dtype=object), 2)
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: y mixes numbers and text, such as 1 and 'ill': give all ...
    """
    array = _one_each(labels, n, name, "label")
    if array.dtype.kind == "f" and (array % 1 != 0).any():
        value = float(array[array % 1 != 0][0])
        raise InputError(
            f"{name} holds numbers with fractions, such as {value:g}: give classes, as whole "
            "numbers or text."
        )
    return array


def check_groups(groups: ArrayLike, n: int) -> np.ndarray:
    """Return the group of each image as an array; none may be missing.

    Examples
    --------
    >>> check_groups(["p1", "p1", "p2"], 3).tolist()
    ['p1', 'p1', 'p2']
    """
    return _one_each(groups, n, "groups", "group")


def check_label_counts(labels: np.ndarray) -> list[str]:
    """Refuse labels of a single class; return notes on classes too small to learn from.

    Examples
    --------
    >>> check_label_counts(np.array(["a", "a", "b"]))
    ["Class 'b' has one image: it can be trained on, but nothing can be said about how well..."]
    """
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        raise InputError(
            f"All {len(labels)} images are of one class, {str(classes[0])!r}: a classifier needs "
            "images of at least two."
        )
    single = classes[counts == 1]
    if len(single) > NAMED:
        named = ", ".join(map(str, single[:NAMED]))
        return [
            f"{len(single)} of {len(classes)} classes have one image each, such as {named}: are "
            "the labels classes? Nothing can be said about how well these are recognised."
        ]
    return [
        f"Class {str(label)!r} has one image: it can be trained on, but nothing can be said about "
        "how well it is recognised."
        for label in single
    ]


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
        found = "no one shape" if shape is None else f"the shape {shape}"
        raise InputError(f"{name}: {found} instead of one {noun} for each of the {n} images.")
    # A list is looked at before NumPy makes one kind of it: None or 1 beside text becomes text.
    given = pd.Series(list(values), dtype=object) if isinstance(values, list | tuple) else array
    lost = pd.isna(given) if len(array) else np.empty(0, dtype=bool)
    lost = np.asarray(lost) | (~np.isfinite(array) if array.dtype.kind == "f" else False)
    if lost.any():
        raise InputError(
            f"{name}: {lost.sum()} of {n} are missing (None, NaN or infinite), the first at "
            f"position {int(np.flatnonzero(lost)[0])}; give them a {noun}, or leave those images "
            "out."
        )
    if array.dtype.kind in "cV":
        raise InputError(f"{name} holds {array.dtype}: give whole numbers or text.")
    if isinstance(values, list | tuple) or array.dtype.kind == "O":
        _check_kinds(np.asarray(given, dtype=object), name)
    # Text of variable length cannot be stored with a model.
    return np.array(array.tolist()) if array.dtype.kind == "T" else array


def _check_kinds(values: np.ndarray, name: str) -> None:
    """Refuse values that cannot be put in order."""
    kinds: dict[str, object] = {}
    for value in values:
        kinds.setdefault(_kind(value), value)
    odd = kinds.get("")
    if odd is not None:
        raise InputError(
            f"{name} holds values of the type {type(odd).__name__}: give whole numbers or text."
        )
    if len(kinds) > 1:
        (one, first), (other, second) = sorted(kinds.items())[:2]
        raise InputError(
            f"{name} mixes {one} and {other}, such as {first!r} and {second!r}: give all as text, "
            "or all as numbers."
        )


def _kind(value: Any) -> str:
    """Name the kind of a value; nothing where it can be no label."""
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
