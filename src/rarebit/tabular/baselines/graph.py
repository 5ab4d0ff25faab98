"""Graph networks over a kNN graph of rows (arXiv 2506.13987, section 4.4; extra ``gnn``).

In training a graph joins the rows of a batch, as published. Prediction has two modes:

- ``"training"``: every row receives from its nearest training rows, which receive from theirs.
  A row's prediction does not depend on the other rows predicted with it.
- ``"batch"``: a graph joins the rows predicted together, as published. A row's prediction then
  depends on these rows, and a single row has no neighbours at all.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from rarebit._common.optional import import_extra

GraphKind = Literal["gcn", "graphsage", "gat", "gin", "jknet"]
PredictionGraph = Literal["training", "batch"]

# Rows whose distances are computed at once, which bounds the memory of a large graph.
_CHUNK = 1024


def knn_edges(x: Tensor, n_neighbors: int, pool: Tensor | None = None) -> Tensor:
    """Join each row of ``x`` to its nearest rows in ``pool`` ``(n_pool, n_features)``, or in ``x``.

    Returns the positions ``(2, n_edges)`` of the neighbour, and of the row that receives from it.
    Without a pool, a row is not its own neighbour.
    """
    others = x if pool is None else pool
    k = min(n_neighbors, len(others) - (pool is None))
    sources = []
    for start in range(0, len(x), _CHUNK):
        distance = torch.cdist(x[start : start + _CHUNK], others)
        if pool is None:
            rows = torch.arange(len(distance), device=x.device)
            distance[rows, rows + start] = torch.inf
        sources.append(distance.topk(k, largest=False).indices)
    source = torch.cat(sources).flatten()
    target = torch.arange(len(x), device=x.device).repeat_interleave(k)
    return torch.stack([source, target])


class GraphNetwork(nn.Module):
    """Message passing over the kNN graph, then a linear classifier.

    JKNet is three GCN layers whose outputs are concatenated; the others have two layers.
    """

    context: Tensor
    context_edges: Tensor

    def __init__(
        self,
        n_features: int,
        n_classes: int,
        *,
        kind: GraphKind = "gcn",
        width: int = 64,
        n_neighbors: int = 5,
        prediction_graph: PredictionGraph = "training",
    ) -> None:
        super().__init__()
        self.n_neighbors = n_neighbors
        self.prediction_graph = prediction_graph
        self.jumping = kind == "jknet"
        n_layers = 3 if self.jumping else 2
        widths = [n_features, *[width] * n_layers]
        self.layers = nn.ModuleList(
            _make_layer(kind, widths[i], widths[i + 1]) for i in range(n_layers)
        )
        self.leave = nn.Linear(width * (n_layers if self.jumping else 1), n_classes)
        # The training rows, kept for prediction after training.
        self.register_buffer("context", torch.empty(0, n_features))
        self.register_buffer("context_edges", torch.empty(2, 0, dtype=torch.int64))

    def keep_context(self, x: Tensor) -> None:
        """Keep the training rows, and the graph that joins them, for prediction."""
        if self.prediction_graph == "training":
            self.context = x
            self.context_edges = knn_edges(x, self.n_neighbors)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(n_rows, n_features)`` to ``(n_rows, n_classes)``."""
        if self.training or not len(self.context):
            return self._pass(x, knn_edges(x, self.n_neighbors))
        n_context = len(self.context)
        towards = knn_edges(x, self.n_neighbors, self.context)
        towards = torch.stack([towards[0], towards[1] + n_context])
        edges = torch.cat([self.context_edges, towards], dim=1)
        return self._pass(torch.cat([self.context, x]), edges)[n_context:]

    def _pass(self, x: Tensor, edges: Tensor) -> Tensor:
        """Apply the layers along the edges."""
        found = []
        for layer in self.layers:
            x = functional.relu(layer(x, edges))
            found.append(x)
        scores: Tensor = self.leave(torch.cat(found, dim=-1) if self.jumping else x)
        return scores

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """Load a context of any number of rows."""
        for name in ("context", "context_edges"):
            setattr(self, name, torch.empty_like(state_dict[prefix + name]))
        super()._load_from_state_dict(state_dict, prefix, *rest)


def _make_layer(kind: GraphKind, width_in: int, width_out: int) -> Any:
    """Build one layer of message passing."""
    import_extra("torch_geometric")
    from torch_geometric import nn as geometric

    if kind == "gin":
        inner = nn.Sequential(
            nn.Linear(width_in, width_out), nn.ReLU(), nn.Linear(width_out, width_out)
        )
        return geometric.GINConv(inner)
    layers = {
        "gcn": geometric.GCNConv,
        "jknet": geometric.GCNConv,
        "graphsage": geometric.SAGEConv,
        "gat": geometric.GATConv,
    }
    return layers[kind](width_in, width_out)
