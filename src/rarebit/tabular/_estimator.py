"""What the network estimators share: fitting, predicting, saving."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from rarebit._common.devices import find_device
from rarebit._common.frames import as_pandas
from rarebit._common.parameters import (
    COUNT,
    NON_NEGATIVE,
    POSITIVE,
    TRUTH,
    Bounds,
    Kind,
    Rule,
)
from rarebit._common.predictions import check_row_weights
from rarebit._common.random_state import RandomState, as_generator
from rarebit._common.threads import one_thread
from rarebit.exceptions import InputError
from rarebit.metrics import METRICS
from rarebit.persistence.networks import read_network, write_network
from rarebit.tabular.encoding import TableInputMixin
from rarebit.tabular.training.learner import Learner
from rarebit.tabular.training.loop import History, LoopSettings
from rarebit.tabular.training.members import (
    EncodedTable,
    share_rows,
    split_members,
    train_members,
)
from rarebit.tabular.training.weights import loss_weights, scale_weights

# Where predictions are computed in double precision; MPS has none, and not every XPU has.
_DOUBLE = ("cpu", "cuda")
# More epochs than any network of this size is trained for.
MOST_EPOCHS = 1_000_000

TRAINING_RULES: dict[str, Rule] = {
    "epochs": (Bounds(int, 1, MOST_EPOCHS),),
    "batch_size": COUNT,
    "learning_rate": POSITIVE,
    "weight_decay": NON_NEGATIVE,
    "early_stopping": (False, Bounds(int, 1)),
    "validation_fraction": (Bounds(float, 0, 0.9),),
    "selection_metric": tuple(name for name, metric in METRICS.items() if metric.best is None),
    "class_weight": (None, "balanced", Kind(Mapping, "a dict of class to weight")),
    "missing": ("error", "impute"),
    "verbose": (True, False, Bounds(int, 0)),
    "warm_start": TRUTH,
}


@dataclass(frozen=True)
class SelectionRows:
    """Rows from outside the training rows that select the checkpoint, for a paper's protocol.

    Given to :func:`fit_seeds`. Scores on these rows are too good: a protocol that passes its test
    rows must say so in every table it makes.

    Parameters
    ----------
    X : {array-like, pandas or polars DataFrame} of shape (n_rows, n_features)
        Features, as in ``fit``.
    y : array-like of shape (n_rows,)
        Class labels; rows of a class without training rows are ignored.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from rarebit.tabular import NetworkClassifier, fit_seeds
    >>> X, y = load_iris(return_X_y=True)
    >>> test = SelectionRows(X[::2], y[::2])
    >>> (model,) = fit_seeds(NetworkClassifier(epochs=2), X[1::2], y[1::2], [0], selection=test)
    >>> model.selected_on_
    'given rows'
    """

    X: Any
    y: ArrayLike


class NetworkEstimator(ClassifierMixin, TableInputMixin):
    """Template of the network estimators; a subclass makes its learner and its loop settings."""

    class_weight: Any
    device: str
    random_state: RandomState
    warm_start: bool
    classes_: np.ndarray
    history_: History
    learner_: Learner
    n_inputs_: int
    selected_on_: str

    @abstractmethod
    def _loop_settings(self) -> LoopSettings:
        """Check the parameters and return how to train."""

    @abstractmethod
    def _make_learner(self, n_inputs: int, n_classes: int) -> Learner:
        """Build the untrained learner, with parameters from torch's global generator."""

    def _stackable(self) -> bool:
        """Say whether several networks can be trained as one batched network."""
        return True

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train on X ``(n_rows, n_features)``, an array or data frame, and labels y ``(n_rows,)``.

        Columns of a table that are neither numeric nor boolean are categorical. ``sample_weight``
        ``(n_rows,)`` weighs the rows in the losses; a row of weight 0 is ignored.
        """
        fit_members([self], X, y, sample_weight)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Estimate class probabilities ``(n_rows, n_classes)``, in the order of ``classes_``."""
        logits = torch.from_numpy(self._forward(X, "logits"))
        return np.asarray(logits.softmax(dim=-1).numpy())

    def predict(self, X: Any) -> np.ndarray:
        """Predict the most probable label of each row of X ``(n_rows, n_features)``."""
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def to_folder(self, folder: Path) -> dict[str, Any]:
        """Write the network's weights into ``folder``; return all other attributes by name."""
        state = {name: value for name, value in vars(self).items() if name != "learner_"}
        if hasattr(self, "learner_"):
            write_network(self.learner_, folder)
        return state

    @classmethod
    def from_folder(cls, folder: Path, state: dict[str, Any]) -> Self:
        """Rebuild the estimator from what :meth:`to_folder` wrote and returned."""
        estimator = cls()
        for name, value in state.items():
            setattr(estimator, name, value)
        if hasattr(estimator, "history_"):
            sizes = estimator.n_inputs_, len(estimator.classes_)
            estimator.learner_ = read_network(lambda: estimator._make_learner(*sizes), folder)
        return estimator

    def _forward(self, X: Any, method: str) -> np.ndarray:
        """Apply a method of the learner to a table, in double precision.

        In single precision the result for a row would vary slightly with the other rows.
        """
        check_is_fitted(self, "learner_")
        x = torch.from_numpy(self._encode(X))
        device = next(self.learner_.parameters()).device
        if device.type not in _DOUBLE:
            device = torch.device("cpu")
        learner = copy.deepcopy(self.learner_).to(device).double().eval()
        call = getattr(learner, method)
        with torch.inference_mode(), one_thread(user_api="blas"):
            chunks = torch.split(x, learner.prediction_rows)
            parts = [call(chunk.to(device)).cpu() for chunk in chunks]
        return np.asarray(torch.cat(parts).numpy())

    def _continues(self) -> bool:
        """Say whether ``fit`` continues from the network of the last fit."""
        return self.warm_start and hasattr(self, "learner_")

    def _fit_table(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None) -> EncodedTable:
        """Learn classes and columns, unless training continues, and encode the rows."""
        warm = self._continues()
        X, labels = as_pandas(X), column_or_1d(as_pandas(y), warn=True)
        check_consistent_length(X, labels)
        weight, used = None, np.arange(len(labels))
        if sample_weight is not None:
            weight = check_row_weights(sample_weight, len(labels), positive=True)
            used = np.flatnonzero(weight > 0)
            weight = scale_weights(weight[used])
        x = self._encode(X)[used] if warm else self._fit_encoder(X, used)
        if labels.dtype.kind == "f" and not np.isfinite(labels).all():
            raise InputError("y contains NaN or infinity: give a class label for every row.")
        check_classification_targets(labels)
        labels = labels[used]
        classes = np.unique(labels)
        if warm and not np.isin(classes, self.classes_).all():
            raise InputError("y has new classes: give warm_start=False to train on them.")
        if not warm:
            if len(classes) < 2:
                raise InputError(
                    f"y has {len(classes)} class in the rows of positive weight: give rows of at "
                    "least two classes."
                )
            self.classes_ = classes
        loss_weight = loss_weights(weight, self.class_weight, labels)
        return EncodedTable(x, np.searchsorted(self.classes_, labels), weight, loss_weight)

    def _encode_selection(self, selection: SelectionRows) -> EncodedTable:
        """Encode the selection rows of known classes."""
        if not isinstance(selection, SelectionRows):
            raise InputError(
                f"selection is a {type(selection).__name__}: give SelectionRows(X, y)."
            )
        X, labels = as_pandas(selection.X), column_or_1d(as_pandas(selection.y))
        check_consistent_length(X, labels)
        known = np.isin(labels, self.classes_)
        codes = np.searchsorted(self.classes_, labels[known])
        return EncodedTable(self._encode(X)[known], codes)

    def _share_table(self, other: NetworkEstimator) -> None:
        """Give another estimator what this one learned about the table."""
        for name in ("classes_", "encoder_", "categories_", "n_features_in_", "feature_names_in_"):
            if hasattr(self, name):
                setattr(other, name, getattr(self, name))

    def _prepare_learner(self, n_inputs: int, rng: np.random.Generator) -> Learner:
        """Build the learner from the estimator's own seed, or continue with the present one."""
        if self._continues():
            return self.learner_
        self.n_inputs_ = n_inputs
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63 - 1)))
            try:
                return self._make_learner(n_inputs, len(self.classes_))
            except RuntimeError as error:
                if "alloc" not in str(error):
                    raise
                raise InputError(
                    f"A network with {n_inputs} inputs (columns, one per category) does not fit "
                    "into memory: give fewer columns or a narrower network."
                ) from error


