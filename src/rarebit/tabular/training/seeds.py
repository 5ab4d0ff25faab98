"""Many seeds in little more time than one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from numpy.typing import ArrayLike
from sklearn.base import clone

from rarebit.exceptions import InputError
from rarebit.tabular._estimator import NetworkEstimator
from rarebit.tabular.training.members import SelectionRows, fit_members

Estimator = TypeVar("Estimator", bound=NetworkEstimator)


def fit_seeds(
    estimator: Estimator,
    X: Any,
    y: ArrayLike,
    seeds: Sequence[int],
    sample_weight: ArrayLike | None = None,
    selection: SelectionRows | None = None,
) -> list[Estimator]:
    """Fit one estimator from several seeds, side by side as one batched network.

    Each member draws from its own generator: it is the estimator that ``fit`` would give with
    ``random_state=seed``, but for the rounding of batched products, which many epochs amplify.
    Networks that cannot be batched are fitted one after the other.

    Parameters
    ----------
    estimator : QCLMixNetClassifier or NetworkClassifier
        An estimator; it stays unfitted.
    X, y, sample_weight
        As for ``fit``.
    seeds : sequence of int
        Random states.
    selection : SelectionRows, optional
        Rows from outside the training rows that select the checkpoint of every member, in place of
        a validation part of the training rows. Only for a protocol that says so in all it makes:
        scores on these rows are too good.

    Returns
    -------
    list
        One fitted estimator a seed.

    Raises
    ------
    InputError
        If the estimator is no network or there are no seeds, and as ``fit`` does.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from rarebit.tabular import QCLMixNetClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> models = fit_seeds(QCLMixNetClassifier(epochs=2), X, y, seeds=range(3))
    >>> [model.random_state for model in models]
    [0, 1, 2]
    """
    if not isinstance(estimator, NetworkEstimator):
        raise InputError(
            f"estimator is {estimator!r}: give a QCLMixNetClassifier or a NetworkClassifier."
        )
    if not isinstance(seeds, Iterable) or not (seeds := list(seeds)):
        raise InputError(f"seeds is {seeds!r}: give one seed at least, for example range(3).")
    members = [clone(estimator).set_params(random_state=seed) for seed in seeds]
    groups = [members] if estimator._stackable() else [[member] for member in members]
    for group in groups:
        fit_members(group, X, y, sample_weight, selection)
    return members
