"""All parameters and buffers of a module in two vectors."""

import torch

from rarebit.tabular.network.layers import stack_modules
from rarebit.tabular.network.qcl_mixnet import QCLMixNet
from rarebit.tabular.training.flat_parameters import FlatParameters


def test_the_tensors_are_views_until_released():
    torch.manual_seed(0)
    network = QCLMixNet(4, 2)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    flat = FlatParameters(network, 1)
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name])
    flat.values += 1
    flat.buffers += 1
    for name, value in network.named_parameters():
        torch.testing.assert_close(value, before[name] + value.requires_grad)
    assert (network.norm1.running_mean == 1).all()
    sum(output.sum() for output in network(torch.randn(6, 4))).backward()
    assert flat.gradient.abs().sum() > 0
    flat.release()
    flat.values += 1
    assert network.fc1.weight.grad is None
    torch.testing.assert_close(network.fc1.weight, before["fc1.weight"] + 1)
    assert network.fc1.weight.untyped_storage().nbytes() == network.fc1.weight.numel() * 4


def test_chosen_members_are_copied():
    network = stack_modules([QCLMixNet(4, 2) for _ in range(3)])
    flat = FlatParameters(network, 3)
    kept = flat.copy()
    old = {name: value.clone() for name, value in network.state_dict().items()}
    flat.values += 1
    flat.buffers += 1
    flat.restore(flat.copy_members(kept, torch.tensor([False, True, False])))
    trained = {name for name, value in network.named_parameters() if value.requires_grad}
    for name, value in network.state_dict().items():
        if name in trained or "running" in name:
            expected = old[name].clone()
            expected[1] += 1
            torch.testing.assert_close(value, expected)


def test_a_module_without_buffers():
    layer = torch.nn.Linear(2, 1)
    flat = FlatParameters(layer, 1)
    kept, before = flat.copy(), layer.weight.detach().clone()
    flat.values += 1
    flat.restore(kept)
    flat.release()
    assert flat.buffers.shape == (0,)
    assert torch.equal(layer.weight, before)