def fit_members(
    estimators: Sequence[NetworkEstimator],
    X: Any,
    y: ArrayLike,
    sample_weight: ArrayLike | None = None,
    selection: SelectionRows | None = None,
) -> None:
    """Fit estimators that differ only in their random state, as one batched network."""
    first, n_members = estimators[0], len(estimators)
    settings, device = first._loop_settings(), find_device(first.device)
    generators = [as_generator(estimator.random_state) for estimator in estimators]
    table = first._fit_table(X, y, sample_weight)
    settings = replace(settings, positive=_rare_of_two(table.codes, len(first.classes_)))
    for other in estimators[1:]:
        first._share_table(other)
    given = None if selection is None else first._encode_selection(selection)
    learners = [
        estimator._prepare_learner(table.x.shape[1], rng)
        for estimator, rng in zip(estimators, generators, strict=True)
    ]
    if given is None:
        training, validation = split_members(
            table, settings.validation_fraction, generators, device
        )
        selected_on = "validation split of the training rows"
    else:
        training = share_rows(table, table.loss_weight, n_members, device)
        validation = share_rows(given, None, n_members, device)
        selected_on = "given rows"
    if validation.positions.size == 0:
        selected_on = "no rows: the last epoch is kept"
    histories = train_members(learners, training, validation, settings, generators)
    for estimator, learner, history in zip(estimators, learners, histories, strict=True):
        estimator.learner_ = learner
        estimator.history_ = history
        estimator.selected_on_ = selected_on


def loop_settings(
    values: Mapping[str, Any], max_learning_rate: float | None = None, sampler: Any = "shuffle"
) -> LoopSettings:
    """Read the loop settings from checked parameter values."""
    return LoopSettings(
        epochs=int(values["epochs"]),  # torch rejects NumPy's integers
        batch_size=int(values["batch_size"]),
        learning_rate=values["learning_rate"],
        weight_decay=values["weight_decay"],
        max_learning_rate=max_learning_rate,
        sampler=sampler,
        validation_fraction=values["validation_fraction"],
        patience=values["early_stopping"] or None,
        metric=values["selection_metric"],
        verbose=values["verbose"],
    )


def _rare_of_two(codes: np.ndarray, n_classes: int) -> int | None:
    """Code of the class of two with fewer training rows; the second one if they are equal."""
    if n_classes != 2:
        return None
    first, second = np.bincount(codes, minlength=2)
    return 0 if first < second else 1
