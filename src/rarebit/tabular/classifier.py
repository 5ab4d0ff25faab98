"""QCL-MixNet as a scikit-learn classifier (arXiv 2506.13987)."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from rarebit._common.parameters import Bounds, Rule, check_values
from rarebit._common.random_state import RandomState
from rarebit.exceptions import InputError
from rarebit.tabular._estimator import TRAINING_RULES, NetworkEstimator, training_settings
from rarebit.tabular.attention import Attention
from rarebit.tabular.entanglement import Quantum
from rarebit.tabular.losses import HybridLoss, HybridSettings, IntraKind
from rarebit.tabular.mixup import Mixup, MixupSettings
from rarebit.tabular.network import QCLMixNet
from rarebit.tabular.preprocessing import Missing
from rarebit.tabular.presets import PRESETS
from rarebit.tabular.training.batches import BatchSampler
from rarebit.tabular.training.fit import Learner, TrainingSettings
from rarebit.tabular.training.learner import QCLMixNetLearner

# Hidden units of a layer at most: two layers as wide as this take a gigabyte to train.
_WIDEST = 10_000

_RULES: dict[str, Rule] = {
    **TRAINING_RULES,
    "schedule": ("one_cycle", "constant"),
    "max_learning_rate": (Bounds(float, 0, open_low=True),),
    "batch_sampler": ("shuffle", "paired"),
    "quantum": ("entanglement", "gate", "circuit", "none"),
    "attention": ("sample", "affine", "features", "none"),
    "hidden_width": (Bounds(int, 1, _WIDEST),),
    "representation_width": (Bounds(int, 1, _WIDEST),),
    "embedding_width": (Bounds(int, 1, _WIDEST),),
    "mixup": ("knn", "random", "uniform", "none"),
    "mixup_neighbors": (Bounds(int, 1),),
    "mixup_alpha": (Bounds(float, 0, open_low=True),),
    "mixup_coefficient": ("batch", "sample"),
    "mixup_space": ("input", "embedding"),
    "mixup_same_class": (True, False),
    "loss_balance": (Bounds(float, 0, 1),),
    "focal_weight": (Bounds(float, 0),),
    "intra_weight": (Bounds(float, 0),),
    "inter_weight": (Bounds(float, 0),),
    "supcon_weight": (Bounds(float, 0),),
    "triplet_weight": (Bounds(float, 0),),
    "focal_gamma": (Bounds(float, 0),),
    "intra": ("mse", "squared_norm"),
    "temperature": (Bounds(float, 0, open_low=True),),
    "triplet_margin": (Bounds(float, 0),),
    "miner_epsilon": (Bounds(float, 0),),
}


class QCLMixNetClassifier(NetworkEstimator):
    """QCL-MixNet: a small network with a hybrid contrastive loss, trained on mixed-up rows.

    A parameter left None takes the preset's value, which ``fit`` stores under its name with an
    underscore (``epochs=None`` gives ``epochs_ == 100``). Features are standardised inside.

    The checkpoint is selected on a part of the rows given to ``fit``; no other row is ever seen.
    (The publication selects it on the test rows, which is worth several points of macro-F1.)

    Parameters
    ----------
    preset : {"paper"}, default="paper"
        Where values left None come from: the constants of arXiv 2506.13987.
    quantum : {"entanglement", "gate", "circuit", "none"}, optional
        The layer at the input and after the first hidden layer: Eq. 1-3, or a control for it.
    attention : {"sample", "affine", "features", "none"}, optional
        The block after it: Eq. 4-6 (which is affine), its control, attention between features.
    hidden_width : int, optional
        Width of the first hidden layer (64).
    representation_width : int, optional
        Width of the second one, which the classes are told from (32).
    embedding_width : int, optional
        Width of the space in which the metric losses compare rows (8).
    mixup : {"knn", "random", "uniform", "none"}, optional
        Partner of each row: a near row of the batch, any other, or one of a class drawn first.
    mixup_neighbors : int, optional
        Near rows that ``"knn"`` draws the partner from (5).
    mixup_alpha : float, optional
        Parameter of the Beta distribution of the share of the row itself (0.4).
    mixup_coefficient : {"batch", "sample"}, optional
        Whether a batch has one share, or each row its own ("batch").
    mixup_space : {"input", "embedding"}, optional
        Where rows are near: among the features or in the embedding ("input").
    mixup_same_class : bool, optional
        Whether partners are of the row's own class (False).
    loss_balance : float, optional
        Share of the focal variance loss against SupCon and triplet (0.5).
    focal_weight : float, optional
        Weight of the focal loss (1); 0 leaves a part of the loss out.
    intra_weight : float, optional
        Weight of the spread within the classes (0.8).
    inter_weight : float, optional
        Weight of the distance between them (1).
    supcon_weight : float, optional
        Weight of the supervised contrastive loss (1).
    triplet_weight : float, optional
        Weight of the triplet loss (1).
    focal_gamma : float, optional
        How little the focal loss makes of rows that are classified well (3).
    intra : {"mse", "squared_norm"}, optional
        Whether the spread is a mean over the dimensions of the embedding, or their sum ("mse").
    temperature : float, optional
        Temperature of the contrastive loss (0.2).
    triplet_margin : float, optional
        How much nearer a triplet's positive has to be than its negative (0.5).
    miner_epsilon : float, optional
        Slack of the miner that chooses the triplets (0.1).
    epochs : int, optional
        Times that training goes through the rows (100).
    batch_size : int, optional
        Rows of a batch (64).
    learning_rate : float, optional
        Rate of AdamW (1e-3), with ``"one_cycle"`` the one that it starts from.
    schedule : {"one_cycle", "constant"}, optional
        One-cycle from ``learning_rate`` to ``max_learning_rate`` and down, or constant.
    max_learning_rate : float, optional
        Peak of the cycle (1e-2).
    weight_decay : float, optional
        Weight decay of AdamW (1e-5).
    batch_sampler : {"shuffle", "paired"}, optional
        ``"paired"`` gives every row of a batch another of its class.
    early_stopping : False or int, optional
        Epochs without a better selection score after which training stops; False never stops.
    validation_fraction : float, optional
        Share of each class set aside for selecting the checkpoint (0.2); 0 keeps the last epoch.
    selection_metric : str, optional
        What selects it, a name of :data:`rarebit.metrics.METRICS` ("macro_f1"). Of two classes,
        what scores one of them scores the one with fewer training rows.
    class_weight : None, "balanced" or dict, default=None
        Weight of each class in the losses, times that of the rows.
    missing : {"error", "impute"}, default="error"
        ``"impute"`` puts the training median for a missing number, with a column saying so.
    device : str, default="cpu"
        Where to train. One table at batch 64 is rarely worth a GPU.
    random_state : int, numpy.random.Generator, numpy.random.RandomState or None, default=None
        Everything random follows from it: the same seed gives the same figures.
    verbose : bool, default=False
        Whether to show a progress bar.
    warm_start : bool, default=False
        Whether ``fit`` goes on from the network of the last fit.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    history_ : dict of str to list of float
        By epoch: ``loss``, its parts (``focal, intra, inter, supcon, triplet``),
        ``without_positive`` (anchors a batch that SupCon left out), ``without_triplet`` (share of
        batches), ``learning_rate`` and ``selection_score``.
    selected_on_ : str
        Which rows selected the checkpoint.
    learner_ : torch.nn.Module
        The trained network with its loss.
    n_features_in_ : int
        Number of features in ``fit``.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where all of them are strings.

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
        self.quantum = quantum
        self.attention = attention
        self.hidden_width = hidden_width
        self.representation_width = representation_width
        self.embedding_width = embedding_width
        self.mixup = mixup
        self.mixup_neighbors = mixup_neighbors
        self.mixup_alpha = mixup_alpha
        self.mixup_coefficient = mixup_coefficient
        self.mixup_space = mixup_space
        self.mixup_same_class = mixup_same_class
        self.loss_balance = loss_balance
        self.focal_weight = focal_weight
        self.intra_weight = intra_weight
        self.inter_weight = inter_weight
        self.supcon_weight = supcon_weight
        self.triplet_weight = triplet_weight
        self.focal_gamma = focal_gamma
        self.intra = intra
        self.temperature = temperature
        self.triplet_margin = triplet_margin
        self.miner_epsilon = miner_epsilon
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.max_learning_rate = max_learning_rate
        self.weight_decay = weight_decay
        self.batch_sampler = batch_sampler
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.selection_metric = selection_metric
        self.class_weight = class_weight
        self.missing = missing
        self.device = device
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start

    def embed(self, X: Any) -> np.ndarray:
        """Map rows to the space in which the metric losses compare them.

        Parameters
        ----------
        X : {array-like, pandas or polars DataFrame} of shape (n_rows, n_features)
            Features, as in ``fit``.

        Returns
        -------
        ndarray of shape (n_rows, embedding_width), float64
        """
        return self._forward(X, "embed")

    def _resolve(self) -> dict[str, Any]:
        """Give every parameter its value, the preset's where it was left None."""
        if not isinstance(self.preset, str) or self.preset not in PRESETS:
            choices = " or ".join(repr(name) for name in PRESETS)
            raise InputError(f"preset is {self.preset!r}: give {choices}.")
        values = self.get_params(deep=False)
        for name, value in PRESETS[self.preset].items():
            if values[name] is None:
                values[name] = value
            setattr(self, f"{name}_", values[name])
        check_values(values, _RULES)
        return values

    def _settings(self) -> tuple[TrainingSettings, float]:
        values = self._resolve()
        peak = values["max_learning_rate"] if values["schedule"] == "one_cycle" else None
        return training_settings(values, peak, values["batch_sampler"])

    def _stackable(self) -> bool:
        return bool(self._resolve()["quantum"] != "circuit")

    def _make_learner(self, n_inputs: int, n_classes: int) -> Learner:
        values = self._resolve()
        network = QCLMixNet(
            n_inputs,
            n_classes,
            quantum=values["quantum"],
            attention=values["attention"],
            hidden_width=values["hidden_width"],
            representation_width=values["representation_width"],
            embedding_width=values["embedding_width"],
        )
        loss = HybridSettings(
            balance=values["loss_balance"],
            focal_weight=values["focal_weight"],
            intra_weight=values["intra_weight"],
            inter_weight=values["inter_weight"],
            supcon_weight=values["supcon_weight"],
            triplet_weight=values["triplet_weight"],
            gamma=values["focal_gamma"],
            intra=values["intra"],
            temperature=values["temperature"],
            margin=values["triplet_margin"],
            epsilon=values["miner_epsilon"],
        )
        mixup = MixupSettings(
            kind=values["mixup"],
            n_neighbors=values["mixup_neighbors"],
            alpha=values["mixup_alpha"],
            coefficient=values["mixup_coefficient"],
            space=values["mixup_space"],
            same_class=values["mixup_same_class"],
        )
        hybrid = HybridLoss(n_classes, values["embedding_width"], loss)
        return QCLMixNetLearner(network, hybrid, mixup)
