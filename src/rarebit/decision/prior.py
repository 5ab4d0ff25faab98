"""Undoing a changed class prior: what resampling and class weights do to probabilities."""

from __future__ import annotations

import numpy as np

from rarebit._common.predictions import check_proba
from rarebit.exceptions import InputError


def correct_prior(
    proba: np.ndarray, *, fitted_prior: np.ndarray, true_prior: np.ndarray
) -> np.ndarray:
    """Move probabilities from the prior that a model was fitted under to the true one.

    Each probability is multiplied by ``true_prior / fitted_prior`` of its class and the row brought
    back to 1: Elkan (2001, theorem 2) for two classes, Saerens, Latinne and Decaestecker (2002,
    equation 4) for many. Exact where the classes themselves were left as they are, as random over-
    and under-sampling and class weights do, and only their shares were changed.

    Parameters
    ----------
    proba : ndarray of shape (n_rows, n_classes)
        Probabilities under the fitted prior.
    fitted_prior : ndarray of shape (n_classes,)
        Share of each class as the model saw it. A class that it never saw (0) is not reweighted.
    true_prior : ndarray of shape (n_classes,)
        Share of each class where the model is used.

    Returns
    -------
    ndarray of shape (n_rows, n_classes)
        A row whose classes all have a true prior of 0 becomes the true prior.

    Raises
    ------
    InputError
        If a prior has the wrong length, a negative entry, one that is no finite number, or no
        mass, or if ``proba`` holds no probabilities.

    Examples
    --------
    A model fitted on balanced classes, used where one row in ten is positive:

    >>> proba = np.array([[0.5, 0.5], [0.1, 0.9]])
    >>> correct_prior(proba, fitted_prior=np.array([0.5, 0.5]), true_prior=np.array([0.9, 0.1]))
    array([[0.9, 0.1],
           [0.5, 0.5]])
    """
    proba = check_proba(proba)
    fitted = _as_prior(fitted_prior, "fitted_prior", proba.shape[1])
    true = _as_prior(true_prior, "true_prior", proba.shape[1])
    factor = np.divide(true, fitted, out=np.ones_like(true), where=fitted > 0)
    moved = proba * factor
    total = moved.sum(axis=1, keepdims=True)
    return np.divide(moved, total, out=np.tile(true, (len(proba), 1)), where=total > 0)


def _as_prior(prior: np.ndarray, name: str, n_classes: int) -> np.ndarray:
    """Shares that add to 1, one a class."""
    try:
        prior = np.asarray(prior, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} is {prior!r}; give one share a class, a number.") from None
    if prior.shape != (n_classes,):
        raise InputError(
            f"{name} has shape {prior.shape} for probabilities of {n_classes} classes; "
            "give one share a class."
        )
    if not (prior >= 0).all() or not 0 < prior.sum() < np.inf:
        raise InputError(
            f"{name} is {prior.tolist()}; give finite shares of 0 or more, not all 0 (rows that "
            "all weigh 0 have none)."
        )
    return prior / prior.sum()
