"""How similar synthetic images are to real ones, in the features of a network.

The Frechet distance is FID's formula (Heusel et al. 2017). FID itself uses the features of an
Inception network, whose weights need a download. Here a backbone of this package computes them:
with ImageNet weights from a file, or with fixed random weights, which need no file. Compare such
figures only with each other, at the same number of images, and never with published FIDs.
"""

from __future__ import annotations

import os

import numpy as np
import torch
from sklearn.neighbors import NearestNeighbors

from rarebit.exceptions import InputError
from rarebit.imaging.backbones import Backbone, build_backbone
from rarebit.imaging.images.pixels import check_images, to_tensor

# Seed of the random extractor; figures of other seeds do not compare.
EXTRACTOR_SEED = 20_260_118


def feature_extractor(
    weights: str | os.PathLike[str] | None = None, backbone: str | None = None
) -> Backbone:
    """Build the network whose features are compared.

    Parameters
    ----------
    weights : path or "torchvision", default=None
        Weights of the backbone; None draws fixed random ones.
    backbone : str, default=None
        Name of the backbone. None is MobileNetV2 with weights, and ResNet18 without (its features
        stay diverse under random weights).

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
        Unsigned integers, or floating-point numbers in [0, 1].
    extractor : Backbone
        As :func:`feature_extractor` returns it.
    batch_size : int, default=64
        Images at once.

    Returns
    -------
    ndarray of shape (n, n_features), float64

    Examples
    --------
    >>> extract_features(np.zeros((2, 8, 8)), feature_extractor()).shape
    (2, 512)
    """
    array = check_images(images)
    parts = []
    with torch.inference_mode():
        for first in range(0, len(array), batch_size):
            pixels = to_tensor(array[first : first + batch_size], extractor.in_channels)
            parts.append(extractor(pixels).double().numpy())
    return np.concatenate(parts)


def frechet_distance(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Frechet distance of two sets of features, each modelled as a normal distribution.

    ``|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2))``.

    Parameters
    ----------
    real, synthetic : ndarray of shape (n, n_features) and (m, n_features)
        At least two rows each. With fewer rows than features the distance is biased upwards.

    Returns
    -------
    float
        At least 0; 0 for equal means and covariances.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(100, 3))
    >>> round(frechet_distance(rows, rows + [1, 2, 0]), 6)
    5.0
    """
    if min(len(real), len(synthetic)) < 2:
        raise InputError(
            f"real and synthetic have {len(real)} and {len(synthetic)} images: give at least two "
            "images each."
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

    Compare it with the same share among real images, each left out in turn: synthetic images that
    keep their class's distribution come close to it.

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
