"""Build a head from its name, a torch module or a factory."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from rarebit._common.parameters import Bounds, check_value
from rarebit.exceptions import InputError
from rarebit.imaging.heads._base import Head
from rarebit.imaging.heads.classical import ClassicalHead, DirectHead, LinearHead
from rarebit.imaging.heads.quantum import LQERHead, QuantumHead
from rarebit.imaging.parts import OWN, Part, own_module, part_name, probe

# With more layers a single batch takes minutes.
LAYERS = Bounds(int, 1, 100)

HEADS: dict[str, Callable[[int, int, int], Head]] = {
    "quantum": lambda d, c, layers: QuantumHead(d, c, n_layers=layers),
    "quantum_full": lambda d, c, layers: QuantumHead(d, c, "full", layers),
    "quantum_compact": lambda d, c, layers: QuantumHead(d, c, "compact", layers),
    "quantum_unentangled": lambda d, c, layers: QuantumHead(d, c, n_layers=layers, entangle=False),
    "lqer": LQERHead,
    "linear": lambda d, c, layers: LinearHead(d, c),
    "classical": lambda d, c, layers: ClassicalHead(d, c),
    "direct": lambda d, c, layers: DirectHead(d, c),
}


class OwnHead(Head):
    """A head of the user's own."""

    interface = ("module",)

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module


def build_head(head: Part, n_features: int, n_classes: int, n_layers: int = 2) -> Head:
    """Build a head."""
    check_value("head", head, *HEADS, *OWN)
    check_value("n_layers", n_layers, LAYERS)
    if isinstance(head, str):
        return HEADS[head](n_features, n_classes, int(n_layers))
    module = own_module("head", head, n_features, n_classes)
    shape = tuple(probe("head", module, torch.zeros(2, n_features)).shape)
    if shape != (2, n_classes):
        raise InputError(
            f"head {part_name(head)} maps 2 images to shape {shape}: return logits of shape "
            f"{(2, n_classes)}, one for each class."
        )
    return module if isinstance(module, Head) else OwnHead(module)
