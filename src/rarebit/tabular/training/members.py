"""From a user's table, labels and weights to the tensors of :func:`train`, for one seed or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, column_or_1d
from torch import Tensor

from rarebit._common.devices import find_device
from rarebit._common.parameters import Bounds
from rarebit._common.random_state import as_generator
from rarebit._common.threads import one_thread as pin_threads
from rarebit.exceptions import InputError
from rarebit.tabular.layers import load_member, stack_modules
from rarebit.tabular.training.batches import split_for_selection
from rarebit.tabular.training.descent import Rows
from rarebit.tabular.training.fit import Learner, train

if TYPE_CHECKING:
    from rarebit.tabular._estimator import NetworkEstimator

# Steady figures, and faster for networks of this size. The OpenMP here is torch's, pinned by torch.
one_thread = partial(pin_threads, user_api="blas")


@dataclass(frozen=True)
class SelectionRows:
    """Rows from outside the training rows that select the checkpoint.

    Only a protocol that says so in all it makes may pass test rows here.

    Attributes
    ----------
    X : {array-like, pandas or polars DataFrame} of shape (n_rows, n_features)
        Features, as in ``fit``.
    y : array-like of shape (n_rows,)
        Class labels; rows of a class that training lacks are left out.
    """

    X: Any
    y: ArrayLike


@dataclass(frozen=True)
class _Table:
    """The training rows of positive weight, encoded.

    ``weight`` is the user's, ``row_weight`` has the classes' in it, too; both have mean 1.
    """

    x: np.ndarray
    codes: np.ndarray
    weight: np.ndarray | None
    row_weight: np.ndarray | None

    def rows(self, weight: np.ndarray | None, device: torch.device) -> Rows:
        """Put the table on a device, with one of its weights."""
        weights = None if weight is None else _tensor(weight, device)
        return Rows(_tensor(self.x, device), torch.from_numpy(self.codes).to(device), weights)


def fit_members(
    estimators: Sequence[NetworkEstimator],
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    selection: SelectionRows | None = None,
) -> None:
    """Fit estimators that differ in nothing but their random state, as one batched network."""
    first = estimators[0]
    settings, fraction = first._settings()
    table = _fit_table(first, X, y, sample_weight)
    settings = replace(settings, positive=_rare_of_two(table.codes, len(first.classes_)))
    for other in estimators[1:]:
        _share_table(first, other)
    device = find_device(first.device)
    generators = [as_generator(estimator.random_state) for estimator in estimators]
    learners = [
        _prepare(estimator, table.x.shape[1], rng).to(device)
        for estimator, rng in zip(estimators, generators, strict=True)
    ]
    if selection is None:
        splits = [split_for_selection(table.codes, fraction, rng) for rng in generators]
        positions = np.stack([training_part for training_part, _ in splits])
        judges = table.rows(table.weight, device)
        judge_positions = np.stack([aside for _, aside in splits])
        selected_on = "validation part of the training rows"
    else:
        positions = np.tile(np.arange(len(table.codes)), (len(estimators), 1))
        judges = _selection_rows(first, selection, device)
        judge_positions = np.tile(np.arange(len(judges.y)), (len(estimators), 1))
        selected_on = "given rows"
    if judge_positions.size == 0:
        selected_on = "no rows: the last epoch stays"
    learner = learners[0] if len(learners) == 1 else stack_modules(learners)
    seeds = [int(rng.integers(2**63 - 1)) for rng in generators]
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seeds[0])  # for dropout, which no stackable network has
        histories = train(
            learner,
            table.rows(table.row_weight, device),
            positions,
            settings,
            generators,
            judges,
            judge_positions,
        )
    state = learner.state_dict()
    for member, (estimator, single) in enumerate(zip(estimators, learners, strict=True)):
        if len(learners) > 1:
            load_member(single, state, member)
        single.finish(_tensor(table.x[positions[member]], device))
        estimator.learner_ = single.eval()
        estimator.history_ = histories[member]
        estimator.selected_on_ = selected_on


def _fit_table(
    estimator: NetworkEstimator, X: Any, y: ArrayLike, sample_weight: ArrayLike | None
) -> _Table:
    """Learn classes and columns, unless the estimator goes on from an earlier fit."""
    warm = estimator.warm_start and hasattr(estimator, "learner_")
    labels = column_or_1d(y, warn=True)
    check_consistent_length(X, labels)
    weight = _check_weight(sample_weight, len(labels))
    used = np.arange(len(labels)) if weight is None else np.flatnonzero(weight > 0)
    x = estimator._encode(X)[used] if warm else estimator._fit_encoder(X, used)
    check_classification_targets(labels)
    labels = labels[used]
    classes = np.unique(labels)
    if warm and not np.isin(classes, estimator.classes_).all():
        raise InputError("warm_start goes on with the classes of the first fit: y has others.")
    if not warm:
        if len(classes) < 2:
            raise InputError(
                f"y holds {len(classes)} class in the rows of positive weight: a classifier "
                "needs rows of at least two classes."
            )
        estimator.classes_ = classes
    weight = row_weight = None if weight is None else weight[used]
    if estimator.class_weight is not None:
        _check_class_weight(estimator.class_weight, classes)
        by_class = compute_sample_weight(estimator.class_weight, labels)
        row_weight = by_class if weight is None else by_class * weight
    codes = np.searchsorted(estimator.classes_, labels)
    return _Table(x, codes, _scale(weight), _scale(row_weight))


def _rare_of_two(codes: np.ndarray, n_classes: int) -> int | None:
    """Code of the class of two with fewer training rows, the second one where they have as many."""
    if n_classes != 2:
        return None
    first, second = np.bincount(codes, minlength=2)
    return 0 if first < second else 1


def _share_table(first: NetworkEstimator, other: NetworkEstimator) -> None:
    """Give another estimator what the first learned about the table."""
    for name in ("classes_", "encoder_", "categories_", "n_features_in_", "feature_names_in_"):
        if hasattr(first, name):
            setattr(other, name, getattr(first, name))


def _check_weight(sample_weight: ArrayLike | None, n_rows: int) -> np.ndarray | None:
    """Require one finite weight of at least 0 for each row, and one above."""
    if sample_weight is None:
        return None
    try:
        weight = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError("sample_weight holds what is no number: give numbers alone.") from error
    if weight.shape != (n_rows,):
        raise InputError(
            f"sample_weight has the shape {weight.shape}: give one weight for each of the "
            f"{n_rows} rows."
        )
    with np.errstate(over="ignore"):
        total = weight.sum()
    if not 0 < total < np.inf or (weight < 0).any():
        raise InputError("sample_weight must be finite, not negative, and not all zero.")
    return weight


def _check_class_weight(class_weight: Any, classes: np.ndarray) -> None:
    """Require ``"balanced"`` or a weight for each of the classes that it names."""
    if isinstance(class_weight, str) and class_weight == "balanced":
        return
    given = f"class_weight is {class_weight!r}: "
    if not isinstance(class_weight, Mapping):
        raise InputError(f"{given}give None, 'balanced' or a dict of class to weight.")
    labels = classes.tolist()
    unknown = [label for label in class_weight if label not in labels]
    if unknown and len(class_weight) - len(unknown) < len(labels):
        raise InputError(f"{given}y has no class {unknown[0]!r}, its classes are {labels}.")
    weights = list(class_weight.values())
    if not all(Bounds(float, 0).admit(weight) for weight in weights):
        raise InputError(f"{given}give each class a finite weight of at least 0.")
    if not any(class_weight.get(label, 1) for label in labels):
        raise InputError(f"{given}give one class at least a weight above 0.")


def _scale(weight: np.ndarray | None) -> np.ndarray | None:
    """Scale weights to mean 1, so that they do not change the learning rate."""
    return None if weight is None else weight / weight.mean()


def _prepare(estimator: NetworkEstimator, n_inputs: int, rng: np.random.Generator) -> Learner:
    """Build the estimator's learner from its own seed, or go on with the one it has."""
    if estimator.warm_start and hasattr(estimator, "learner_"):
        return estimator.learner_
    estimator.n_inputs_ = n_inputs
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**63 - 1)))
        try:
            return estimator._make_learner(n_inputs, len(estimator.classes_))
        except RuntimeError as error:
            if "alloc" not in str(error):
                raise
            raise InputError(
                f"A network of {n_inputs} inputs (columns, and categories one by one) does not "
                "fit into memory: choose fewer columns, or a narrower network."
            ) from error


def _selection_rows(
    estimator: NetworkEstimator, selection: SelectionRows, device: torch.device
) -> Rows:
    """Encode rows given for selection; those of a class that training lacks are left out."""
    if not isinstance(selection, SelectionRows):
        raise InputError(f"selection is a {type(selection).__name__}: give SelectionRows(X, y).")
    labels = column_or_1d(selection.y)
    check_consistent_length(selection.X, labels)
    known = np.isin(labels, estimator.classes_)
    codes = np.searchsorted(estimator.classes_, labels[known])
    x = _tensor(estimator._encode(selection.X)[known], device)
    return Rows(x, torch.from_numpy(codes).to(device))


def _tensor(values: np.ndarray, device: torch.device) -> Tensor:
    return torch.from_numpy(values).float().to(device)
