"""The losses of QCL-MixNet, each for ``(..., n_rows, ...)``, one module per formula.

Each module computes a loss together with its gradient (``*_value_and_grad``), on NumPy arrays or
torch tensors. ``focal_loss``, ``supcon_loss`` and ``HybridLoss`` wrap that as one autograd node.
"""

from rarebit.tabular.losses.focal import focal_loss
from rarebit.tabular.losses.hybrid import HybridLoss, HybridSettings
from rarebit.tabular.losses.supcon import supcon_loss

__all__ = [
    "HybridLoss",
    "HybridSettings",
    "focal_loss",
    "supcon_loss",
]
