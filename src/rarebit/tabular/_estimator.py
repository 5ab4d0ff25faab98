"""What the estimators over a network share: fitting, predicting, storing."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from safetensors.torch import load_file, save_file
from sklearn.base import ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from rarebit._common.parameters import Bounds, Rule
from rarebit._common.random_state import RandomState
from rarebit.metrics import METRICS
from rarebit.tabular._input import TableInputMixin
from rarebit.tabular.training.fit import History, Learner, TrainingSettings
from rarebit.tabular.training.members import SelectionRows, fit_members, one_thread

_WEIGHTS = "network.safetensors"
# No network of this size is trained for longer in a lifetime.
MOST_EPOCHS = 1_000_000

TRAINING_RULES: dict[str, Rule] = {
    "epochs": (Bounds(int, 1, MOST_EPOCHS),),
    "batch_size": (Bounds(int, 1),),
    "learning_rate": (Bounds(float, 0, open_low=True),),
    "weight_decay": (Bounds(float, 0),),
    "early_stopping": (False, Bounds(int, 1)),
    "validation_fraction": (Bounds(float, 0, 0.9),),
    "selection_metric": tuple(METRICS),
    "missing": ("error", "impute"),
    "verbose": (True, False, Bounds(int, 0)),
    "warm_start": (True, False),
}


class NetworkEstimator(ClassifierMixin, TableInputMixin):
    """Template of the estimators here; a subclass says how its learner is made and trained."""

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
    def _settings(self) -> tuple[TrainingSettings, float]:
        """Resolve and check the parameters; return how to train and the validation fraction."""

    @abstractmethod
    def _make_learner(self, n_inputs: int, n_classes: int) -> Learner:
        """Build the untrained learner, drawing from torch's own generator."""

    def _stackable(self) -> bool:
        """Say whether several of its networks can be trained as one batched network."""
        return True

    def fit(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train the network.

        Parameters
        ----------
        X : {array-like, pandas or polars DataFrame} of shape (n_rows, n_features)
            Features. Columns of a table that are neither numbers nor booleans are categories.
        y : array-like of shape (n_rows,)
            Class labels.
        sample_weight : array-like of shape (n_rows,), optional
            Weight of each row in the losses; a row of weight 0 is as good as absent.

        Returns
        -------
        self

        Raises
        ------
        InputError
            If a parameter or the data cannot be used.
        """
        fit_members([self], X, y, sample_weight)
        return self

    def _fit_with_selection_rows(
        self,
        X: Any,
        y: ArrayLike,
        selection_X: Any,
        selection_y: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Fit with the checkpoint selected on given rows, as a published protocol may want it.

        The one way for rows from outside the training rows to touch fitting: for a protocol that
        says so in all it makes.
        """
        fit_members([self], X, y, sample_weight, SelectionRows(selection_X, selection_y))
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Estimate class probabilities.

        Parameters
        ----------
        X : {array-like, pandas or polars DataFrame} of shape (n_rows, n_features)
            Features, as in ``fit``.

        Returns
        -------
        ndarray of shape (n_rows, n_classes), float64
            In the order of ``classes_``; each row adds to 1.
        """
        logits = torch.from_numpy(self._forward(X, "logits"))
        return np.asarray(logits.softmax(dim=-1).numpy())

    def predict(self, X: Any) -> np.ndarray:
        """Predict class labels.

        Parameters
        ----------
        X : {array-like, pandas or polars DataFrame} of shape (n_rows, n_features)
            Features, as in ``fit``.

        Returns
        -------
        ndarray of shape (n_rows,)
            The most probable label of each row.
        """
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def to_folder(self, folder: Path) -> dict[str, Any]:
        """Write the network's weights into ``folder``; return all other attributes by name."""
        state = {name: value for name, value in vars(self).items() if name != "learner_"}
        if hasattr(self, "learner_"):
            weights = self.learner_.state_dict()
            save_file({name: w.contiguous() for name, w in weights.items()}, folder / _WEIGHTS)
        return state

    @classmethod
    def from_folder(cls, folder: Path, state: dict[str, Any]) -> Self:
        """Build the estimator again from what :meth:`to_folder` wrote and returned."""
        estimator = cls()
        for name, value in state.items():
            setattr(estimator, name, value)
        if (folder / _WEIGHTS).is_file():
            with torch.random.fork_rng(devices=[]):  # the draws are overwritten
                learner = estimator._make_learner(estimator.n_inputs_, len(estimator.classes_))
            learner.load_state_dict(load_file(folder / _WEIGHTS))
            estimator.learner_ = learner.eval()  # on the CPU, wherever it was trained
        return estimator

    def _forward(self, X: Any, method: str) -> np.ndarray:
        """Send a table through a method of the learner, in double precision.

        In single precision a row would get slightly different figures in different company.
        """
        check_is_fitted(self, "learner_")
        x = torch.from_numpy(self._encode(X))
        learner = copy.deepcopy(self.learner_).double().eval()
        call = getattr(learner, method)
        device = next(learner.parameters()).device
        with torch.inference_mode(), one_thread():
            chunks = torch.split(x, learner.prediction_rows)
            parts = [call(chunk.to(device)).cpu() for chunk in chunks]
        return np.asarray(torch.cat(parts).numpy())


def training_settings(
    values: Mapping[str, Any], max_learning_rate: float | None = None, sampler: Any = "shuffle"
) -> tuple[TrainingSettings, float]:
    """Read off checked parameter values how to train, and the validation fraction."""
    settings = TrainingSettings(
        epochs=int(values["epochs"]),  # NumPy's integers are refused further on
        batch_size=int(values["batch_size"]),
        learning_rate=values["learning_rate"],
        weight_decay=values["weight_decay"],
        max_learning_rate=max_learning_rate,
        sampler=sampler,
        patience=values["early_stopping"] or None,
        metric=values["selection_metric"],
        verbose=values["verbose"],
    )
    return settings, values["validation_fraction"]
