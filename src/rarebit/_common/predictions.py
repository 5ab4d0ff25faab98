"""Label codes, probabilities and weights: checked before they are scored or decided on."""

from __future__ import annotations

from typing import Any

import numpy as np

from rarebit.exceptions import InputError

# By how much rounding may carry a probability out of [0, 1].
ROUNDING = 1e-6


def check_codes(name: str, codes: Any, n_classes: int, n_rows: int | None = None) -> np.ndarray:
    """Require one label code a row, from 0 to ``n_classes - 1``.

    Parameters
    ----------
    name : str
        What the codes are, for the message.
    codes : array-like of shape (n_rows,)
        The codes.
    n_classes : int
        Number of classes.
    n_rows : int, optional
        Rows that there must be.

    Returns
    -------
    ndarray of shape (n_rows,), integer

    Raises
    ------
    InputError
        If they are none.

    Examples
    --------
    >>> check_codes("y", [0, 2], 2)
    Traceback (most recent call last):
    ...
    rarebit.exceptions.InputError: y holds the code 2: give codes from 0 to 1, one for each class.
    """
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
    """Require a probability of each class in each row.

    Parameters
    ----------
    proba : array-like of shape (n_rows, n_classes)
        The probabilities.
    n_classes, n_rows : int, optional
        Classes and rows that there must be.
    finite : bool, default=True
        Whether NaN is refused.

    Returns
    -------
    ndarray of shape (n_rows, n_classes)

    Raises
    ------
    InputError
        If it is none, or a value lies outside [0, 1] by more than rounding explains.

    Examples
    --------
    >>> check_proba([[0.25, 0.75]], n_classes=2)
    array([[0.25, 0.75]])
    """
    found = np.asarray(proba)
    if found.ndim != 2 or not found.shape[1] or n_classes not in (None, found.shape[1]):
        columns = "class" if n_classes is None else f"of the {n_classes} classes"
        raise InputError(
            f"Probabilities of shape {found.shape}: give a row for each row, and a column for each "
            f"{columns}."
        )
    _check_rows("proba", found.shape[:1], n_rows, "one row of probabilities")
    return _check_range(found, finite=finite)


def check_proba_of_class(proba: Any, n_rows: int | None = None) -> np.ndarray:
    """Require one probability a row, as :func:`check_proba` does a row of them."""
    found = np.asarray(proba)
    _check_rows("proba", found.shape, n_rows, "one probability")
    return _check_range(found, finite=False)


def check_row_weights(weight: Any, n_rows: int, *, positive: bool = False) -> np.ndarray:
    """Require one finite weight of at least 0 a row; None weighs all alike.

    Parameters
    ----------
    weight : array-like of shape (n_rows,) or None
        The weights.
    n_rows : int
        Number of rows.
    positive : bool, default=False
        Whether one at least must be above 0.

    Returns
    -------
    ndarray of shape (n_rows,), float64

    Raises
    ------
    InputError
        If they are none.
    """
    if weight is None:
        return np.ones(n_rows)
    found = np.asarray(weight)
    _check_rows("sample_weight", found.shape, n_rows, "one weight")
    is_number = found.dtype.kind in "fiub"
    if found.size and not (is_number and 0 <= found.min() <= found.max() < np.inf):
        raise InputError("sample_weight must hold finite numbers of at least 0.")
    if positive and found.size and not found.any():
        raise InputError("sample_weight is 0 in every row: give one row at least a weight above 0.")
    return found.astype(np.float64, copy=False)


def _check_rows(name: str, shape: tuple[int, ...], n_rows: int | None, what: str) -> None:
    """Require one value a row."""
    if len(shape) != 1 or n_rows not in (None, shape[0]):
        rows = "row" if n_rows is None else f"of the {n_rows} rows"
        raise InputError(f"{name} has shape {shape}: give {what} for each {rows}.")


def _check_range(proba: np.ndarray, *, finite: bool) -> np.ndarray:
    """Require values in [0, 1]; NaN passes where it may."""
    if not proba.size:
        return proba.astype(np.float64)
    if proba.dtype.kind not in "fiub":
        raise InputError(f"Probabilities are {proba.dtype}: give numbers from 0 to 1.")
    low, high = proba.min(), proba.max()
    if np.isnan(low) and finite:
        row = int(np.flatnonzero(np.isnan(proba).reshape(len(proba), -1).any(axis=1))[0])
        raise InputError(
            f"Probabilities are missing (NaN) in row {row + 1}: leave such rows out, or see why "
            "the model gives none."
        )
    if np.isnan(low):
        low, high = np.nanmin(proba, initial=0.0), np.nanmax(proba, initial=0.0)
    if low < -ROUNDING or high > 1 + ROUNDING:
        outside = low if low < -ROUNDING else high
        raise InputError(
            f"Probabilities hold {outside:g}: give numbers from 0 to 1, not scores or percentages."
        )
    return proba
