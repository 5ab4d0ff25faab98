"""From a loss with a known gradient to one autograd node."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from rarebit._common.predictions import check_codes
from rarebit.exceptions import InputError
from rarebit.tabular._arrays import Array
from rarebit.tabular.losses.labels import BatchLabels, describe_labels

_HALF = (torch.float16, torch.bfloat16)
# MPS and XPU may lack the double precision in which distances are compared.
_IN_NUMPY = ("cpu", "mps", "xpu")


def with_gradients(value: Array, *gradients: tuple[Tensor, Array]) -> Tensor:
    """Make an autograd node of a loss ``(...)`` and its gradients ``(..., n, m)`` by variable.

    A loss takes a hundred small operations per batch, which autograd would double. It sees one.
    """
    like = gradients[0][0]
    variables = [variable for variable, _ in gradients]
    known = [as_tensor(grad, like) for _, grad in gradients]
    loss: Tensor = _KnownGradients.apply(as_tensor(value, like), known, *variables)  # type: ignore[no-untyped-call]
    return loss


class _KnownGradients(torch.autograd.Function):
    """A value whose gradients are already known."""

    @staticmethod
    def forward(ctx: Any, value: Tensor, gradients: list[Tensor], *_variables: Tensor) -> Tensor:
        ctx.gradients = gradients
        return value

    @staticmethod
    def backward(ctx: Any, *output_grads: Tensor) -> tuple[Tensor | None, ...]:
        factor = output_grads[0][..., None, None]
        return None, None, *(grad * factor for grad in ctx.gradients)


def as_array(tensor: Tensor) -> Array:
    """View a tensor as an array without a gradient, in single precision or better.

    On a CPU the array is NumPy's, where a hundred small operations take less than half the time
    that they take in torch. On another device it is a tensor: nothing leaves the device.
    """
    values = tensor.detach()
    if values.dtype in _HALF:
        values = values.float()
    return values.cpu().numpy() if values.device.type in _IN_NUMPY else values


def as_tensor(values: Array, like: Tensor) -> Tensor:
    """Give an array as a tensor with the device and precision of another tensor."""
    return torch.asarray(values, dtype=like.dtype, device=like.device)


def batch_labels(
    labels: Tensor,
    weight: Tensor | None,
    values: Array,
    n_classes: int | None = None,
) -> BatchLabels:
    """Check and describe the labels of a loss over ``values``; None needs no classes."""
    if not labels.numel():
        raise InputError(f"labels has shape {tuple(labels.shape)}: give one row at least.")
    for name, given in {"labels": labels, "weight": weight}.items():
        if given is not None and given.shape != values.shape[:-1]:
            raise InputError(
                f"{name} has shape {tuple(given.shape)}: give one for each row, as shape "
                f"{tuple(values.shape[:-1])}."
            )
    codes = as_array(labels)
    if n_classes is not None and isinstance(codes, np.ndarray):  # a GPU would have to wait
        check_codes("labels", codes.ravel(), n_classes)
    weights = None if weight is None else as_array(weight)
    return describe_labels(codes, weights, n_classes or 0, values.dtype)
