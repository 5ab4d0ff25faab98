"""Graph networks over a kNN graph of rows (arXiv 2506.13987, section 4.4).

In training a graph joins the rows of a batch, as published. For prediction there are two ways:

- ``"training"``: every row receives from its nearest training rows, which receive from theirs.
  A row's prediction depends on no other row that happens to be predicted with it.
- ``"batch"``: a graph joins the rows predicted together, as published. A row's prediction then
  depends on its company, and a row alone has no neighbours at all.

In such a graph every row receives from as many others, so that a layer of message passing gathers
a table of neighbours. The layers are the functions of PyTorch Geometric's, drawn alike, without
its general graphs, which take most of the time at batches of this size.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from rarebit.tabular.layers import Linear

GraphKind = Literal["gcn", "graphsage", "gat", "gin", "jknet"]
PredictionGraph = Literal["training", "batch"]

# Rows whose distances are computed at once, which bounds the memory of a graph over many rows.
_CHUNK = 1024


def find_neighbors(x: Tensor, n_neighbors: int, pool: Tensor | None = None) -> Tensor:
    """Find the nearest rows of each row.

    Parameters
    ----------
    x : Tensor of shape (..., n_rows, n_features)
        Rows.
    n_neighbors : int
        Neighbours of a row, itself excluded; fewer where there are fewer.
    pool : Tensor of shape (..., n_pool, n_features), optional
        Where neighbours come from; ``x`` where not given.

    Returns
    -------
    Tensor of shape (..., n_rows, n_neighbors), int64
        Positions in the pool.

    Examples
    --------
    >>> find_neighbors(torch.tensor([[0.0], [1.0], [5.0]]), 1)
    tensor([[1],
            [0],
            [1]])
    """
    others = x if pool is None else pool
    k = min(n_neighbors, others.shape[-2] - (pool is None))
    found = []
    for start in range(0, x.shape[-2], _CHUNK):
        distance = torch.cdist(x[..., start : start + _CHUNK, :], others)
        if pool is None:
            distance.diagonal(start, dim1=-2, dim2=-1).fill_(torch.inf)
        found.append(distance.topk(k, largest=False).indices)
    return torch.cat(found, dim=-2)


def gather_rows(x: Tensor, neighbors: Tensor) -> Tensor:
    """Take rows ``(..., n_pool, n)`` at ``(..., n_rows, k)``: ``(..., n_rows, k, n)``."""
    n_pool, n_numbers = x.shape[-2:]
    if x.ndim > 2:  # members: one pool after the other
        start = torch.arange(0, x.shape[:-1].numel(), n_pool, device=x.device)
        neighbors = neighbors + start.view(*x.shape[:-2], 1, 1)
    return functional.embedding(neighbors, x.reshape(-1, n_numbers))


class Gcn(nn.Module):
    """Graph convolution (Kipf & Welling 2017): a linear map of the mean over a row and its sources.

    That is what its normalisation comes to where every row has as many neighbours.
    """

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.linear = _glorot(Linear(width_in, width_out))

    def forward(self, own: Tensor, pool: Tensor, neighbors: Tensor) -> Tensor:
        """Map ``(..., n_rows, width_in)`` to ``(..., n_rows, width_out)``."""
        total = own + gather_rows(pool, neighbors).sum(dim=-2)
        return self.linear(total / (1 + neighbors.shape[-1]))


class GraphSage(nn.Module):
    """GraphSAGE (Hamilton et al. 2017): a map of a row, and one of the mean of its sources."""

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.linear = Linear(2 * width_in, width_out)
        # Drawn as two maps of half the inputs are.
        for parameter in (self.linear.weight, self.linear.bias):
            nn.init.uniform_(parameter, -(width_in**-0.5), width_in**-0.5)

    def forward(self, own: Tensor, pool: Tensor, neighbors: Tensor) -> Tensor:
        """Map ``(..., n_rows, width_in)`` to ``(..., n_rows, width_out)``."""
        total = gather_rows(pool, neighbors).sum(dim=-2)
        mean = total / max(neighbors.shape[-1], 1)
        return self.linear(torch.cat([mean, own], dim=-1))


class Gin(nn.Module):
    """Graph isomorphism network (Xu et al. 2019): an MLP of the sum of a row and its sources."""

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.inner, self.outer = Linear(width_in, width_out), Linear(width_out, width_out)

    def forward(self, own: Tensor, pool: Tensor, neighbors: Tensor) -> Tensor:
        """Map ``(..., n_rows, width_in)`` to ``(..., n_rows, width_out)``."""
        total = own + gather_rows(pool, neighbors).sum(dim=-2)
        return self.outer(functional.relu(self.inner(total)))


class Gat(nn.Module):
    """Graph attention (Velickovic et al. 2018) of one head, to a row itself and its sources."""

    def __init__(self, width_in: int, width_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(nn.init.xavier_uniform_(torch.empty(width_out, width_in)))
        self.bias = nn.Parameter(torch.zeros(width_out))
        # How much a row wants to receive, and how much it is wanted.
        self.receiving, self.sending = (
            nn.Parameter(nn.init.xavier_uniform_(torch.empty(1, width_out))) for _ in range(2)
        )

    def forward(self, own: Tensor, pool: Tensor, neighbors: Tensor) -> Tensor:
        """Map ``(..., n_rows, width_in)`` to ``(..., n_rows, width_out)``."""
        ours = own @ self.weight.mT
        theirs = ours if pool is own else pool @ self.weight.mT
        sent = gather_rows(theirs @ self.sending.mT, neighbors).squeeze(-1)
        wanted = torch.cat([ours @ self.sending.mT, sent], dim=-1) + ours @ self.receiving.mT
        share = functional.leaky_relu(wanted, 0.2).softmax(dim=-1).unsqueeze(-1)
        received = (share[..., 1:, :] * gather_rows(theirs, neighbors)).sum(dim=-2)
        return share[..., 0, :] * ours + received + self.bias.unsqueeze(-2)


_LAYERS = {"gcn": Gcn, "jknet": Gcn, "graphsage": GraphSage, "gin": Gin, "gat": Gat}


def _glorot(linear: Linear) -> Linear:
    nn.init.xavier_uniform_(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear


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
    context_neighbors: Tensor

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
            _LAYERS[kind](widths[i], widths[i + 1]) for i in range(n_layers)
        )
        self.leave = Linear(width * (n_layers if self.jumping else 1), n_classes)
        # The training rows, kept for prediction once training is over.
        self.register_buffer("context", torch.empty(0, n_features))
        self.register_buffer("context_neighbors", torch.empty(0, 0, dtype=torch.int64))

    def keep_context(self, x: Tensor) -> None:
        """Keep the training rows, with the graph that joins them, for prediction."""
        if self.prediction_graph == "training":
            self.context = x
            self.context_neighbors = find_neighbors(x, self.n_neighbors)

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(..., n_rows, n_features)`` to ``(..., n_rows, n_classes)``."""
        pool = None if self.training or not self.context.shape[-2] else self.context
        neighbors = find_neighbors(x, self.n_neighbors, pool)
        found = []
        for layer in self.layers:
            received = functional.relu(layer(x, x if pool is None else pool, neighbors))
            if pool is not None:
                pool = functional.relu(layer(pool, pool, self.context_neighbors))
            x = received
            found.append(x)
        return self.leave(torch.cat(found, dim=-1) if self.jumping else x)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """Take the context at whatever length it was stored."""
        for name in ("context", "context_neighbors"):
            setattr(self, name, torch.empty_like(state_dict[prefix + name]))
        super()._load_from_state_dict(state_dict, prefix, *rest)
