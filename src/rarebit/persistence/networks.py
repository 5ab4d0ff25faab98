"""Weights of a torch network as a safetensors file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rarebit.exceptions import InputError

if TYPE_CHECKING:
    from torch import nn

    Network = TypeVar("Network", bound=nn.Module)

_FILE = "network.safetensors"


def write_network(network: nn.Module, folder: Path) -> None:
    """Write the weights of a network into a folder, as safetensors."""
    from safetensors.torch import save_file

    weights = network.state_dict().items()
    save_file({name: tensor.contiguous() for name, tensor in weights}, folder / _FILE)


def read_network(build: Callable[[], Network], folder: Path) -> Network:
    """Build a network and read the weights written by :func:`write_network`."""
    import torch
    from safetensors.torch import load_file

    with torch.random.fork_rng(devices=[]):  # the initial weights are overwritten
        network = build()
    try:
        network.load_state_dict(load_file(folder / _FILE))
    except RuntimeError as error:
        raise InputError(
            f"the weights in {folder / _FILE} do not fit the network: "
            "they were stored by one of another structure."
        ) from error
    return network.eval()
