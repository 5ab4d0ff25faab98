"""How like the real images synthetic ones are, in the features of a network.

The Frechet distance is FID's formula (Heusel et al. 2017). FID proper takes its features from an
Inception network, whose weights need a download; here any backbone of this package gives them: one
with ImageNet weights from a file, or one with fixed random weights, which needs no file. Such
figures compare among themselves only, never with published FIDs, and at the same number of images.
"""

from __future__ import annotations

import os

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors

from rarebit.exceptions import InputError
from rarebit.imaging.backbones import Backbone, build_backbone
from rarebit.imaging.images.pixels import check_images, to_tensor

# The seed of the random extractor: part of what its figures mean.
EXTRACTOR_SEED = 20_260_118


def feature_extractor(
    weights: str | os.PathLike[str] | None = None, backbone: str | None = None
) -> Backbone:
    """Make the network whose features images are compared by.

    Parameters
    ----------
    weights : path or "torchvision", default=None
        Weights of the backbone; None draws fixed random ones.
    backbone : str, default=None
        Name of the backbone; None is MobileNetV2 with weights, and ResNet18 without (whose
        features keep their variety where weights are random).

    Returns
    -------
    Backbone
        For colour images (grey ones are repeated), in evaluation mode.

    Examples
    --------
    >>> feature_extractor().n_features
    512
    """
    name = backbone or ("resnet18" if weights is None else "mobilenet_v2")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(EXTRACTOR_SEED)
        return build_backbone(name, 3, weights).eval()


def extract_features(images: np.ndarray, extractor: Backbone, batch_size: int = 64) -> np.ndarray:
    """Compute the features of images.

    Parameters
    ----------
    images : array of shape (n, h, w) or (n, h, w, 3)
        As for the classifier.
    extractor : Backbone
        What :func:`feature_extractor` returned.
    batch_size : int, default=64
        Images at once.

    Returns
    -------
    ndarray of shape (n, n_features), float64
    """
    array = check_images(images)
    parts = []
    with torch.inference_mode():
        for first in range(0, len(array), batch_size):
            pixels = to_tensor(array[first : first + batch_size], extractor.in_channels)
            parts.append(extractor(pixels).double().numpy())
    return np.concatenate(parts)


def frechet_distance(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Frechet distance of two sets of features, each taken as a normal distribution.

    ``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))``.

    Parameters
    ----------
    real, synthetic : ndarray of shape (n, n_features) and (m, n_features)
        At least two rows each. With fewer rows than features it is biased upwards.

    Returns
    -------
    float
        Not below 0; 0 for equal means and covariances.

    Raises
    ------
    InputError
        If a set has fewer than two rows.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(100, 3))
    >>> round(frechet_distance(rows, rows + [1, 2, 0]), 6)
    5.0
    """
    if min(len(real), len(synthetic)) < 2:
        raise InputError(
            f"The Frechet distance needs at least two images on each side, not {len(real)} and "
            f"{len(synthetic)}."
        )
    gap = real.mean(axis=0) - synthetic.mean(axis=0)
    a = (real - real.mean(axis=0)) / np.sqrt(len(real) - 1)
    b = (synthetic - synthetic.mean(axis=0)) / np.sqrt(len(synthetic) - 1)
    # tr (C1 C2)^(1/2) is the sum of the singular values of A B^T: no root of a large matrix.
    overlap = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return float(max(gap @ gap + (a**2).sum() + (b**2).sum() - 2 * overlap, 0.0))


def own_class_share(
    features: np.ndarray, labels: np.ndarray, synthetic: np.ndarray, synthetic_labels: np.ndarray
) -> float:
    """Share of synthetic images whose nearest real image is of their own class.

    A check of whether synthetic images keep their class's distribution; to be read beside the same
    share among real images left out one at a time.

    Parameters
    ----------
    features, labels : ndarray of shape (n, n_features) and (n,)
        Real images: their features and classes.
    synthetic, synthetic_labels : ndarray of shape (m, n_features) and (m,)
        The synthetic ones.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> features, labels = np.array([[0.0], [1.0]]), np.array([0, 1])
    >>> own_class_share(features, labels, np.array([[0.1], [0.2]]), np.array([0, 1]))
    0.5
    """

    nearest = NearestNeighbors(n_neighbors=1).fit(features).kneighbors(synthetic)[1][:, 0]
    return float((labels[nearest] == synthetic_labels).mean())
