"""Many seeds in little more time than one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from numpy.typing import ArrayLike
from sklearn.base import clone

from rarebit.exceptions import InputError
from rarebit.tabular._estimator import NetworkEstimator, SelectionRows, fit_members

Estimator = TypeVar("Estimator", bound=NetworkEstimator)


def fit_seeds(
    estimator: Estimator,
    X: Any,
    y: ArrayLike,
    seeds: Sequence[int],
    sample_weight: ArrayLike | None = None,
    selection: SelectionRows | None = None,
) -> list[Estimator]:
    """Fit one estimator from several seeds, together as one batched network.

    Each member has its own generator: it is the estimator that ``fit`` gives with
    ``random_state=seed``, except for rounding errors of batched products, which grow over many
    epochs. Networks that cannot be batched are fitted one after another.

    Parameters
    ----------
    estimator : QCLMixNetClassifier or NetworkClassifier
        An estimator; it is not fitted itself.
    X : {array-like, pandas or polars DataFrame} of shape (n_rows, n_features)
        Features, as in ``fit``.
    y : array-like of shape (n_rows,)
        Class labels.
    seeds : sequence of int
        Random states.
    sample_weight : array-like of shape (n_rows,), optional
        Weight of each row, as in ``fit``.
    selection : SelectionRows, optional
        Rows from outside the training rows that select the checkpoint of every member, in place of
        a validation split of the training rows. For a paper's protocol only: scores on these rows
        are too good.

    Returns
    -------
    list of QCLMixNetClassifier or NetworkClassifier

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
        raise InputError(f"seeds is {seeds!r}: give at least one seed, for example range(3).")
    members = [clone(estimator).set_params(random_state=seed) for seed in seeds]
    groups = [members] if estimator._stackable() else [[member] for member in members]
    for group in groups:
        fit_members(group, X, y, sample_weight, selection)
    return members
