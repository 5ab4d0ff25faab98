"""Devices in Lightning's terms."""

from __future__ import annotations

from typing import Any

import torch
from lightning.pytorch.accelerators import Accelerator
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


class OneDevice(Accelerator):
    """A device that torch supports and Lightning does not, such as Intel's xpu."""

    def setup_device(self, device: torch.device) -> None:
        """Nothing to set up."""

    def teardown(self) -> None:
        """Nothing to clean up."""

    @staticmethod
    def parse_devices(devices: Any) -> Any:
        """Keep the number of devices."""
        return devices

    @staticmethod
    def get_parallel_devices(devices: Any) -> Any:
        """One device, which the strategy already has."""
        return [devices]

    @staticmethod
    def auto_device_count() -> int:
        """One."""
        return 1

    @staticmethod
    def is_available() -> bool:
        """Checked before, by its name."""
        return True

    @staticmethod
    def name() -> str:
        """Name for messages."""
        return "one device"
