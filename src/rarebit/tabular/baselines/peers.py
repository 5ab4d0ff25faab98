"""Networks that a user would pick today: TabM, and RealMLP as its authors publish it.

Both need the extra ``peers``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data
from torch import Tensor, nn
from torch.nn import functional

from rarebit._common.devices import find_device
from rarebit._common.frames import as_pandas
from rarebit._common.lightning import quiet_lightning
from rarebit._common.optional import import_extra
from rarebit._common.parameters import Bounds, Rule, check_parameters
from rarebit._common.random_state import RandomState, as_generator
from rarebit._common.threads import one_thread
from rarebit.exceptions import InputError

_RULES: dict[str, Rule] = dict.fromkeys(("epochs", "batch_size"), (Bounds(int, 1, 1_000_000),))


def make_tabm(n_features: int, n_classes: int) -> nn.Module:
    """Build TabM (Gorishniy et al. 2025) with its authors' default sizes, without embeddings.

    It maps ``(n_rows, n_features)`` to ``(n_rows, n_members, n_classes)``: an implicit ensemble.
    """
    network: nn.Module = import_extra("tabm").TabM.make(n_num_features=n_features, d_out=n_classes)
    return network


def mean_of_members(logits: Tensor) -> Tensor:
    """Average the members' probabilities, as logits: ``(n, k, c)`` to ``(n, c)``."""
    log_p = functional.log_softmax(logits, dim=-1)
    return log_p.logsumexp(dim=-2) - float(np.log(logits.shape[-2]))


class RealMLPClassifier(ClassifierMixin, BaseEstimator):
    """RealMLP with tuned defaults (Holzmueller et al. 2024), from pytabkit, on one thread.

    It takes no weights, and its library saves it as pickle only: :func:`rarebit.save` refuses it.

    Parameters
    ----------
    epochs : int, default=256
        Number of epochs.
    batch_size : int, default=256
        Rows in a batch.
    device : str, default="cpu"
        Where to train: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"`` or ``"xpu"``.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=None
        Seed of everything random: the same seed gives the same results.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    model_ : pytabkit.RealMLP_TD_Classifier
        The fitted model.
    n_features_in_ : int
        Number of features in ``fit``.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> RealMLPClassifier(epochs=8, random_state=0).fit(X, y).score(X, y) > 0.8
    True
    """

    def __init__(
        self,
        *,
        epochs: int = 256,
        batch_size: int = 256,
        device: str = "cpu",
        random_state: RandomState = None,
    ) -> None:
        self.epochs = epochs
        self.batch_size = batch_size
        self.device = device
        self.random_state = random_state

    def fit(self, X: Any, y: ArrayLike) -> Self:
        """Train on X (n_rows, n_features) and labels y; a fifth of the rows selects the epoch."""
        check_parameters(self, _RULES)
        device = find_device(self.device)
        seed = int(as_generator(self.random_state).integers(2**31 - 1))
        X, y = validate_data(self, as_pandas(X), as_pandas(y), dtype=np.float64)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise InputError("y has 1 class: give rows of at least two classes.")
        pytabkit = import_extra("pytabkit")  # first: Lightning's import resets its log levels
        with quiet_lightning(), one_thread(user_api="blas"), torch.random.fork_rng(devices=[]):
            self.model_ = pytabkit.RealMLP_TD_Classifier(
                device=str(device),
                random_state=seed,
                n_threads=1,
                n_epochs=int(self.epochs),
                batch_size=int(self.batch_size),
            )
            self.model_.fit(X, codes)
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Estimate class probabilities (n_rows, n_classes), in the order of ``classes_``."""
        check_is_fitted(self, "model_")
        X = validate_data(self, as_pandas(X), dtype=np.float64, reset=False)
        with quiet_lightning(), one_thread(user_api="blas"):
            proba = np.asarray(self.model_.predict_proba(X), dtype=np.float64)
        return np.asarray(proba / proba.sum(axis=1, keepdims=True))

    def predict(self, X: Any) -> np.ndarray:
        """Predict the most probable label of each row of X (n_rows, n_features)."""
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def to_folder(self, folder: Path) -> dict[str, Any]:
        """Refuse: there is no safe format."""
        raise InputError(
            "RealMLP cannot be saved: its library supports pickle only. Keep its parameters and "
            "fit it again, or save another model."
        )

    @classmethod
    def from_folder(cls, folder: Path, state: dict[str, Any]) -> Self:
        """Refuse: nothing is ever written."""
        raise InputError("RealMLP cannot be saved.")
