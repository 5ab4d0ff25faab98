"""QCL-MixNet as a scikit-learn classifier (arXiv 2506.13987)."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np

from rarebit._common.parameters import POSITIVE, Bounds, Rule, check_value, check_values
from rarebit._common.random_state import RandomState
from rarebit.tabular._estimator import TRAINING_RULES, NetworkEstimator, loop_settings
from rarebit.tabular.encoding import Missing
from rarebit.tabular.losses import HybridLoss, HybridSettings
from rarebit.tabular.losses.hybrid import LOSS_RULES
from rarebit.tabular.losses.variance import IntraKind
from rarebit.tabular.mixup import MIXUP_RULES, Mixup, MixupSettings
from rarebit.tabular.network.attention import Attention
from rarebit.tabular.network.entanglement import Quantum
from rarebit.tabular.network.qcl_mixnet import QCLMixNet
from rarebit.tabular.presets import PRESETS
from rarebit.tabular.training.batches import BatchSampler
from rarebit.tabular.training.learner import Learner
from rarebit.tabular.training.loop import LoopSettings
from rarebit.tabular.training.qcl_mixnet import QCLMixNetLearner

# Two layers of this width need a gigabyte to train.
_WIDTH: Rule = (Bounds(int, 1, 10_000),)

# Settings -> the parameter that gives each.
_MIXUP = {
    "kind": "mixup", "n_neighbors": "mixup_neighbors", "alpha": "mixup_alpha",
    "coefficient": "mixup_coefficient", "space": "mixup_space", "same_class": "mixup_same_class",
}  # fmt: skip
_LOSS = {
    **{name: name for name in LOSS_RULES},
    "balance": "loss_balance", "gamma": "focal_gamma", "margin": "triplet_margin",
    "epsilon": "miner_epsilon",
}  # fmt: skip
_NETWORK: dict[str, Rule] = {
    "quantum": get_args(Quantum),
    "attention": get_args(Attention),
    **dict.fromkeys(("hidden_width", "representation_width", "embedding_width"), _WIDTH),
}
_RULES: dict[str, Rule] = {
    **TRAINING_RULES,
    "schedule": ("one_cycle", "constant"),
    "max_learning_rate": POSITIVE,
    "batch_sampler": get_args(BatchSampler),
    **_NETWORK,
    **{parameter: MIXUP_RULES[name] for name, parameter in _MIXUP.items()},
    **{parameter: LOSS_RULES[name] for name, parameter in _LOSS.items()},
}


class QCLMixNetClassifier(NetworkEstimator):
    """QCL-MixNet: a small network with a hybrid contrastive loss, trained with kNN mixup.

    A parameter left None takes the preset's value, which ``fit`` stores under its name with an
    underscore (``epochs=None`` gives ``epochs_ == 100``). Features are standardised inside.

    The checkpoint is selected on a validation split of the rows given to ``fit``; no other row is
    ever seen. (The paper selects it on the test rows, which is worth several points of macro-F1.)

    Parameters
    ----------
    preset : {"paper"}, default="paper"
        Where values left None come from: the constants of arXiv 2506.13987.
    quantum : {"entanglement", "gate", "circuit", "none"}, optional
        The layer at the input and after the first hidden layer: Eq. 1-3, or a control for it.
    attention : {"sample", "affine", "features", "none"}, optional
        The next block: Eq. 4-6 (which is affine), its control, attention between features.
    hidden_width : int, optional
        Width of the first hidden layer (64).
    representation_width : int, optional
        Width of the second hidden layer, the input of the classifier (32).
    embedding_width : int, optional
        Width of the space in which the metric losses compare rows (8).
    mixup : {"knn", "random", "uniform", "none"}, optional
        Partner of each row: a near row of the batch, any other, or one of a class drawn first.
    mixup_neighbors : int, optional
        Number of near rows from which ``"knn"`` draws the partner (5).
    mixup_alpha : float, optional
        Parameter of the Beta distribution of the mixing coefficient (0.4).
    mixup_coefficient : {"batch", "sample"}, optional
        Whether the coefficient is drawn per batch or per row ("batch").
    mixup_space : {"input", "embedding"}, optional
        Where neighbours are searched: in the features or in the embedding ("input").
    mixup_same_class : bool, optional
        Whether partners have the row's own class (False).
    loss_balance : float, optional
        Share of the focal variance loss against SupCon and triplet (0.5).
    focal_weight : float, optional
        Weight of the focal loss (1); a weight of 0 removes a part of the loss.
    intra_weight : float, optional
        Weight of the compactness of the classes (0.8).
    inter_weight : float, optional
        Weight of the separation of the classes (1).
    supcon_weight : float, optional
        Weight of the supervised contrastive loss (1).
    triplet_weight : float, optional
        Weight of the triplet loss (1).
    focal_gamma : float, optional
        Focusing parameter: how much well classified rows are down-weighted (3).
    intra : {"mse", "squared_norm"}, optional
        Whether compactness is a mean or a sum over the dimensions of the embedding ("mse").
    temperature : float, optional
        Temperature of the contrastive loss (0.2).
    triplet_margin : float, optional
        Margin of the triplet loss (0.5).
    miner_epsilon : float, optional
        Tolerance of the miner that chooses the triplets (0.1).
    epochs : int, optional
        Number of epochs (100).
    batch_size : int, optional
        Rows in a batch (64).
    learning_rate : float, optional
        Learning rate of AdamW (1e-3); with ``"one_cycle"``, the one it starts from.
    schedule : {"one_cycle", "constant"}, optional
        One-cycle from ``learning_rate`` to ``max_learning_rate`` and down, or constant.
    max_learning_rate : float, optional
        Peak of the cycle (1e-2).
    weight_decay : float, optional
        Weight decay of AdamW (1e-5).
    batch_sampler : {"shuffle", "paired"}, optional
        ``"paired"`` puts at least two rows of each of its classes into every batch.
    early_stopping : False or int, optional
        Epochs without a better validation score after which training stops; False never stops.
    validation_fraction : float, optional
        Share of each class set aside to select the checkpoint (0.2); 0 keeps the last epoch.
    selection_metric : str, optional
        Score that selects it, a name in :data:`rarebit.metrics.METRICS` ("macro_f1"). A score of
        one class of two is that of the class with fewer training rows.
    class_weight : None, "balanced" or dict, default=None
        Weight of each class in the losses, multiplied by the row weights.
    missing : {"error", "impute"}, default="error"
        ``"impute"`` replaces missing numbers by the training median and adds an indicator column.
    device : str, default="cpu"
        Where to train: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"`` or ``"xpu"``. A
        GPU rarely pays off at a batch size of 64.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=None
        Seed of everything random: the same seed gives the same results.
    verbose : bool, default=False
        Whether to show a progress bar.
    warm_start : bool, default=False
        Whether ``fit`` continues from the network of the last fit.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    history_ : dict of str to list of float
        By epoch: ``loss``, its parts (``focal, intra, inter, supcon, triplet``),
        ``without_positive`` (anchors per batch that SupCon left out), ``without_triplet`` (share
        of batches), ``learning_rate`` and ``selection_score`` (of the validation rows).
    selected_on_ : str
        Which rows selected the checkpoint.
    learner_ : torch.nn.Module
        The trained network with its loss.
    n_features_in_ : int
        Number of features in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if all of them are strings.

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> X, y = make_classification(200, weights=[0.9], class_sep=2, random_state=0)
    >>> model = QCLMixNetClassifier(epochs=5, random_state=0).fit(X, y)
    >>> model.predict_proba(X[:2]).shape, model.embed(X[:2]).shape
    ((2, 2), (2, 8))
    """

    def __init__(
        self,
        *,
        preset: Literal["paper"] = "paper",
        quantum: Quantum | None = None,
        attention: Attention | None = None,
        hidden_width: int | None = None,
        representation_width: int | None = None,
        embedding_width: int | None = None,
        mixup: Mixup | None = None,
        mixup_neighbors: int | None = None,
        mixup_alpha: float | None = None,
        mixup_coefficient: Literal["batch", "sample"] | None = None,
        mixup_space: Literal["input", "embedding"] | None = None,
        mixup_same_class: bool | None = None,
        loss_balance: float | None = None,
        focal_weight: float | None = None,
        intra_weight: float | None = None,
        inter_weight: float | None = None,
        supcon_weight: float | None = None,
        triplet_weight: float | None = None,
        focal_gamma: float | None = None,
        intra: IntraKind | None = None,
        temperature: float | None = None,
        triplet_margin: float | None = None,
        miner_epsilon: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        schedule: Literal["one_cycle", "constant"] | None = None,
        max_learning_rate: float | None = None,
        weight_decay: float | None = None,
        batch_sampler: BatchSampler | None = None,
        early_stopping: int | Literal[False] | None = None,
        validation_fraction: float | None = None,
        selection_metric: str | None = None,
        class_weight: Any = None,
        missing: Missing = "error",
        device: str = "cpu",
        random_state: RandomState = None,
        verbose: bool = False,
        warm_start: bool = False,
    ) -> None:
        self.preset = preset
        self.quantum, self.attention = quantum, attention
        self.hidden_width, self.representation_width = hidden_width, representation_width
        self.embedding_width = embedding_width
        self.mixup, self.mixup_neighbors, self.mixup_alpha = mixup, mixup_neighbors, mixup_alpha
        self.mixup_coefficient, self.mixup_space = mixup_coefficient, mixup_space
        self.mixup_same_class = mixup_same_class
        self.loss_balance = loss_balance
        self.focal_weight, self.focal_gamma = focal_weight, focal_gamma
        self.intra, self.intra_weight, self.inter_weight = intra, intra_weight, inter_weight
        self.supcon_weight, self.temperature = supcon_weight, temperature
        self.triplet_weight, self.triplet_margin = triplet_weight, triplet_margin
        self.miner_epsilon = miner_epsilon
        self.epochs, self.batch_size, self.batch_sampler = epochs, batch_size, batch_sampler
        self.learning_rate, self.max_learning_rate = learning_rate, max_learning_rate
        self.schedule, self.weight_decay = schedule, weight_decay
        self.early_stopping, self.validation_fraction = early_stopping, validation_fraction
        self.selection_metric, self.class_weight = selection_metric, class_weight
        self.missing, self.device, self.random_state = missing, device, random_state
        self.verbose, self.warm_start = verbose, warm_start

    def embed(self, X: Any) -> np.ndarray:
        """Map X to the space (n_rows, embedding_width) in which the metric losses compare rows."""
        return self._forward(X, "embed")

    def _resolve(self) -> dict[str, Any]:
        """Resolve every parameter to its value or the preset's, and check them all."""
        values = self.get_params(deep=False)
        for name, value in PRESETS[check_value("preset", self.preset, *PRESETS)].items():
            if values[name] is None:
                values[name] = value
            setattr(self, f"{name}_", values[name])
        check_values(values, _RULES)
        return values

    def _loop_settings(self) -> LoopSettings:
        values = self._resolve()
        peak = values["max_learning_rate"] if values["schedule"] == "one_cycle" else None
        return loop_settings(values, peak, values["batch_sampler"])

    def _stackable(self) -> bool:
        return bool(self._resolve()["quantum"] != "circuit")

    def _make_learner(self, n_inputs: int, n_classes: int) -> Learner:
        values = self._resolve()
        network = QCLMixNet(n_inputs, n_classes, **{name: values[name] for name in _NETWORK})
        loss = HybridSettings(**{name: values[given] for name, given in _LOSS.items()})
        mixup = MixupSettings(**{name: values[given] for name, given in _MIXUP.items()})
        hybrid = HybridLoss(n_classes, values["embedding_width"], loss)
        return QCLMixNetLearner(network, hybrid, mixup)
