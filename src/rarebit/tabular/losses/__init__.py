"""The losses of QCL-MixNet: one module a formula, all of them over ``(..., n_rows, ...)``."""

from rarebit.tabular.losses.focal import focal_loss
from rarebit.tabular.losses.hybrid import HybridLoss, HybridLossParts, HybridSettings
from rarebit.tabular.losses.pairs import Pairs, make_pairs
from rarebit.tabular.losses.supcon import supcon_loss
from rarebit.tabular.losses.triplet import mine_multi_similarity, triplet_loss
from rarebit.tabular.losses.variance import IntraKind, inter_class_loss, intra_class_loss

__all__ = [
    "HybridLoss",
    "HybridLossParts",
    "HybridSettings",
    "IntraKind",
    "Pairs",
    "focal_loss",
    "inter_class_loss",
    "intra_class_loss",
    "make_pairs",
    "mine_multi_similarity",
    "supcon_loss",
    "triplet_loss",
]
