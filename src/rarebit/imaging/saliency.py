"""Which parts of an image a decision rests on.

Grad-CAM (Selvaraju et al. 2017) if the last feature maps have enough places to tell apart, else the
gradient with respect to the pixels (Simonyan et al. 2014).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, interpolate

from rarebit.imaging.network import ImageNetwork

# Grad-CAM needs feature maps of at least this side.
MIN_PLACES = 4


def explain(network: ImageNetwork, images: Tensor, codes: np.ndarray) -> tuple[np.ndarray, str]:
    """Map how much each place matters for a class: (n, h, w) from 0 to 1, and the method's name.

    Images (n, channels, h, w) with pixels in [0, 1], and the code of the class of each.
    """
    network.eval()
    with torch.no_grad():
        places = network.backbone.feature_maps(images[:1]).shape[-2:]
    if min(places) >= MIN_PLACES:
        return grad_cam(network, images, codes), "grad_cam"
    return pixel_gradient(network, images, codes), "gradient"


def pixel_gradient(network: ImageNetwork, images: Tensor, codes: np.ndarray) -> np.ndarray:
    """Size of the gradient of a class's logit, averaged over 3 x 3 pixels: (n, h, w), 0 to 1."""
    grad = _grad_of_logits(network.eval(), images.clone(), codes)
    return _scaled(avg_pool2d(grad.abs().sum(dim=1), 3, stride=1, padding=1))


def grad_cam(network: ImageNetwork, images: Tensor, codes: np.ndarray) -> np.ndarray:
    """Map the evidence for a class: (n, h, w), 0 to 1; all 0 if there is none.

    The feature maps, weighted by their mean gradient of the class's logit, are added up; negative
    sums are cut off. The resolution is that of the maps, a thirty-second of the image's.
    """
    with torch.no_grad():
        maps = network.eval().backbone.feature_maps(images)
    grad = _grad_of_logits(lambda m: network.head(m.mean(dim=(2, 3))), maps, codes)
    weights = grad.mean(dim=(2, 3), keepdim=True)
    places = (weights * maps.detach()).sum(dim=1, keepdim=True).relu()
    return _scaled(interpolate(places, images.shape[-2:], mode="bilinear")[:, 0])


def _grad_of_logits(
    network: Callable[[Tensor], Tensor], inputs: Tensor, codes: np.ndarray
) -> Tensor:
    """Gradient of the logit of each row's class with respect to the inputs."""
    inputs = inputs.detach().requires_grad_()
    logits = network(inputs)
    chosen = logits[torch.arange(len(inputs)), torch.as_tensor(codes)].sum()
    (grad,) = torch.autograd.grad(chosen, inputs)
    return grad


def _scaled(places: Tensor) -> np.ndarray:
    """Scale the strongest place of each map to 1."""
    strongest = places.amax(dim=(1, 2), keepdim=True)
    return np.asarray((places / strongest.clamp_min(torch.finfo(places.dtype).tiny)).numpy())
