"""Which part of an image a decision rests on: Grad-CAM (Selvaraju et al. 2017)."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from rarebit.imaging.network import ImageNetwork


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
    strongest = places.amax(dim=(1, 2), keepdim=True)
    return np.asarray((places / strongest.clamp_min(torch.finfo(places.dtype).tiny)).numpy())
