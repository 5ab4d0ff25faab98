"""Stacked layers give what each member gives alone; batches of one row."""

import pytest
import torch

from rarebit.tabular.baselines.feedforward import ResNet, make_mlp
from rarebit.tabular.network.attention import AffineResidual, FeatureTokenAttention, SampleAttention
from rarebit.tabular.network.entanglement import EqualParameterGate, QuantumEntanglement
from rarebit.tabular.network.layers import BatchNorm, Linear, load_member, stack_modules
from rarebit.tabular.network.qcl_mixnet import QCLMixNet

MODULES = {
    "linear": lambda: Linear(4, 3),
    "batch_norm": lambda: BatchNorm(4),
    "entanglement": lambda: QuantumEntanglement(4),
    "gate": lambda: EqualParameterGate(4),
    "attention": lambda: SampleAttention(4),
    "affine": lambda: AffineResidual(4),
    "features": lambda: FeatureTokenAttention(4),
    "mlp": lambda: make_mlp(4, 3),
    "resnet": lambda: ResNet(4, 3),
    "qcl_mixnet": lambda: QCLMixNet(4, 3),
    "qcl_mixnet_tokens": lambda: QCLMixNet(4, 3, attention="features", quantum="gate"),
}


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("training", [True, False])
def test_members_give_what_each_gives_alone(name, training):
    torch.manual_seed(0)
    singles = [MODULES[name]().double().train(training) for _ in range(3)]
    stacked = stack_modules(singles)
    x = torch.randn(3, 6, 4, dtype=torch.float64)
    together = stacked(x)
    apart = [single(rows) for single, rows in zip(singles, x, strict=True)]
    if isinstance(together, tuple):
        together = torch.cat(together, dim=-1)
        apart = [torch.cat(outputs, dim=-1) for outputs in apart]
    torch.testing.assert_close(together, torch.stack(apart))
    for buffer, values in stacked.state_dict().items():
        alone = torch.stack([single.state_dict()[buffer] for single in singles])
        torch.testing.assert_close(values, alone)


def test_gradients_of_members_are_separate():
    torch.manual_seed(0)
    singles = [QCLMixNet(4, 3).double() for _ in range(2)]
    stacked, x = stack_modules(singles), torch.randn(2, 6, 4, dtype=torch.float64)
    torch.cat(stacked(x), dim=-1).square().mean(dim=(-2, -1)).sum().backward()
    for single, rows in zip(singles, x, strict=True):
        torch.cat(single(rows), dim=-1).square().mean().backward()
    for name, parameter in stacked.named_parameters():
        for member, single in enumerate(singles):
            alone = single.get_parameter(name).grad
            if alone is not None:
                torch.testing.assert_close(parameter.grad[member], alone)


def test_a_member_can_be_taken_out():
    singles = [QCLMixNet(4, 3) for _ in range(3)]
    stacked, taken = stack_modules(singles), QCLMixNet(4, 3)
    load_member(taken, stacked.state_dict(), 1)
    for name, value in taken.state_dict().items():
        torch.testing.assert_close(value, singles[1].state_dict()[name])


def test_batch_norm_equals_torch():
    torch.manual_seed(0)
    ours, theirs, x = BatchNorm(4), torch.nn.BatchNorm1d(4), torch.randn(9, 4)
    torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(ours.running_var, theirs.running_var)
    torch.testing.assert_close(ours.eval()(x), theirs.eval()(x))


def test_batch_norm_takes_a_single_row_by_its_running_statistics():
    norm = BatchNorm(2).train()
    norm.running_mean += 3.0
    out = norm(torch.tensor([[3.0, 4.0]]))
    torch.testing.assert_close(out.detach(), torch.tensor([[0.0, 1.0]]), atol=1e-4, rtol=0)
    assert (norm.running_mean == 3.0).all()
