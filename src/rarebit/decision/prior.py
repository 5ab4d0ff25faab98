"""Correct probabilities for a class prior that resampling or class weights changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from rarebit._common.predictions import check_proba
from rarebit._common.wording import listed, percent
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from jaxtyping import Float, Real

    Proba = Float[np.ndarray, "rows classes"]
    Prior = Real[np.ndarray, " classes"]

# Shares may add up to 1 but for this.
ROUNDING = 1e-6


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


class PriorShift(BaseEstimator):
    """Probabilities moved from one class prior to another, as the last step of a calibration.

    Parameters
    ----------
    fitted_prior, true_prior : array of shape (n_classes,)
        As in :func:`correct_prior`.

    Examples
    --------
    >>> PriorShift([0.5, 0.5], [0.9, 0.1]).transform(np.array([[0.1, 0.9]]))
    array([[0.5, 0.5]])
    """

    def __init__(self, fitted_prior: Any, true_prior: Any) -> None:
        self.fitted_prior = fitted_prior
        self.true_prior = true_prior

    def fit(self, proba: Proba, y: object = None) -> Self:
        """Do nothing: the priors are given."""
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def transform(self, proba: Proba) -> Proba:
        """Return the probabilities ``(n_rows, n_classes)`` under ``true_prior``."""
        fitted, true = np.asarray(self.fitted_prior), np.asarray(self.true_prior)
        return correct_prior(proba, fitted_prior=fitted, true_prior=true)


def stands_for(y: np.ndarray, sample_weight: np.ndarray | None, shares: Prior) -> np.ndarray:
    """Return the rows ``(n_rows,)`` that each row stands for where the classes have other shares.

    Times the row weights, they give each class its share, and the same total as before.
    """
    mass = np.bincount(y, sample_weight, minlength=len(shares))
    ratio = np.divide(shares * mass.sum(), mass, out=np.zeros(len(mass)), where=mass > 0)
    return np.asarray(ratio[y])


def shares_in_words(classes: Iterable[object], shares: Iterable[float]) -> str:
    """Write the shares of the classes, such as "2 % of ill and 98 % of well"."""
    return listed(
        f"{percent(share)} of {label}" for label, share in zip(classes, shares, strict=True)
    )


def read_prevalence(
    prevalence: float | str | Mapping[str, float], classes: Sequence[object], positive: int | None
) -> Float[np.ndarray, " classes"]:
    """Return the share of each class: of the rare one of two (``0.02``), or ``"a=0.1,b=0.2"``.

    At most one class may be left out: it has the rest.
    """
    names = [str(label) for label in classes]
    if len(names) < 2:
        raise InputError("prevalence needs at least two classes.")
    given = _named_shares(prevalence, names, positive)
    shares = np.array([given.get(name, 0.0) for name in names])
    if len(given) == len(names) - 1:
        shares[[name not in given for name in names]] = 1 - shares.sum()
    if not ((shares > 0) & (shares < 1)).all() or abs(shares.sum() - 1) > ROUNDING:
        raise InputError(
            f"prevalence is {prevalence!r}: give the share of each class, above 0 and below 1, "
            "together 1 (one class may be left out)."
        )
    return shares / shares.sum()


def _named_shares(prevalence: Any, names: list[str], positive: int | None) -> dict[str, float]:
    """Return the shares that are given, by class."""
    if isinstance(prevalence, Mapping):
        parts = [(str(name), share) for name, share in prevalence.items()]
    elif isinstance(prevalence, str) and "=" in prevalence:
        # A name may hold commas and signs of equality: a share has none.
        *texts, rest = re.split(r"=([^=,]*)(?:,|$)", prevalence)
        parts = [(name.strip(), share) for name, share in zip(texts[::2], texts[1::2], strict=True)]
        if rest.strip():
            parts.append((rest.strip(), ""))
    elif positive is None:
        raise InputError(
            f"prevalence is {prevalence!r}, and there are {len(names)} classes: give the share of "
            f"each, such as '{names[0]}=0.1,{names[1]}=0.2'."
        )
    else:
        parts = [(names[positive], prevalence)]
    shares: dict[str, float] = {}
    for name, share in parts:
        if name not in names or name in shares:
            raise InputError(
                f"prevalence names {name!r}: give each class once, one of {', '.join(names)}."
            )
        try:
            shares[name] = float(share)
        except (TypeError, ValueError):
            raise InputError(
                f"prevalence is {prevalence!r}: give shares such as 0.02, not {share!r}."
            ) from None
    return shares
