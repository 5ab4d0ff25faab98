"""What a treated classifier takes in, refused at the door where it cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from rarebit._common.parameters import check_count
from rarebit.datasets import Role, infer_columns
from rarebit.decision import check_cost_matrix
from rarebit.exceptions import InputError

# Where the configurations of a search come from.
SEARCHES = ("random", "grid")


def check_search(search: str, n_configs: int, inner_folds: int, search_rows: int | None) -> None:
    """Require settings with which a search can be made.

    Raises
    ------
    InputError
        If one of them cannot be.

    Examples
    --------
    >>> check_search("random", 8, 3, None)
    """
    if search not in SEARCHES:
        raise InputError(f"search is {search!r}; choose one of {', '.join(SEARCHES)}.")
    check_count("n_configs", n_configs, 1)
    check_count("inner_folds", inner_folds, 2)
    if search_rows is not None:
        check_count("search_rows", search_rows, 2)


def class_labels(y: Any) -> np.ndarray:
    """Take in class labels, one for each row.

    Raises
    ------
    InputError
        If a row has none.
    ValueError
        If they are quantities, or not one for each row.

    Examples
    --------
    >>> class_labels(["b", "a"]).tolist()
    ['b', 'a']
    """
    labels = np.asarray(column_or_1d(y, warn=True))
    missing = int(pd.isna(labels).sum())
    if missing:
        raise InputError(f"y has no label in {missing} of {len(labels)} rows; leave these out.")
    check_classification_targets(labels)
    return labels


def usable_columns(frame: pd.DataFrame, roles: dict[str, Role] | None) -> dict[str, Role]:
    """Say what each column is used as, inferred where not given.

    Raises
    ------
    InputError
        If no column can be used.

    Examples
    --------
    >>> usable_columns(pd.DataFrame({"age": [61.5, 40.0, 33.25]}), None)
    {'age': <Role.NUMERIC: 'numeric'>}
    """
    if frame.shape[1] == 0:
        raise InputError(
            f"X has 0 feature(s) (shape={frame.shape}) while a minimum of 1 is required."
        )
    if roles is not None:
        return roles
    inferred, found = infer_columns(frame)
    if not inferred:
        why = "; ".join(f"{column.name!r} is {column.reason}" for column in found[:5])
        raise InputError(f"X (n_samples = {len(frame)}) has no usable feature column: {why}.")
    return inferred


def costs_between(
    classes: np.ndarray, cost_matrix: ArrayLike | None, cost_classes: Sequence[Any] | None
) -> np.ndarray | None:
    """Take the costs of the classes at hand from those of all classes.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        The classes at hand.
    cost_matrix : array of shape (n_cost_classes, n_cost_classes) or None
        ``cost[true, decided]``.
    cost_classes : sequence or None
        The classes of the matrix in its order; ``classes`` where not given.

    Returns
    -------
    ndarray of shape (n_classes, n_classes) or None
        None where there are no costs.

    Raises
    ------
    InputError
        If the matrix has not one finite cost for each pair, or lacks a class.

    Examples
    --------
    >>> cost = [[0, 1, 1], [9, 0, 2], [9, 5, 0]]
    >>> costs_between(np.array(["b", "c"]), cost, ["a", "b", "c"])
    array([[0., 2.],
           [5., 0.]])
    """
    if cost_matrix is None:
        return None
    known = list(classes if cost_classes is None else cost_classes)
    cost = check_cost_matrix(np.asarray(cost_matrix), len(known))
    unknown = [str(label) for label in classes if label not in known]
    if unknown:
        raise InputError(f"cost_classes lacks {', '.join(unknown)}; name every class of y.")
    places = [known.index(label) for label in classes]
    return cost[np.ix_(places, places)]
