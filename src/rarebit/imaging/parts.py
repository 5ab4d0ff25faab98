"""Backbones and heads of the user's own: a torch module, or a factory that builds one."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from rarebit._common.parameters import Kind
from rarebit.exceptions import InputError

# A name, a module, or a callable that builds a module.
Part = str | nn.Module | Callable[..., nn.Module]

OWN = (Kind(nn.Module, "a torch module"), Kind(Callable, "a callable that builds one"))  # type: ignore[arg-type]


def own_module(kind: str, part: Any, *arguments: int, **named: int) -> nn.Module:
    """Copy a module, or what a factory builds; float32, on the CPU, in training mode.

    The user's own module is never trained, not even if a factory returns one that it keeps.
    """
    module = part if isinstance(part, nn.Module) else part(*arguments, **named)
    if not isinstance(module, nn.Module):
        raise InputError(
            f"{kind}: {part_name(part)} built {type(module).__name__}: return a torch module."
        )
    try:
        copied = copy.deepcopy(module)
    except RuntimeError as error:  # the module keeps tensors of a computation
        raise InputError(f"{kind} {part_name(part)} cannot be copied: {error}") from error
    return copied.to("cpu", torch.float32).train()


def probe(kind: str, module: nn.Module, inputs: Tensor) -> Tensor:
    """Run a module of the user's own on blank inputs, to learn the shape of its output."""
    shape = tuple(inputs.shape)
    try:
        with torch.no_grad():
            found = module.eval()(inputs)
    except Exception as error:  # any error in the user's code
        raise InputError(f"{kind} does not accept input of shape {shape}: {error}") from error
    finally:
        module.train()
    if not isinstance(found, Tensor) or found.shape[:1] != inputs.shape[:1]:
        what = f"shape {tuple(found.shape)}" if isinstance(found, Tensor) else type(found).__name__
        raise InputError(
            f"{kind} maps {shape[0]} images to {what}: return one tensor with a row for each image."
        )
    return found


def part_name(part: Part) -> str:
    """Name a backbone or head for people: its name, or that of its class or factory."""
    if isinstance(part, str):
        return part
    if isinstance(part, partial):
        return part_name(part.func)
    named = type(part) if isinstance(part, nn.Module) else part
    return str(getattr(named, "__qualname__", type(part).__name__))


def is_storable(part: Part) -> bool:
    """Return whether a stored model can refer to a part by its name in an importable module."""
    if isinstance(part, str):
        return True
    if isinstance(part, partial):
        return is_storable(part.func)
    home, name = getattr(part, "__module__", None), getattr(part, "__name__", "")
    return home != "__main__" and getattr(sys.modules.get(str(home)), name, None) is part
