"""Names of torch devices: one grammar for every estimator and command."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rarebit.exceptions import InputError

if TYPE_CHECKING:
    import torch

_NAME = re.compile(r"(auto|cpu|mps|(cuda|xpu)(:\d{1,4})?)")


def check_device(device: Any) -> str:
    """Return the name of a device, or raise InputError; torch is not needed, nor the device there.

    >>> check_device("cuda:1")
    'cuda:1'
    """
    if not isinstance(device, str) or not _NAME.fullmatch(device):
        raise InputError(f"device is {device!r}: give auto, cpu, cuda, cuda:1, mps or xpu.")
    return device


def find_device(device: Any) -> torch.device:
    """Return the torch device of a name; ``"auto"`` takes an accelerator where there is one.

    Raises InputError for a device that is not available on this machine.

    >>> find_device("cpu")
    device(type='cpu')
    """
    import torch

    name = check_device(device)
    if name == "auto":
        return torch.device(next((kind for kind in ("cuda", "xpu", "mps") if _count(kind)), "cpu"))
    wanted = torch.device(name)
    found = 1 if wanted.type == "cpu" else _count(wanted.type)
    if (wanted.index or 0) >= found:
        raise InputError(
            f"device is {name!r}, which is not available on this machine ({found} {wanted.type} "
            "devices found): give cpu or auto."
        )
    return wanted


def _count(kind: str) -> int:
    """Count the devices of a kind on this machine."""
    import torch

    if kind == "mps":
        return int(torch.backends.mps.is_available())
    module = torch.cuda if kind == "cuda" else torch.xpu
    return module.device_count()
