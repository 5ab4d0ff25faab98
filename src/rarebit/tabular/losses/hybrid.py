"""The hybrid loss of QCL-MixNet (arXiv 2506.13987, Eq. 9 and 14)."""

from __future__ import annotations

from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from rarebit.tabular.losses.focal import focal_loss
from rarebit.tabular.losses.pairs import make_pairs
from rarebit.tabular.losses.supcon import supcon_loss
from rarebit.tabular.losses.triplet import mine_multi_similarity, triplet_loss
from rarebit.tabular.losses.variance import IntraKind, inter_class_loss, intra_class_loss

_PARTS = ("focal", "intra", "inter", "supcon", "triplet")


@dataclass(frozen=True)
class HybridSettings:
    """Constants of the hybrid loss; the defaults are the paper's.

    Attributes
    ----------
    balance : float
        Share of the focal variance loss (Eq. 14); the rest goes to SupCon and triplet.
    focal_weight, intra_weight, inter_weight, supcon_weight, triplet_weight : float
        Weight of each part; a part of weight 0 is not computed.
    gamma, intra, temperature, margin, epsilon
        See :func:`focal_loss`, :func:`intra_class_loss`, :func:`supcon_loss`,
        :func:`triplet_loss` and :func:`mine_multi_similarity`.
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

    @property
    def coefficients(self) -> tuple[float, ...]:
        """Factors of focal, intra, inter, SupCon and triplet in the loss."""
        variance = (self.focal_weight, self.intra_weight, self.inter_weight)
        contrast = (self.supcon_weight, self.triplet_weight)
        rest = 1 - self.balance
        return (*(self.balance * w for w in variance), *(rest * w for w in contrast))


@dataclass(frozen=True)
class HybridLossParts:
    """The loss of a batch and what it is made of, each of shape ``(...)``; parts unweighted.

    ``without_positive`` counts the anchors that SupCon left out, ``without_triplet`` is 1 for a
    batch in which no triplet violates the margin: there the triplet loss is left out.
    """

    loss: Tensor
    focal: Tensor
    intra: Tensor
    inter: Tensor
    supcon: Tensor
    triplet: Tensor
    without_positive: Tensor
    without_triplet: Tensor

    def as_dict(self) -> dict[str, Tensor]:
        """The parts by name."""
        return {part.name: getattr(self, part.name) for part in fields(self)}


class HybridLoss(nn.Module):
    """``a * (focal + 0.8 intra + inter) + (1 - a) * (SupCon + triplet)``, with its centroids.

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
        self.settings = settings
        self.centroids = nn.Parameter(torch.randn(n_classes, n_dims))

    def forward(
        self, logits: Tensor, embeddings: Tensor, labels: Tensor, weight: Tensor | None = None
    ) -> HybridLossParts:
        """Compute the loss of a batch.

        Parameters
        ----------
        logits : Tensor of shape (..., n_rows, n_classes)
            Scores of the classifier.
        embeddings : Tensor of shape (..., n_rows, n_dims)
            Output of the projection head.
        labels : Tensor of shape (..., n_rows), int64
            Class of each row.
        weight : Tensor of shape (..., n_rows), optional
            Weight of each row.

        Returns
        -------
        HybridLossParts
        """
        s = self.settings
        nothing = logits.new_zeros(labels.shape[:-1])
        focal = intra = inter = supcon = triplet = without_positive = without_triplet = nothing
        use = dict(zip(_PARTS, s.coefficients, strict=True))
        if use["focal"]:
            focal = focal_loss(logits, labels, gamma=s.gamma, weight=weight)
        if use["intra"]:
            intra = intra_class_loss(
                embeddings, labels, self.centroids, kind=s.intra, weight=weight
            )
        if use["inter"]:
            inter = inter_class_loss(self.centroids, labels)
        if use["supcon"] or use["triplet"]:
            pairs = make_pairs(embeddings, labels)
        if use["supcon"]:
            supcon, without_positive = supcon_loss(pairs, temperature=s.temperature, weight=weight)
        if use["triplet"]:
            mined = mine_multi_similarity(pairs, epsilon=s.epsilon)
            triplet, n_violating = triplet_loss(pairs, *mined, margin=s.margin, weight=weight)
            without_triplet = n_violating == 0
        parts = torch.stack([focal, intra, inter, supcon, triplet], dim=-1)
        loss = parts @ parts.new_tensor(s.coefficients)
        return HybridLossParts(
            loss, focal, intra, inter, supcon, triplet, without_positive, without_triplet
        )
