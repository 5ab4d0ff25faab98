"""The centroid, miner and triplet losses of QCL-MixNet on torch tensors, each with its gradient.

Training takes them together (:class:`rarebit.tabular.losses.HybridLoss`), tests take them alone.
"""

import torch

from rarebit.tabular._arrays import namespace_of
from rarebit.tabular.losses.gradients import as_array, as_tensor, batch_labels, with_gradients
from rarebit.tabular.losses.pairs import compare_rows
from rarebit.tabular.losses.triplet import mine_pairs, triplet_value_and_grad
from rarebit.tabular.losses.variance import inter_value_and_grad, intra_value_and_grads


def intra_class_loss(embeddings, labels, centroids, *, kind="mse", weight=None):
    """Mean squared distance of the embeddings to their class's centroid (Eq. 11)."""
    rows, centers = as_array(embeddings), as_array(centroids)
    batch = batch_labels(labels, weight, rows, centers.shape[-2])
    value, *grads = intra_value_and_grads(rows, batch, centers, kind)
    return with_gradients(value, *zip((embeddings, centroids), grads, strict=True))


def inter_class_loss(centroids, labels):
    """Penalty on close centroids of the classes in the batch (Eq. 12)."""
    centers = as_array(centroids)
    like = {"dtype": centers.dtype, "device": centers.device}
    rows = namespace_of(centers).empty((*labels.shape, 0), **like)
    batch = batch_labels(labels, None, rows, centers.shape[-2])
    value, grad = inter_value_and_grad(centers, batch)
    return with_gradients(value, (centroids, grad))


def mine_multi_similarity(embeddings, labels, *, epsilon=0.1):
    """Find informative pairs, as masks (..., n_rows, n_rows)."""
    rows = as_array(embeddings)
    kept = mine_pairs(compare_rows(rows), batch_labels(labels, None, rows), epsilon)
    return tuple(torch.asarray(mask, device=embeddings.device) for mask in kept)


def triplet_loss(embeddings, positive, negative, *, margin=0.5, weight=None):
    """Triplet margin loss over given pairs (Eq. 16), and its number of triplets."""
    rows = as_array(embeddings)
    weights = as_array(torch.ones_like(embeddings[..., 0]) if weight is None else weight)
    pairs = compare_rows(rows)
    value, n_violating, grad_square = triplet_value_and_grad(
        pairs, as_array(positive), as_array(negative), weights, margin
    )
    loss = with_gradients(value, (embeddings, pairs.embedding_grad(grad_square)))
    return loss, as_tensor(n_violating, embeddings)
