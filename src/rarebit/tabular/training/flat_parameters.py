"""All parameters of a module in one vector, and all its buffers in another."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class FlatParameters:
    """Parameters, their gradients and the buffers of a module, each as one vector.

    An optimiser step or a copy is then one operation, not one for each of thirty small tensors. The
    module's tensors are views of the vectors until :meth:`release`.

    ``values, gradient`` (n_parameters,): All trainable parameters, and their gradients.
    ``parameter`` (n_parameters,): Both, as an optimiser takes them, over the same memory.
    ``buffers`` (n_buffers,): All floating-point buffers.
    """

    def __init__(self, module: nn.Module, n_members: int) -> None:
        self._parameters: list[Tensor] = [p for p in module.parameters() if p.requires_grad]
        self._buffers = [b for b in module.buffers() if b.is_floating_point() and b.numel()]
        device = next(module.parameters()).device
        self.values, self.buffers = (
            _flatten(tensors, device) for tensors in (self._parameters, self._buffers)
        )
        self.gradient = torch.zeros_like(self.values)
        self.parameter = nn.Parameter(self.values)
        self.parameter.grad = self.gradient
        for tensor, grad in zip(
            self._parameters, _views(self.gradient, self._parameters), strict=True
        ):
            tensor.grad = grad
        self._members = [
            _member_of_each(tensors, n_members).to(device)
            for tensors in (self._parameters, self._buffers)
        ]

    def copy(self) -> list[Tensor]:
        """Copy all parameters and buffers."""
        return [self.values.clone(), self.buffers.clone()]

    def copy_members(self, kept: list[Tensor], chosen: Tensor) -> list[Tensor]:
        """Copy the members chosen by a mask ``(n_members,)``; take the others from ``kept``."""
        now = (self.values, self.buffers)
        return [
            torch.where(chosen.to(member.device)[member], new, old)
            for member, new, old in zip(self._members, now, kept, strict=True)
        ]

    def restore(self, kept: list[Tensor]) -> None:
        """Restore a copy."""
        self.values.copy_(kept[0])
        self.buffers.copy_(kept[1])

    def release(self) -> None:
        """Give every tensor its own memory again, and drop the gradients."""
        for tensor in self._parameters:
            tensor.data, tensor.grad = tensor.data.clone(), None
        for buffer in self._buffers:
            buffer.data = buffer.data.clone()


def _flatten(tensors: list[Tensor], device: torch.device) -> Tensor:
    """Copy tensors into one vector and make them views of it."""
    if not tensors:
        return torch.empty(0, device=device)
    vector = torch.cat([tensor.detach().flatten() for tensor in tensors])
    for tensor, view in zip(tensors, _views(vector, tensors), strict=True):
        tensor.data = view
    return vector


def _views(vector: Tensor, tensors: list[Tensor]) -> list[Tensor]:
    """Split a vector into views with the shapes of the tensors."""
    parts = torch.split(vector, [tensor.numel() for tensor in tensors])
    return [part.view(tensor.shape) for part, tensor in zip(parts, tensors, strict=True)]


def _member_of_each(tensors: list[Tensor], n_members: int) -> Tensor:
    """Member that each element belongs to; members are the first axis of a stacked tensor."""
    sizes = torch.tensor([tensor.numel() // n_members for tensor in tensors], dtype=torch.int64)
    members = torch.arange(n_members).repeat(len(tensors))
    return members.repeat_interleave(sizes.repeat_interleave(n_members))
