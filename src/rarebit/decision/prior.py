"""Correct probabilities for a class prior that resampling or class weights changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rarebit._common.predictions import check_proba
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from jaxtyping import Float, Real

    Proba = Float[np.ndarray, "rows classes"]
    Prior = Real[np.ndarray, " classes"]


def correct_prior(proba: Proba, *, fitted_prior: Prior, true_prior: Prior) -> Proba:
    """Move probabilities from the class prior that a model was fitted under to the true one.

    Each probability is multiplied by ``true_prior / fitted_prior`` of its class and the row is
    normalised: Elkan (2001, theorem 2) for two classes, Saerens, Latinne and Decaestecker (2002,
    equation 4) for many. Exact if only the class shares changed and not the distribution within
    each class, as with random over- and under-sampling and class weights.

    Parameters
    ----------
    proba : ndarray of shape (n_rows, n_classes)
        Probabilities under the fitted prior.
    fitted_prior : ndarray of shape (n_classes,)
        Share of each class in training. A class that was absent there (0) is not reweighted.
    true_prior : ndarray of shape (n_classes,)
        Share of each class where the model is applied.

    Returns
    -------
    ndarray of shape (n_rows, n_classes)
        A row whose classes all have a true prior of 0 becomes the true prior itself.

    Examples
    --------
    A model fitted on balanced classes, applied where one row in ten is positive:

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


def _as_prior(prior: Any, name: str, n_classes: int) -> Float[np.ndarray, " classes"]:
    """Return the shares of the classes, normalised to a sum of 1."""
    try:
        prior = np.asarray(prior, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} is {prior!r}: give one number per class.") from None
    if prior.shape != (n_classes,):
        raise InputError(
            f"{name} has shape {prior.shape} for probabilities of {n_classes} classes: "
            "give one number per class."
        )
    if not (prior >= 0).all() or not 0 < prior.sum() < np.inf:
        raise InputError(
            f"{name} is {prior.tolist()}: give finite shares of at least 0, one above 0 (if all "
            "row weights are 0, there are none)."
        )
    return prior / prior.sum()
