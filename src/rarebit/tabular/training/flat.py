"""All numbers of a module in two vectors, of which its tensors are pieces."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class FlatNumbers:
    """Parameters, their gradients and the buffers of a module, each laid out as one vector.

    What is done to all of them alike (a step of the optimiser, keeping a copy) is then one
    operation, not one for each of some thirty small tensors.

    Parameters
    ----------
    module : torch.nn.Module
        Its tensors become pieces of the vectors, until :meth:`release`.
    n_members : int
        How many modules were stacked into this one.

    Attributes
    ----------
    values, gradient : Tensor of shape (n_numbers,)
        All parameters that take a gradient, and those gradients.
    parameter : torch.nn.Parameter of shape (n_numbers,)
        The two as an optimiser takes them, over the same memory.
    buffers : Tensor of shape (n_numbers,)
        All buffers of real numbers.

    Examples
    --------
    >>> layer = nn.Linear(2, 1)
    >>> flat = FlatNumbers(layer, 1)
    >>> _ = flat.values.fill_(7.0)
    >>> layer.weight.detach(), layer.bias.detach()
    (tensor([[7., 7.]]), tensor([7.]))
    """

    def __init__(self, module: nn.Module, n_members: int) -> None:
        self._pieces: list[Tensor] = [p for p in module.parameters() if p.requires_grad]
        self._kept = [b for b in module.buffers() if b.is_floating_point() and b.numel()]
        device = next(module.parameters()).device
        self.values, self.buffers = (
            _lay_out(pieces, device) for pieces in (self._pieces, self._kept)
        )
        self.gradient = torch.zeros_like(self.values)
        self.parameter = nn.Parameter(self.values)
        self.parameter.grad = self.gradient
        for piece, part in zip(self._pieces, _cut(self.gradient, self._pieces), strict=True):
            piece.grad = part
        self._members = [
            _member_of_each(pieces, n_members).to(device) for pieces in (self._pieces, self._kept)
        ]

    def copy(self) -> list[Tensor]:
        """Copy all parameters and buffers."""
        return [self.values.clone(), self.buffers.clone()]

    def copy_members(self, kept: list[Tensor], chosen: Tensor) -> list[Tensor]:
        """Copy the members chosen by a mask of shape ``(n_members,)``, the others from ``kept``."""
        now = (self.values, self.buffers)
        return [
            torch.where(chosen.to(member.device)[member], new, old)
            for member, new, old in zip(self._members, now, kept, strict=True)
        ]

    def restore(self, kept: list[Tensor]) -> None:
        """Go back to a copy."""
        self.values.copy_(kept[0])
        self.buffers.copy_(kept[1])

    def release(self) -> None:
        """Give every tensor memory of its own again, and drop the gradients."""
        for piece in self._pieces:
            piece.data, piece.grad = piece.data.clone(), None
        for buffer in self._kept:
            buffer.data = buffer.data.clone()


def _lay_out(pieces: list[Tensor], device: torch.device) -> Tensor:
    """Copy tensors into one vector and make them its pieces."""
    if not pieces:
        return torch.empty(0, device=device)
    vector = torch.cat([piece.detach().flatten() for piece in pieces])
    for piece, part in zip(pieces, _cut(vector, pieces), strict=True):
        piece.data = part
    return vector


def _cut(vector: Tensor, pieces: list[Tensor]) -> list[Tensor]:
    """Cut a vector into pieces of the shapes of these."""
    parts = torch.split(vector, [piece.numel() for piece in pieces])
    return [part.view(piece.shape) for part, piece in zip(parts, pieces, strict=True)]


def _member_of_each(pieces: list[Tensor], n_members: int) -> Tensor:
    """Say to which member each number belongs; the first axis of a stacked tensor tells."""
    sizes = torch.tensor([piece.numel() // n_members for piece in pieces], dtype=torch.int64)
    members = torch.arange(n_members).repeat(len(pieces))
    return members.repeat_interleave(sizes.repeat_interleave(n_members))
