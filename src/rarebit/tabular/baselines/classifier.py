"""One estimator for all baseline networks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from rarebit._common.parameters import COUNT, Rule, check_values
from rarebit._common.random_state import RandomState
from rarebit.tabular._estimator import TRAINING_RULES, NetworkEstimator, loop_settings
from rarebit.tabular.baselines.feedforward import ResNet, make_mlp
from rarebit.tabular.baselines.graph import GraphKind, GraphNetwork, PredictionGraph
from rarebit.tabular.baselines.peers import make_tabm, mean_of_members
from rarebit.tabular.baselines.sequence import Convolutional, Recurrent
from rarebit.tabular.encoding import Missing
from rarebit.tabular.training.learner import Learner
from rarebit.tabular.training.loop import LoopSettings

_GRAPHS: tuple[GraphKind, ...] = get_args(GraphKind)
_STACKABLE = ("mlp", "resnet")

# Each takes the numbers of features and classes.
ARCHITECTURES: dict[str, Callable[..., nn.Module]] = {
    "mlp": make_mlp,
    "resnet": ResNet,
    "gru": partial(Recurrent, cell="gru"),
    "lstm": partial(Recurrent, cell="lstm"),
    "bigru": partial(Recurrent, cell="gru", bidirectional=True),
    "bilstm": partial(Recurrent, cell="lstm", bidirectional=True),
    "cnn": Convolutional,
    **{kind: partial(GraphNetwork, kind=kind) for kind in _GRAPHS},
    "tabm": make_tabm,
}

_RULES: dict[str, Rule] = {
    **TRAINING_RULES,
    "network": tuple(ARCHITECTURES),
    "n_neighbors": COUNT,
    "prediction_graph": get_args(PredictionGraph),
}


def weighted_mean(values: Tensor, weight: Tensor | None) -> Tensor:
    """Mean over the rows, each multiplied by its weight.

    Divided by the number of rows, not by the batch's total weight: a batch of light rows should
    move the network less than a batch of heavy ones.
    """
    return values.mean(dim=-1) if weight is None else (values * weight).mean(dim=-1)


class CrossEntropyLearner(Learner):
    """A network ``(..., n_rows, n_features)`` to logits ``(..., n_rows, n_classes)``."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def batch_loss(
        self, x: Tensor, y: Tensor, weight: Tensor | None, _draws: Tensor
    ) -> dict[str, Tensor]:
        """Compute the cross-entropy of a batch."""
        log_p = functional.log_softmax(self.network(x), dim=-1)
        per_row = -log_p.gather(-1, y.unsqueeze(-1)).squeeze(-1)
        return {"loss": weighted_mean(per_row, weight)}

    def logits(self, x: Tensor) -> Tensor:
        """Map rows to logits of shape ``(..., n_rows, n_classes)``."""
        return torch.as_tensor(self.network(x))

    def finish(self, x: Tensor) -> None:
        """Let a graph network keep the training rows."""
        if isinstance(self.network, GraphNetwork):
            self.network.keep_context(x)


class TabMLearner(CrossEntropyLearner):
    """TabM: every member has its own loss; probabilities are averaged over the members."""

    def batch_loss(
        self, x: Tensor, y: Tensor, weight: Tensor | None, _draws: Tensor
    ) -> dict[str, Tensor]:
        """Compute the mean of the members' cross-entropies."""
        log_p = functional.log_softmax(self.network(x), dim=-1)
        index = y[:, None, None].expand(*log_p.shape[:2], 1)
        return {"loss": weighted_mean(-log_p.gather(-1, index).mean(dim=(1, 2)), weight)}

    def logits(self, x: Tensor) -> Tensor:
        """Map rows to logits of shape ``(n_rows, n_classes)``."""
        return mean_of_members(self.network(x))


