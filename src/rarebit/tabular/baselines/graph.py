"""Graph networks over a kNN graph of rows (arXiv 2506.13987, section 4.4; extra ``gnn``).

In training a graph joins the rows of a batch, as published. For prediction there are two ways:

- ``"training"``: every row receives from its nearest training rows, which receive from theirs.
  A row's prediction depends on no other row that happens to be predicted with it.
- ``"batch"``: a graph joins the rows predicted together, as published. A row's prediction then
  depends on its company, and a row alone has no neighbours at all.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from rarebit._common.optional import import_extra

GraphKind = Literal["gcn", "graphsage", "gat", "gin", "jknet"]
PredictionGraph = Literal["training", "batch"]

# Distances computed at once, which bounds the memory of a graph over many rows.
_CHUNK = 1024


def knn_edges(x: Tensor, n_neighbors: int, pool: Tensor | None = None) -> Tensor:
    """Join each row to its nearest rows.

    Parameters
    ----------
    x : Tensor of shape (n_rows, n_features)
        Rows.
    n_neighbors : int
        Neighbours of a row, itself excluded; fewer where there are fewer.
    pool : Tensor of shape (n_pool, n_features), optional
        Where neighbours come from; ``x`` where not given.

    Returns
    -------
    Tensor of shape (2, n_edges), int64
        Positions of the neighbour (in ``pool``) and of the row (in ``x``) that receives from it.

    Examples
    --------
    >>> knn_edges(torch.tensor([[0.0], [1.0], [5.0]]), 1)
    tensor([[1, 0, 1], [0, 1, 2]])
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

    Parameters
    ----------
    n_features, n_classes : int
        Numbers of features and classes.
    kind : {"gcn", "graphsage", "gat", "gin", "jknet"}, default="gcn"
        Kind of layer; JKNet is three GCN layers whose outputs are set side by side.
    width : int, default=64
        Hidden units of each layer.
    n_neighbors : int, default=5
        Neighbours of a row.
    prediction_graph : {"training", "batch"}, default="training"
        Who neighbours are in prediction.

    Examples
    --------
    >>> GraphNetwork(5, 3)(torch.rand(9, 5)).shape
    torch.Size([9, 3])
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
        # The training rows, kept for prediction once training is over.
        self.register_buffer("context", torch.empty(0, n_features))
        self.register_buffer("context_edges", torch.empty(2, 0, dtype=torch.int64))

    def keep_context(self, x: Tensor) -> None:
        """Keep the training rows, with the graph that joins them, for prediction."""
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
        """Send rows through the layers along the edges."""
        found = []
        for layer in self.layers:
            x = functional.relu(layer(x, edges))
            found.append(x)
        scores: Tensor = self.leave(torch.cat(found, dim=-1) if self.jumping else x)
        return scores

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """Take the context at whatever length it was stored."""
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
