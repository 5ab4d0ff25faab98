"""The losses of QCL-MixNet, all of them over ``(..., n_rows, ...)``; a module a formula.

Each is worked out together with its slopes (``*_slope``), on NumPy's arrays or on torch's tensors;
what is exported here is a function of tensors over that.
"""

from rarebit.tabular.losses.focal import focal_loss
from rarebit.tabular.losses.hybrid import HybridLoss, HybridLossParts, HybridSettings
from rarebit.tabular.losses.supcon import supcon_loss
from rarebit.tabular.losses.triplet import mine_multi_similarity, triplet_loss
from rarebit.tabular.losses.variance import IntraKind, inter_class_loss, intra_class_loss

__all__ = [
    "HybridLoss",
    "HybridLossParts",
    "HybridSettings",
    "IntraKind",
    "focal_loss",
    "inter_class_loss",
    "intra_class_loss",
    "mine_multi_similarity",
    "supcon_loss",
    "triplet_loss",
]