class NetworkClassifier(NetworkEstimator):
    """A plain network for tables: the baselines of arXiv 2506.13987 (section 4.4).

    Trained with AdamW at a constant rate by cross-entropy, with the paper's settings, on features
    that are standardised inside. The checkpoint is selected on a validation split of the rows given
    to ``fit``.

    Parameters
    ----------
    network : str, default="mlp"
        ``"mlp"``, ``"resnet"``, ``"gru"``, ``"lstm"``, ``"bigru"``, ``"bilstm"`` or ``"cnn"``; with
        the extra ``gnn`` ``"gcn"``, ``"graphsage"``, ``"gat"``, ``"gin"`` or ``"jknet"``; with the
        extra ``peers`` ``"tabm"`` (not in the paper; it needs settings of its own).
    epochs : int, default=100
        Number of epochs.
    batch_size : int, default=64
        Rows in a batch.
    learning_rate : float, default=1e-3
        Learning rate of AdamW.
    weight_decay : float, default=1e-5
        Weight decay of AdamW.
    n_neighbors : int, default=5
        Neighbours of a row in a graph network.
    prediction_graph : {"training", "batch"}, default="training"
        Whether, in prediction, a graph network joins a row to the training rows, or (as published)
        to the other rows of its batch.
    early_stopping : False or int, default=False
        Epochs without a better validation score after which training stops; False never stops.
    validation_fraction : float, default=0.2
        Share of each class set aside to select the checkpoint; 0 keeps the last epoch.
    selection_metric : str, default="macro_f1"
        Score that selects it, a name in :data:`rarebit.metrics.METRICS`. A score of one class of
        two is that of the class with fewer training rows.
    class_weight : None, "balanced" or dict, default=None
        Weight of each class in the loss, multiplied by the row weights.
    missing : {"error", "impute"}, default="error"
        ``"impute"`` replaces missing numbers by the training median and adds an indicator column.
    device : str, default="cpu"
        Where to train: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"`` or ``"xpu"``.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=None
        Seed of everything random: the same seed gives the same results.
    verbose : bool, default=False
        Whether to show a progress bar.
    warm_start : bool, default=False
        Whether ``fit`` continues from the network of the last fit.

    Attributes
    ----------
    history_ : dict of str to list of float
        By epoch: ``loss``, ``learning_rate`` and ``selection_score`` (of the validation rows).
    classes_, selected_on_, learner_, n_features_in_, feature_names_in_ : ndarray, str, Module, int
        As for :class:`QCLMixNetClassifier`.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> NetworkClassifier(network="gru", epochs=10, random_state=0).fit(X, y).score(X, y) > 0.6
    True
    """

    def __init__(
        self,
        *,
        network: str = "mlp",
        epochs: int = 100,
        batch_size: int = 64,
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-5,
        n_neighbors: int = 5,
        prediction_graph: PredictionGraph = "training",
        early_stopping: int | Literal[False] = False,
        validation_fraction: float = 0.2,
        selection_metric: str = "macro_f1",
        class_weight: Any = None,
        missing: Missing = "error",
        device: str = "cpu",
        random_state: RandomState = None,
        verbose: bool = False,
        warm_start: bool = False,
    ) -> None:
        self.network = network
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.n_neighbors = n_neighbors
        self.prediction_graph = prediction_graph
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.selection_metric = selection_metric
        self.class_weight = class_weight
        self.missing = missing
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start

    def _loop_settings(self) -> LoopSettings:
        values = self.get_params(deep=False)
        check_values(values, _RULES)
        return loop_settings(values)

    def _stackable(self) -> bool:
        return self.network in _STACKABLE

    def _make_learner(self, n_inputs: int, n_classes: int) -> Learner:
        options: dict[str, Any] = {}
        if self.network in _GRAPHS:
            options = {
                "n_neighbors": self.n_neighbors,
                "prediction_graph": self.prediction_graph,
            }
        kind = TabMLearner if self.network == "tabm" else CrossEntropyLearner
        learner = kind(ARCHITECTURES[self.network](n_inputs, n_classes, **options))
        if self.network in _GRAPHS and self.prediction_graph == "batch":
            learner.prediction_rows = self.batch_size
        return learner
