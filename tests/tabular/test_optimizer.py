"""AdamW and the one-cycle schedule against torch's."""

import numpy as np
import pytest
import torch

from rarebit.tabular import optimizer
from rarebit.tabular.optimizer import AdamW, one_cycle


@pytest.mark.parametrize("kind", ["array", "tensor"])
def test_the_steps_are_torchs(kind, monkeypatch):
    monkeypatch.setattr(optimizer, "_AT_ONCE", 4)  # several pieces, the last one short
    torch.manual_seed(0)
    theirs = torch.nn.Parameter(torch.randn(10, dtype=torch.float64))
    ours, slopes = theirs.detach().clone(), torch.zeros(10, dtype=torch.float64)
    vectors = (ours.numpy(), slopes.numpy()) if kind == "array" else (ours, slopes)
    mine = AdamW(*vectors, weight_decay=0.1)
    rates, betas = one_cycle(20, 1e-3, 1e-2)
    reference = torch.optim.AdamW([theirs], weight_decay=0.1)
    for rate, beta1 in zip(rates, betas, strict=True):
        theirs.grad = torch.randn(10, dtype=torch.float64)
        slopes[:] = theirs.grad
        reference.param_groups[0].update(lr=rate, betas=(beta1, 0.999))
        reference.step()
        mine.step(rate, beta1)
    torch.testing.assert_close(ours, theirs.detach())


def test_a_parameter_without_a_slope_is_but_decayed():
    values = np.ones(3)
    mine = AdamW(values, np.zeros(3), weight_decay=0.5)
    mine.step(0.1)
    np.testing.assert_allclose(values, 0.95)


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
