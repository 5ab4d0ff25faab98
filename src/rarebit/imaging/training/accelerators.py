"""Devices in Lightning's terms."""

from __future__ import annotations

from typing import Any

import torch
from lightning.pytorch.accelerators import CPUAccelerator
from lightning.pytorch.strategies import SingleDeviceStrategy

from rarebit._common.devices import find_device


def accelerator_of(device: str) -> dict[str, Any]:
    """Arguments of Lightning's trainer for a device name."""
    wanted = find_device(device)
    if wanted.type == "cuda":
        return {"accelerator": "gpu", "devices": [wanted.index or 0]}
    if wanted.type in ("cpu", "mps"):
        return {"accelerator": wanted.type, "devices": 1}
    return {"strategy": SingleDeviceStrategy(wanted, accelerator=OneDevice())}


class OneDevice(CPUAccelerator):
    """A device that torch supports and Lightning does not, such as Intel's xpu.

    Like the CPU it is always there (its name was checked before), and it is one.
    """

    def setup_device(self, device: torch.device) -> None:
        """Nothing to set up."""
