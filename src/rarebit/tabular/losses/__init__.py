"""The losses of QCL-MixNet, each for ``(..., n_rows, ...)``, one module per formula.

Each module computes a loss together with its gradient (``*_value_and_grad``), on NumPy arrays or
torch tensors. The functions exported here wrap that as one autograd node.
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
