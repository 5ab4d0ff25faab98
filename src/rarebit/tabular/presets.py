"""Named sets of constants for :class:`rarebit.tabular.QCLMixNetClassifier`."""

from __future__ import annotations

from typing import Any

# arXiv 2506.13987, sections 3.2 and 4.2. Where the text is silent: the mixup coefficient is one per
# batch from Beta(0.4, 0.4), neighbours are searched in input space, epsilon is the miner's usual
# 0.1, and the one-cycle schedule starts from the stated initial rate. The paper selects its
# checkpoint on the test rows; here a fifth of the training rows selects it.
PAPER: dict[str, Any] = {
    "quantum": "entanglement",
    "attention": "sample",
    "hidden_width": 64,
    "representation_width": 32,
    "embedding_width": 8,
    "mixup": "knn",
    "mixup_neighbors": 5,
    "mixup_alpha": 0.4,
    "mixup_coefficient": "batch",
    "mixup_space": "input",
    "mixup_same_class": False,
    "loss_balance": 0.5,
    "focal_weight": 1.0,
    "intra_weight": 0.8,
    "inter_weight": 1.0,
    "supcon_weight": 1.0,
    "triplet_weight": 1.0,
    "focal_gamma": 3.0,
    "intra": "mse",
    "temperature": 0.2,
    "triplet_margin": 0.5,
    "miner_epsilon": 0.1,
    "epochs": 100,
    "batch_size": 64,
    "learning_rate": 1e-3,
    "schedule": "one_cycle",
    "max_learning_rate": 1e-2,
    "weight_decay": 1e-5,
    "batch_sampler": "shuffle",
    "early_stopping": False,
    "validation_fraction": 0.2,
    "selection_metric": "macro_f1",
}

PRESETS: dict[str, dict[str, Any]] = {"paper": PAPER}
