"""The QCL-MixNet network (arXiv 2506.13987, section 3.2 and Algorithm 1, lines 8-21)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from rarebit._common.parameters import check_sizes
from rarebit.tabular.network.attention import Attention, make_attention
from rarebit.tabular.network.entanglement import Quantum, make_entanglement
from rarebit.tabular.network.layers import BatchNorm, Linear


class QCLMixNet(nn.Module):
    """Entanglement, attention and two hidden layers, with a classifier and a projection head.

    Parameters
    ----------
    n_features : int
        Number of features.
    n_classes : int
        Number of classes.
    quantum : {"entanglement", "gate", "circuit", "none"}, default="entanglement"
        The layer at the input and after the first hidden layer.
    attention : {"sample", "affine", "features", "none"}, default="sample"
        The block after the first entanglement layer.
    hidden_width : int, default=64
        Width of the first hidden layer.
    representation_width : int, default=32
        Width of the second hidden layer, the input of the classifier.
    embedding_width : int, default=8
        Width of the embedding; the projection head's hidden layer is twice as wide.

    Raises
    ------
    InputError
        If a size is not an integer of at least 1, or a kind is unknown.

    Examples
    --------
    >>> import torch
    >>> network = QCLMixNet(n_features=5, n_classes=3)
    >>> logits, embedding = network(torch.zeros(4, 5))
    >>> logits.shape, embedding.shape
    (torch.Size([4, 3]), torch.Size([4, 8]))
    """

    # Negative slope of the leaky ReLUs.
    negative_slope = 0.01

    def __init__(
        self,
        n_features: int,
        n_classes: int,
        *,
        quantum: Quantum = "entanglement",
        attention: Attention = "sample",
        hidden_width: int = 64,
        representation_width: int = 32,
        embedding_width: int = 8,
    ) -> None:
        super().__init__()
        check_sizes(n_features=n_features, n_classes=n_classes, hidden_width=hidden_width)
        check_sizes(representation_width=representation_width, embedding_width=embedding_width)
        self.entanglement1 = make_entanglement(quantum, n_features)
        self.attention = make_attention(attention, n_features)
        self.fc1 = Linear(n_features, hidden_width)
        self.norm1 = BatchNorm(hidden_width)
        self.entanglement2 = make_entanglement(quantum, hidden_width)
        self.fc2 = Linear(hidden_width, representation_width)
        self.norm2 = BatchNorm(representation_width)
        self.fc3 = Linear(representation_width, n_classes)
        self.projection1 = Linear(representation_width, 2 * embedding_width)
        self.projection_norm = BatchNorm(2 * embedding_width)
        self.projection2 = Linear(2 * embedding_width, embedding_width)

    def represent(self, x: Tensor) -> Tensor:
        """Map rows ``(..., n_rows, n_features)`` to ``(..., n_rows, representation_width)``."""
        x = self.attention(self.entanglement1(x))
        x = functional.leaky_relu(self.norm1(self.fc1(x)), self.negative_slope)
        x = self.entanglement2(x)
        return functional.leaky_relu(self.norm2(self.fc2(x)), self.negative_slope)

    def project(self, representation: Tensor) -> Tensor:
        """Map representations to ``(..., n_rows, embedding_width)`` (Eq. 17)."""
        inner = functional.relu(self.projection_norm(self.projection1(representation)))
        return self.projection2(inner)

    def logits(self, x: Tensor) -> Tensor:
        """Map rows to scores of shape ``(..., n_rows, n_classes)``."""
        return self.fc3(self.represent(x))

    def embed(self, x: Tensor) -> Tensor:
        """Map rows to embeddings of shape ``(..., n_rows, embedding_width)``."""
        return self.project(self.represent(x))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map rows to their logits and embeddings in one pass."""
        representation = self.represent(x)
        return self.fc3(representation), self.project(representation)
