"""AdamW and the one-cycle schedule against torch's."""

import pytest
import torch

from rarebit.tabular import optimizer
from rarebit.tabular.optimizer import HandAdamW, TorchAdamW, make_adamw, one_cycle


@pytest.mark.parametrize("kind", [HandAdamW, TorchAdamW])
def test_the_steps_are_torchs(kind, monkeypatch):
    monkeypatch.setattr(optimizer, "_MANY", 5 if kind is TorchAdamW else 10)
    torch.manual_seed(0)
    theirs = torch.nn.Parameter(torch.randn(10, dtype=torch.float64))
    ours, gradient = theirs.detach().clone(), torch.zeros(10, dtype=torch.float64)
    mine = make_adamw(ours, gradient, weight_decay=0.1)
    assert isinstance(mine, kind)
    rates, betas = one_cycle(20, 1e-3, 1e-2)
    reference = torch.optim.AdamW([theirs], weight_decay=0.1)
    for rate, beta1 in zip(rates, betas, strict=True):
        theirs.grad = torch.randn(10, dtype=torch.float64)
        gradient[:] = theirs.grad
        reference.param_groups[0].update(lr=rate, betas=(beta1, 0.999))
        reference.step()
        mine.step(rate, beta1)
    torch.testing.assert_close(ours, theirs.detach())
    assert mine.n_steps == 20


def test_a_value_without_a_gradient_is_but_decayed():
    values = torch.ones(3)
    make_adamw(values, torch.zeros(3), weight_decay=0.5).step(0.1, 0.9)
    torch.testing.assert_close(values, torch.full((3,), 0.95))


@pytest.mark.parametrize("n_steps", [1, 2, 3, 4, 5, 10, 57])
def test_the_schedule_is_torchs(n_steps):
    rates, betas = one_cycle(n_steps, 1e-3, 2e-2)
    reference = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        reference, max_lr=2e-2, total_steps=n_steps, div_factor=20
    )
    for rate, beta1 in zip(rates, betas, strict=True):
        assert rate == pytest.approx(reference.param_groups[0]["lr"])
        assert beta1 == pytest.approx(reference.param_groups[0]["betas"][0])
        reference.step()
        schedule.step()
