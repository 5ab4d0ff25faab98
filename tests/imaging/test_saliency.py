"""Grad-CAM against its definition."""

import numpy as np
import torch

from rarebit.imaging.network import NetworkSpec, build_network
from rarebit.imaging.saliency import grad_cam


def test_with_a_linear_head_the_weights_are_the_heads():
    """The gradient of a linear head on mean maps is its weight over the number of places."""
    torch.manual_seed(0)
    network = build_network(NetworkSpec("resnet18", "direct", 3, 1)).eval()
    with torch.no_grad():
        network.head.classify.weight += 0.02  # something speaks for every class
    images = torch.rand(2, 1, 64, 96)
    found = grad_cam(network, images, np.array([2, 0]))
    with torch.no_grad():
        maps = network.backbone.feature_maps(images)
        weights = network.head.classify.weight[[2, 0]]
        places = torch.einsum("nc,nchw->nhw", weights, maps).relu()
        large = torch.nn.functional.interpolate(places[:, None], (64, 96), mode="bilinear")[:, 0]
    expected = large / large.amax(dim=(1, 2), keepdim=True)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.max() == 1


def test_nothing_for_the_class_is_zeros_and_no_nan():
    network = build_network(NetworkSpec("resnet18", "direct", 2, 1))
    torch.nn.init.zeros_(network.head.classify.weight)
    assert (grad_cam(network, torch.rand(1, 1, 32, 32), np.array([0])) == 0).all()
    quantum = build_network(NetworkSpec("resnet18", "quantum", 2, 1))
    assert np.isfinite(grad_cam(quantum, torch.zeros(1, 1, 32, 32), np.array([1]))).all()
