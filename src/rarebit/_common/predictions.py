"""Checks of label codes, probabilities and row weights."""

from __future__ import annotations

from typing import Any

import numpy as np

from rarebit.exceptions import InputError

# Rounding errors may push a probability this far out of [0, 1].
ROUNDING = 1e-6


def check_codes(name: str, codes: Any, n_classes: int, n_rows: int | None = None) -> np.ndarray:
    """Return the codes ``(n_rows,)`` as int64: one per row, from 0 to ``n_classes - 1``."""
    found = np.asarray(codes)
    _check_rows(name, found.shape, n_rows, "one code")
    if not found.size:
        return found.astype(np.int64)
    if found.dtype.kind not in "iub":
        raise InputError(
            f"{name} holds {found.dtype}: give codes, integers from 0 to {n_classes - 1}."
        )
    for code in (found.min(), found.max()):
        if not 0 <= code < n_classes:
            raise InputError(
                f"{name} holds the code {code}: give codes from 0 to {n_classes - 1}, one for each "
                "class."
            )
    return found.astype(np.int64, copy=False)


def check_proba(
    proba: Any, n_classes: int | None = None, n_rows: int | None = None, *, finite: bool = True
) -> np.ndarray:
    """Return probabilities ``(n_rows, n_classes)``; NaN is an error unless ``finite`` is False."""
    found = np.asarray(proba)
    if found.ndim != 2 or not found.shape[1] or n_classes not in (None, found.shape[1]):
        columns = "class" if n_classes is None else f"of the {n_classes} classes"
        raise InputError(
            f"Probabilities have shape {found.shape}: give one row per row of data, one column for "
            f"each {columns}."
        )
    _check_rows("proba", found.shape[:1], n_rows, "one row of probabilities")
    return _check_range(found, finite=finite)


def check_proba_of_class(proba: Any, n_rows: int | None = None) -> np.ndarray:
    """Return the probabilities of one class ``(n_rows,)``."""
    found = np.asarray(proba)
    _check_rows("proba", found.shape, n_rows, "one probability")
    return _check_range(found, finite=True)


def check_row_weights(
    weight: Any, n_rows: int, *, positive: bool = False, name: str = "sample_weight"
) -> np.ndarray:
    """Return weights ``(n_rows,)`` as float64, finite and at least 0; None gives ones.

    With ``positive``, at least one must be above 0.
    """
    if weight is None:
        return np.ones(n_rows)
    found = np.asarray(weight)
    _check_rows(name, found.shape, n_rows, "one weight")
    is_number = found.dtype.kind in "fiub"
    if found.size and not (is_number and 0 <= found.min() <= found.max() < np.inf):
        raise InputError(f"{name} must hold finite numbers of at least 0.")
    if positive and found.size and not found.any():
        raise InputError(f"{name} is zero in every row: give some rows a weight above 0.")
    return found.astype(np.float64, copy=False)


def combine_weights(*weights: np.ndarray | None) -> np.ndarray | None:
    """Return the product of the row weights that are given; None if none is."""
    given = [weight for weight in weights if weight is not None]
    return np.prod(given, axis=0) if given else None


def _check_rows(name: str, shape: tuple[int, ...], n_rows: int | None, what: str) -> None:
    """Require one entry per row."""
    if len(shape) != 1 or n_rows not in (None, shape[0]):
        rows = "row" if n_rows is None else f"of the {n_rows} rows"
        raise InputError(f"{name} has shape {shape}: give {what} for each {rows}.")


def _check_range(proba: np.ndarray, *, finite: bool) -> np.ndarray:
    """Require values in [0, 1]; NaN passes unless ``finite``."""
    if not proba.size:
        return proba.astype(np.float64)
    if proba.dtype.kind not in "fiub":
        raise InputError(f"Probabilities are {proba.dtype}: give numbers from 0 to 1.")
    low, high = proba.min(), proba.max()
    if np.isnan(low) and finite:
        row = int(np.flatnonzero(np.isnan(proba).reshape(len(proba), -1).any(axis=1))[0])
        raise InputError(
            f"Probabilities are missing (NaN) in row {row + 1}: leave such rows out, or find out "
            "why the model returns NaN."
        )
    if np.isnan(low):
        low, high = np.nanmin(proba, initial=0.0), np.nanmax(proba, initial=0.0)
    if low < -ROUNDING or high > 1 + ROUNDING:
        outside = low if low < -ROUNDING else high
        raise InputError(
            f"Probabilities hold {outside:g}: give numbers from 0 to 1, not scores or percentages."
        )
    return proba
