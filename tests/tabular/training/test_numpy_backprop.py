"""The network by hand against autograd over its twin, in double precision."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from rarebit.tabular.attention import AffineResidual, FeatureTokenAttention, SampleAttention
from rarebit.tabular.entanglement import EqualParameterGate, QuantumEntanglement
from rarebit.tabular.layers import BatchNorm, Linear, stack_modules
from rarebit.tabular.network import QCLMixNet
from rarebit.tabular.training.numpy_backprop import (
    HandEntanglement,
    HandGate,
    HandHidden,
    HandLinear,
    HandNetwork,
    HandResidual,
)


def hidden(leak):
    return nn.Sequential(Linear(5, 3), BatchNorm(3), nn.LeakyReLU(leak))


# A module, and what stands for it; the last two see a batch norm behind them.
LAYERS = {
    "linear": (lambda: Linear(5, 3), HandLinear),
    "relu": (lambda: hidden(0.0), lambda module: HandHidden(module[0], module[1])),
    "leaky": (lambda: hidden(0.3), lambda module: HandHidden(module[0], module[1], 0.3)),
    "entanglement": (lambda: QuantumEntanglement(5), HandEntanglement),
    "gate": (lambda: EqualParameterGate(5), HandGate),
    "sample": (lambda: SampleAttention(5), lambda x: HandResidual(x.value, x.output)),
    "affine": (lambda: AffineResidual(5), lambda x: HandResidual(x.linear)),
}


def prepare(make, shape):
    """Make a module in double precision, with members, of random numbers and no gradient."""
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
def test_a_layer_equals_its_twin(name, shape):
    make, by_hand = LAYERS[name]
    ours = prepare(make, shape)
    theirs = copy.deepcopy(ours)
    x = torch.randn(*shape, 7, 5, dtype=torch.float64, requires_grad=True)
    layer, expected = by_hand(ours), theirs(x)
    found = layer.forward(x.detach().numpy())
    np.testing.assert_allclose(found, expected.detach(), rtol=1e-12, atol=1e-12)
    slope = torch.randn_like(expected)
    expected.backward(slope)
    kept = slope.clone()
    np.testing.assert_allclose(layer.backward(slope.numpy()), x.grad, rtol=1e-9, atol=1e-12)
    assert torch.equal(slope, kept)  # what belongs to the caller stays
    for (part, parameter), twin in trained(ours, theirs):
        if name in ("sample", "affine") and part.endswith("bias"):
            assert (parameter.grad == 0).all()  # as with a batch norm behind it, which it is not
        else:
            torch.testing.assert_close(parameter.grad, twin.grad, rtol=1e-9, atol=1e-12)
    for buffer, twin in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(buffer, twin)


@pytest.mark.parametrize("shape", [(), (3,)], ids=["alone", "members"])
@pytest.mark.parametrize("quantum", ["entanglement", "gate", "none"])
@pytest.mark.parametrize("attention", ["sample", "affine", "none"])
def test_the_network_equals_its_twin(quantum, attention, shape):
    def make():
        return QCLMixNet(5, 3, quantum=quantum, attention=attention)

    ours = prepare(make, shape)
    theirs = copy.deepcopy(ours)
    x = torch.randn(*shape, 9, 5, dtype=torch.float64)
    expected = theirs(x)
    assert HandNetwork.knows(ours)
    network = HandNetwork(ours)
    slopes = []
    for found, output in zip(network.forward(x.numpy()), expected, strict=True):
        np.testing.assert_allclose(found, output.detach(), rtol=1e-12)
        slopes.append(torch.randn_like(output))
    torch.autograd.backward(expected, slopes)
    network.backward(*(slope.numpy() for slope in slopes))
    for (name, parameter), twin in trained(ours, theirs):
        # Of the biases before a batch norm autograd finds but rounding.
        torch.testing.assert_close(parameter.grad, twin.grad, rtol=1e-8, atol=1e-11, msg=name)
    for buffer, twin in zip(ours.buffers(), theirs.buffers(), strict=True):
        torch.testing.assert_close(buffer, twin)
    in_prediction = theirs.eval().logits(x).detach()
    np.testing.assert_allclose(network.logits(x.numpy()), in_prediction, rtol=1e-12)


def test_a_network_with_other_layers_is_not_known():
    assert not HandNetwork.knows(QCLMixNet(4, 2, attention="features"))
    assert not HandNetwork.knows(QCLMixNet(4, 2, quantum="circuit"))
    assert isinstance(QCLMixNet(4, 2, attention="features").attention, FeatureTokenAttention)
