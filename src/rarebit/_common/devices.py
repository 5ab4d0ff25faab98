"""Names of torch devices: one grammar for every estimator and command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rarebit._common.optional import import_extra
from rarebit._common.wording import count
from rarebit.exceptions import InputError

if TYPE_CHECKING:
    import torch

_NAME = re.compile(r"(auto|cpu|mps|(cuda|xpu)(:\d{1,4})?)")


def check_device(device: Any) -> str:
    """Return a valid device name; needs neither torch nor the device itself.

    >>> check_device("cuda:1")
    'cuda:1'
    """
    if not isinstance(device, str) or not _NAME.fullmatch(device):
        raise InputError(f"device is {device!r}: give auto, cpu, cuda, cuda:1, mps or xpu.")
    return device


def find_device(device: Any) -> torch.device:
    """Return the torch device; ``"auto"`` picks an accelerator if there is one, else the CPU.

    Raises InputError if the device is not available on this machine.

    >>> find_device("cpu")
    device(type='cpu')
    """
    name = check_device(device)
    torch = import_extra("torch")
    if name == "auto":
        return torch.device(next((kind for kind in ("cuda", "xpu", "mps") if _count(kind)), "cpu"))
    kind, _, index = name.partition(":")
    found = 1 if kind == "cpu" else _count(kind)
    if int(index or 0) >= found:  # torch itself wraps large numbers: its cuda:256 is cuda:0
        raise InputError(
            f"device is {name!r}, which is not available on this machine "
            f"({count(found, f'{kind} device')} found): give cpu or auto."
        )
    return torch.device(name)


def usable_device(device: Any) -> torch.device:
    """Return the torch device, or the CPU if it is not available: for models trained elsewhere.

    >>> usable_device("cpu")
    device(type='cpu')
    """
    try:
        return find_device(device)
    except InputError:
        check_device(device)
        return find_device("cpu")


def _count(kind: str) -> int:
    """Count the devices of a kind on this machine."""
    torch = import_extra("torch")
    if kind == "mps":
        return int(torch.backends.mps.is_available())
    return int(getattr(torch, kind).device_count())
