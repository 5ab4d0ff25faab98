"""The QCL-MixNet network (arXiv 2506.13987, section 3.2 and Algorithm 1, lines 8-21)."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from rarebit._common.parameters import check_sizes
from rarebit.tabular.network.attention import Attention, make_attention
from rarebit.tabular.network.entanglement import Quantum, make_entanglement
from rarebit.tabular.network.layers import BatchNorm, Linear


class QCLMixNet(nn.Module):
    """Entanglement, attention and two hidden layers, with a classifier and a projection head."""

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
