"""Which part of an image a decision rests on.

Grad-CAM (Selvaraju et al. 2017) where the last feature maps have places to tell apart, the gradient
of the pixels (Simonyan et al. 2014) where the image is too small for that.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from rarebit.imaging.network import ImageNetwork

# Places a side that the feature maps need for Grad-CAM to be of any use.
MIN_PLACES = 4


def explain(network: ImageNetwork, images: Tensor, codes: np.ndarray) -> tuple[np.ndarray, str]:
    """Map how much each place matters for a class, by the method that suits the size.

    Parameters
    ----------
    network : ImageNetwork
        A trained network.
    images : Tensor of shape (n, channels, h, w)
        Pixels in [0, 1].
    codes : ndarray of shape (n,)
        Class of each image that is explained.

    Returns
    -------
    maps : ndarray of shape (n, h, w), float32
        From 0 to 1.
    method : {"grad_cam", "gradient"}
        How they were made.

    Examples
    --------
    >>> from rarebit.imaging.network import NetworkSpec, build_network
    >>> network = build_network(NetworkSpec("resnet18", "direct", 2, 1))
    >>> explain(network, torch.rand(2, 1, 32, 32), np.array([0, 1]))[1]
    'gradient'
    """
    network.eval()
    with torch.no_grad():
        places = network.backbone.feature_maps(images[:1]).shape[-2:]
    if min(places) >= MIN_PLACES:
        return grad_cam(network, images, codes), "grad_cam"
    return pixel_gradient(network, images, codes), "gradient"


def pixel_gradient(network: ImageNetwork, images: Tensor, codes: np.ndarray) -> np.ndarray:
    """Map how much the logit of a class moves with each pixel.

    Parameters
    ----------
    network : ImageNetwork
        A trained network.
    images : Tensor of shape (n, channels, h, w)
        Pixels in [0, 1].
    codes : ndarray of shape (n,)
        Class of each image that is explained.

    Returns
    -------
    ndarray of shape (n, h, w), float32
        From 0 to 1: size of the gradient, averaged over 3 x 3 pixels.
    """
    network.eval()
    pixels = images.detach().clone().requires_grad_()
    logits = network(pixels)
    chosen = logits[torch.arange(len(images)), torch.as_tensor(codes)].sum()
    (gradient,) = torch.autograd.grad(chosen, pixels)
    return _scaled(avg_pool2d(gradient.abs().sum(dim=1), 3, stride=1, padding=1))


def grad_cam(network: ImageNetwork, images: Tensor, codes: np.ndarray) -> np.ndarray:
    """Map how much each place speaks for a class.

    The feature maps are weighted by their mean gradient of the class's logit and added up; what
    speaks against the class is cut off.

    Parameters
    ----------
    network : ImageNetwork
        A trained network.
    images : Tensor of shape (n, channels, h, w)
        Pixels in [0, 1].
    codes : ndarray of shape (n,)
        Class of each image that is explained.

    Returns
    -------
    ndarray of shape (n, h, w), float32
        From 0 to 1, the strongest place of each image being 1; zeros where nothing speaks for the
        class. Its resolution is that of the last feature maps: a thirty-second of the image's.

    Examples
    --------
    >>> from rarebit.imaging.network import NetworkSpec, build_network
    >>> network = build_network(NetworkSpec("resnet18", "direct", 2, 1))
    >>> grad_cam(network, torch.rand(2, 1, 64, 64), np.array([0, 1])).shape
    (2, 64, 64)
    """
    network.eval()
    with torch.no_grad():
        found = network.backbone.feature_maps(images)
    maps = found.detach().requires_grad_()
    logits = network.head(maps.mean(dim=(2, 3)))
    chosen = logits[torch.arange(len(images)), torch.as_tensor(codes)].sum()
    (gradient,) = torch.autograd.grad(chosen, maps)
    weights = gradient.mean(dim=(2, 3), keepdim=True)
    places = (weights * maps.detach()).sum(dim=1, keepdim=True).relu()
    places = interpolate(places, images.shape[-2:], mode="bilinear")[:, 0]
    return _scaled(places)


def _scaled(places: Tensor) -> np.ndarray:
    """Bring the strongest place of each map to 1."""
    strongest = places.amax(dim=(1, 2), keepdim=True)
    return np.asarray((places / strongest.clamp_min(torch.finfo(places.dtype).tiny)).numpy())
