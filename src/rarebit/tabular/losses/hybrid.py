"""The hybrid loss of QCL-MixNet (arXiv 2506.13987, Eq. 9 and 14)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import add
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import torch
from torch import Tensor, nn

from rarebit._common.parameters import (
    FRACTION,
    NON_NEGATIVE,
    POSITIVE,
    Rule,
    check_sizes,
    check_values,
)
from rarebit.exceptions import InputError
from rarebit.tabular._arrays import namespace_of
from rarebit.tabular.losses.focal import focal_value_and_grad
from rarebit.tabular.losses.gradients import as_array, as_tensor, batch_labels, with_gradients
from rarebit.tabular.losses.labels import BatchLabels
from rarebit.tabular.losses.pairs import compare_rows
from rarebit.tabular.losses.supcon import supcon_value_and_grad
from rarebit.tabular.losses.triplet import mine_pairs, triplet_value_and_grad
from rarebit.tabular.losses.variance import (
    IntraKind,
    inter_value_and_grad,
    intra_value_and_grads,
)

if TYPE_CHECKING:
    from jaxtyping import Float, Integer

    Logits = Float[Any, "*batch rows classes"]
    Embeddings = Float[Any, "*batch rows dims"]
    Centroids = Float[Any, "*batch classes dims"]
    Loss = Float[Tensor, "*batch"]

LOSS_RULES: dict[str, Rule] = {
    "balance": FRACTION,
    "focal_weight": NON_NEGATIVE,
    "intra_weight": NON_NEGATIVE,
    "inter_weight": NON_NEGATIVE,
    "supcon_weight": NON_NEGATIVE,
    "triplet_weight": NON_NEGATIVE,
    "gamma": NON_NEGATIVE,
    "intra": get_args(IntraKind),
    "temperature": POSITIVE,
    "margin": NON_NEGATIVE,
    "epsilon": NON_NEGATIVE,
}


@dataclass(frozen=True)
class HybridSettings:
    """Constants of the hybrid loss; the defaults are the paper's.

    Attributes
    ----------
    balance : float
        Share of the focal variance loss (Eq. 14); SupCon and triplet get the rest.
    focal_weight, intra_weight, inter_weight, supcon_weight, triplet_weight : float
        Weight of each part; a part of weight 0 is not computed.
    gamma, intra, temperature, margin, epsilon
        Of the focal loss, the compactness, SupCon, the triplet loss and its miner: see the modules.
    """

    balance: float = 0.5
    focal_weight: float = 1.0
    intra_weight: float = 0.8
    inter_weight: float = 1.0
    supcon_weight: float = 1.0
    triplet_weight: float = 1.0
    gamma: float = 3.0
    intra: IntraKind = "mse"
    temperature: float = 0.2
    margin: float = 0.5
    epsilon: float = 0.1

    def __post_init__(self) -> None:
        check_values(vars(self), LOSS_RULES)

    @property
    def coefficients(self) -> tuple[float, ...]:
        """Factors of focal, intra, inter, SupCon and triplet in the loss."""
        variance = (self.focal_weight, self.intra_weight, self.inter_weight)
        contrast = (self.supcon_weight, self.triplet_weight)
        rest = 1 - self.balance
        return (*(self.balance * w for w in variance), *(rest * w for w in contrast))


class HybridLossParts(NamedTuple):
    """The loss of a batch and its unweighted parts, each of shape ``(...)``.

    ``without_positive`` counts the anchors that SupCon left out; ``without_triplet`` is 1 for a
    batch in which no triplet violates the margin, so that the triplet loss is 0.
    """

    loss: Loss
    focal: Loss
    intra: Loss
    inter: Loss
    supcon: Loss
    triplet: Loss
    without_positive: Loss
    without_triplet: Loss


class HybridGradients(NamedTuple):
    """The values of :class:`HybridLossParts`, and the gradients of the loss."""

    parts: Float[Any, " 8 *batch"]
    logits: Logits
    embeddings: Embeddings
    centroids: Centroids


def hybrid_value_and_grads(
    logits: Logits,
    embeddings: Embeddings,
    labels: BatchLabels,
    centroids: Centroids,
    settings: HybridSettings,
) -> HybridGradients:
    """Compute the loss of a batch and its gradients."""
    xp, s, coefficients = namespace_of(logits), settings, settings.coefficients
    use_focal, use_intra, use_inter, use_supcon, use_triplet = coefficients
    place = {"dtype": logits.dtype, "device": logits.device}
    parts = xp.zeros((len(HybridLossParts._fields), *logits.shape[:-2]), **place)
    variables = (logits, embeddings, centroids)
    grad_logits, grad_embeddings, grad_centroids = (xp.zeros(v.shape, **place) for v in variables)
    if use_focal:
        parts[1], grad_logits = focal_value_and_grad(logits, labels, s.gamma)
        grad_logits *= use_focal
    if use_intra:
        found = intra_value_and_grads(embeddings, labels, centroids, s.intra)
        parts[2], grad_embeddings, grad_centroids = found
        grad_embeddings *= use_intra
        grad_centroids *= use_intra
    if use_inter:
        parts[3], grad = inter_value_and_grad(centroids, labels)
        grad_centroids += use_inter * grad
    if use_supcon or use_triplet:
        pairs, grad_squares = compare_rows(embeddings), []
        if use_supcon:
            parts[4], grad = supcon_value_and_grad(pairs, labels, s.temperature)
            parts[6] = labels.without_positive
            grad *= use_supcon
            grad_squares.append(grad)
        if use_triplet:
            mined = mine_pairs(pairs, labels, s.epsilon)
            parts[5], n_violating, grad = triplet_value_and_grad(
                pairs, *mined, labels.weight, s.margin
            )
            parts[7] = n_violating == 0
            grad *= use_triplet
            grad_squares.append(grad)
        grad_embeddings += pairs.embedding_grad(reduce(add, grad_squares))
    flat = parts.reshape(len(parts), -1)
    flat[0] = _constants(xp, coefficients, **place) @ flat[1:6]
    return HybridGradients(parts, grad_logits, grad_embeddings, grad_centroids)


@lru_cache(maxsize=16)
def _constants(
    xp: Any, numbers: tuple[float, ...], dtype: Any, device: Any
) -> Float[Any, " numbers"]:
    """Keep numbers on a device: every transfer from the host makes it wait."""
    return xp.asarray(numbers, dtype=dtype, device=device)


class HybridLoss(nn.Module):
    """``a * (focal + 0.8 intra + inter) + (1 - a) * (SupCon + triplet)`` with centroids (Eq. 14).

    Parameters
    ----------
    n_classes : int
        Number of classes.
    n_dims : int, default=8
        Width of the embedding.
    settings : HybridSettings, default=HybridSettings()
        Weights and constants.

    Examples
    --------
    >>> loss = HybridLoss(n_classes=2)
    >>> parts = loss(torch.zeros(3, 2), torch.eye(3, 8), torch.tensor([0, 0, 1]))
    >>> parts.without_positive
    tensor(1.)
    """

    def __init__(
        self, n_classes: int, n_dims: int = 8, settings: HybridSettings = HybridSettings()
    ) -> None:
        super().__init__()
        check_sizes(n_classes=n_classes, n_dims=n_dims)
        self.settings = settings
        self.centroids = nn.Parameter(torch.randn(n_classes, n_dims))

    def forward(
        self,
        logits: Float[Tensor, "*batch rows classes"],
        embeddings: Float[Tensor, "*batch rows dims"],
        labels: Integer[Tensor, "*batch rows"],
        weight: Float[Tensor, "*batch rows"] | None = None,
    ) -> HybridLossParts:
        """Compute the loss of a batch; of the parts only the loss has a gradient."""
        shape, (n_classes, n_dims) = labels.shape, self.centroids.shape[-2:]
        fits = logits.shape == (*shape, n_classes) and embeddings.shape == (*shape, n_dims)
        if not (fits and labels.numel()):
            raise InputError(
                f"{logits.shape=}, {embeddings.shape=} and {labels.shape=}: give {n_classes} "
                f"scores, {n_dims} dimensions and one label for each row, and at least one row."
            )
        scores, rows, centroids = map(as_array, (logits, embeddings, self.centroids))
        batch = batch_labels(labels, weight, scores, n_classes)
        parts, *grads = hybrid_value_and_grads(scores, rows, batch, centroids, self.settings)
        variables = (logits, embeddings, self.centroids)
        loss = with_gradients(parts[0], *zip(variables, grads, strict=True))
        return HybridLossParts(loss, *(as_tensor(part, logits) for part in parts[1:]))
