"""From a loss and its slopes, worked out by hand, to one node of autograd."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rarebit.tabular._arrays import Array
from rarebit.tabular.losses.labels import BatchLabels, describe_labels


def with_slopes(value: Array, *slopes: tuple[Tensor, Array]) -> Tensor:
    """Give autograd a loss whose slopes have been worked out beside its value.

    The losses take a hundred small operations on a batch. Autograd, which would double their
    number, sees a single node.

    Parameters
    ----------
    value : array of shape (...)
        The loss.
    *slopes : pairs of Tensor and array, both of shape (..., n, m)
        What the loss is a function of, and its derivative by that.

    Returns
    -------
    Tensor of shape (...)
        ``value``, with the slopes as its gradient.

    Examples
    --------
    >>> x = torch.tensor([[2.0]], requires_grad=True)
    >>> with_slopes(torch.tensor(4.0), (x, torch.tensor([[4.0]]))).backward()  # its square
    >>> x.grad
    tensor([[4.]])
    """
    like = slopes[0][0]
    variables = [variable for variable, _ in slopes]
    derivatives = [as_tensor(slope, like) for _, slope in slopes]
    loss: Tensor = _Known.apply(as_tensor(value, like), derivatives, *variables)  # type: ignore[no-untyped-call]
    return loss


class _Known(torch.autograd.Function):
    """A value whose derivatives are known."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, slopes: list[Tensor], *variables: Tensor) -> Tensor:
        ctx.slopes = slopes
        return value

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        factor = gradients[0][..., None, None]
        return None, None, *(slope * factor for slope in ctx.slopes)


def as_array(tensor: Tensor) -> Array:
    """See a tensor's numbers as an array, of single precision at least.

    On a CPU that is NumPy's: a hundred small operations take less than half the time there that
    they take in torch. On another device it is a tensor, without a gradient: nothing leaves it.
    """
    values = tensor.detach()
    if values.dtype in _HALF:
        values = values.float()
    return values.cpu().numpy() if values.device.type in _BY_NUMPY else values


_HALF = (torch.float16, torch.bfloat16)
# Beside the CPU, what may not know the double precision in which distances are compared.
_BY_NUMPY = ("cpu", "mps", "xpu")


def as_tensor(values: Array, like: Tensor) -> Tensor:
    """Put an array's numbers where another tensor is, in its precision."""
    return torch.asarray(values, dtype=like.dtype, device=like.device)


def describe(
    labels: Tensor, weight: Tensor | None, values: Array, n_classes: int = 0
) -> BatchLabels:
    """Describe labels for a loss over ``values``; a loss without centroids needs no classes."""
    weights = None if weight is None else as_array(weight)
    return describe_labels(as_array(labels), weights, n_classes, values.dtype)
