"""Linear and batch-norm layers that can hold several networks ("members") side by side.

A network trained from one seed has parameters without a member axis and takes ``(n_rows,
n_features)``. :func:`stack_modules` turns several networks into one whose parameters have a leading
member axis and which takes ``(n_members, n_rows, n_features)``. Members share every call into
torch, which is where networks of this size spend their time.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

Module = TypeVar("Module", bound=nn.Module)


class Linear(nn.Linear):
    """``torch.nn.Linear`` whose weight may have a leading member axis."""

    def forward(self, x: Tensor) -> Tensor:
        """Map ``(..., n_rows, in_features)`` to ``(..., n_rows, out_features)``."""
        if self.weight.ndim == 2:
            return functional.linear(x, self.weight, self.bias)
        rows = x.flatten(1, -2)
        out = torch.baddbmm(self.bias.unsqueeze(-2), rows, self.weight.mT)
        return out.reshape(*x.shape[:-1], -1)


class BatchNorm(nn.BatchNorm1d):
    """Batch normalisation over members, and over batches of one row.

    One row has no variance: it is normalised by the running statistics, which do not change.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalise ``(..., n_rows, n_features)`` over the rows."""
        rows = x if x.ndim == 2 else x.transpose(0, 1).flatten(1)  # members become columns
        assert self.running_mean is not None
        assert self.running_var is not None
        out = functional.batch_norm(
            rows,
            self.running_mean.view(-1),
            self.running_var.view(-1),
            self.weight.flatten(),
            self.bias.flatten(),
            training=self.training and len(rows) > 1,
            momentum=self.momentum or 0.0,
            eps=self.eps,
        )
        return out if x.ndim == 2 else out.view(len(rows), len(x), -1).transpose(0, 1)


def stack_modules(modules: Sequence[Module]) -> Module:
    """Stack the parameters and buffers of equal modules along a leading member axis.

    The modules are made of the layers of this package and differ in their values only.
    """
    stacked = copy.deepcopy(modules[0])
    for path, part in stacked.named_modules():
        twins = [module.get_submodule(path) for module in modules]
        for name, parameter in list(part.named_parameters(recurse=False)):
            values = torch.stack([getattr(twin, name).detach() for twin in twins])
            setattr(part, name, nn.Parameter(values, requires_grad=parameter.requires_grad))
        for name, _ in list(part.named_buffers(recurse=False)):
            setattr(part, name, torch.stack([getattr(twin, name) for twin in twins]))
    return stacked


def load_member(module: nn.Module, stacked: dict[str, Tensor], member: int) -> None:
    """Load one member from the state of a stacked module into a single module."""
    module.load_state_dict({name: values[member] for name, values in stacked.items()})
