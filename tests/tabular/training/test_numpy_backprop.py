"""The network in NumPy against autograd over the same network in torch, in double precision."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from rarebit.tabular.network.attention import AffineResidual, SampleAttention
from rarebit.tabular.network.entanglement import EqualParameterGate, QuantumEntanglement
from rarebit.tabular.network.layers import BatchNorm, Linear, stack_modules
from rarebit.tabular.network.qcl_mixnet import QCLMixNet
from rarebit.tabular.training.numpy_backprop import (
    NumpyEntanglement,
    NumpyGate,
    NumpyHidden,
    NumpyLinear,
    NumpyNetwork,
    NumpyResidual,
)


def hidden(leak):
    return nn.Sequential(Linear(5, 3), BatchNorm(3), nn.LeakyReLU(leak))


# A module, and its NumPy version; the last two assume that a batch norm follows.
LAYERS = {
    "linear": (lambda: Linear(5, 3), NumpyLinear),
    "relu": (lambda: hidden(0.0), lambda module: NumpyHidden(module[0], module[1])),
    "leaky": (lambda: hidden(0.3), lambda module: NumpyHidden(module[0], module[1], 0.3)),
    "entanglement": (lambda: QuantumEntanglement(5), NumpyEntanglement),
    "gate": (lambda: EqualParameterGate(5), NumpyGate),
    "sample": (lambda: SampleAttention(5), lambda x: NumpyResidual(x.value, x.output)),
    "affine": (lambda: AffineResidual(5), lambda x: NumpyResidual(x.linear)),
}


def prepare(make, shape):
    """Make a (stacked) module in double precision with random values and zero gradients."""
    torch.manual_seed(0)
    module = stack_modules([make() for _ in range(shape[0])]) if shape else make()
    module = module.double().train()
    for number in [*module.parameters(), *module.buffers()]:
        if number.is_floating_point():
            number.data = torch.rand_like(number) + 0.1
    for parameter in module.parameters():
        parameter.grad = torch.zeros_like(parameter)
    return module


def trained(ours, theirs):
    pairs = zip(ours.named_parameters(), theirs.parameters(), strict=True)
    return [(ours, twin) for ours, twin in pairs if twin.requires_grad]


@pytest.mark.parametrize("shape", [(), (2,)], ids=["alone", "members"])
@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_equals_its_torch_version(name, shape):
    make, numpy_version = LAYERS[name]
    ours = prepare(make, shape)
    theirs = copy.deepcopy(ours)
    x = torch.randn(*shape, 7, 5, dtype=torch.float64, requires_grad=True)
    layer, expected = numpy_version(ours), theirs(x)
    found = layer.forward(x.detach().numpy())
    np.testing.assert_allclose(found, expected.detach(), rtol=1e-12, atol=1e-12)
    grad = torch.randn_like(expected)
    expected.backward(grad)
    kept = grad.clone()
    np.testing.assert_allclose(layer.backward(grad.numpy()), x.grad, rtol=1e-9, atol=1e-12)
    assert torch.equal(grad, kept)  # the caller's array is not changed
    for (part, parameter), twin in trained(ours, theirs):
        if name in ("sample", "affine") and part.endswith("bias"):
            assert (parameter.grad == 0).all()  # a batch norm is assumed to follow
        else:
            torch.testing.assert_close(parameter.grad, twin.grad, rtol=1e-9, atol=1e-12)
    for buffer, twin in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(buffer, twin)


@pytest.mark.parametrize("shape", [(), (3,)], ids=["alone", "members"])
@pytest.mark.parametrize("quantum", ["entanglement", "gate", "none"])
@pytest.mark.parametrize("attention", ["sample", "affine", "none"])
def test_the_network_equals_its_torch_version(quantum, attention, shape):
    def make():
        return QCLMixNet(5, 3, quantum=quantum, attention=attention)

    ours = prepare(make, shape)
    theirs = copy.deepcopy(ours)
    x = torch.randn(*shape, 9, 5, dtype=torch.float64)
    expected = theirs(x)
    assert NumpyNetwork.supports(ours)
    network = NumpyNetwork(ours)
    grads = []
    for found, output in zip(network.forward(x.numpy()), expected, strict=True):
        np.testing.assert_allclose(found, output.detach(), rtol=1e-12)
        grads.append(torch.randn_like(output))
    torch.autograd.backward(expected, grads)
    network.backward(*(grad.numpy() for grad in grads))
    for (name, parameter), twin in trained(ours, theirs):
        # For biases before a batch norm, autograd computes rounding errors only.
        torch.testing.assert_close(parameter.grad, twin.grad, rtol=1e-8, atol=1e-11, msg=name)
    for buffer, twin in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(buffer, twin)
    in_prediction = theirs.eval().logits(x).detach()
    np.testing.assert_allclose(network.logits(x.numpy()), in_prediction, rtol=1e-12)


def test_a_network_with_other_layers_is_not_supported():
    assert not NumpyNetwork.supports(QCLMixNet(4, 2, attention="features"))
    assert not NumpyNetwork.supports(QCLMixNet(4, 2, quantum="circuit"))
