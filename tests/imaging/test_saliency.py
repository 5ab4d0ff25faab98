"""Grad-CAM against its definition."""

import numpy as np
import torch

from rarebit.imaging.network import NetworkSpec, build_network
from rarebit.imaging.saliency import explain, grad_cam, pixel_gradient


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


def test_no_evidence_for_the_class_gives_zeros():
    network = build_network(NetworkSpec("resnet18", "direct", 2, 1))
    torch.nn.init.zeros_(network.head.classify.weight)
    assert (grad_cam(network, torch.rand(1, 1, 32, 32), np.array([0])) == 0).all()
    quantum = build_network(NetworkSpec("resnet18", "quantum", 2, 1))
    assert np.isfinite(grad_cam(quantum, torch.zeros(1, 1, 32, 32), np.array([1]))).all()


def test_small_images_are_explained_by_their_pixels():
    torch.manual_seed(0)
    network = build_network(NetworkSpec("resnet18", "direct", 2, 3)).eval()
    small, large = torch.rand(2, 3, 24, 24), torch.rand(2, 3, 128, 128)
    codes = np.array([0, 1])
    assert explain(network, large, codes)[1] == "grad_cam"
    found, method = explain(network, small, codes)
    assert method == "gradient"
    np.testing.assert_array_equal(found, pixel_gradient(network, small, codes))
    # The strongest place of a network that looks at one pixel only is around that pixel.
    hidden = torch.zeros_like(small)
    hidden[:, :, 5, 9] = 1
    forward = network.forward
    network.forward = lambda x: forward(x * hidden)
    places = np.argwhere(pixel_gradient(network, small, codes)[0] > 0.99)
    assert places.tolist() == [[i, j] for i in (4, 5, 6) for j in (8, 9, 10)]
