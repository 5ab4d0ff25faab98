"""Torch devices by name: refused where they are not there."""

from __future__ import annotations

import torch

from rarebit.exceptions import InputError


def find_device(name: object) -> torch.device:
    """Return the torch device of a name, if it can be computed on.

    Parameters
    ----------
    name : str
        ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``.

    Returns
    -------
    torch.device

    Raises
    ------
    InputError
        If torch does not know the device, or it is not there.

    Examples
    --------
    >>> find_device("cpu")
    device(type='cpu')
    """
    try:
        wanted = torch.device(name) if isinstance(name, str) else None
    except RuntimeError:
        wanted = None
    if wanted is None or wanted.type not in ("cpu", "cuda", "mps"):
        raise InputError(f"device {name!r} is not known: use cpu, cuda or auto.")
    if wanted.type == "cuda" and (wanted.index or 0) >= torch.cuda.device_count():
        raise InputError(
            f"device {name!r} is not there ({torch.cuda.device_count()} GPUs found); use cpu or "
            "auto."
        )
    if wanted.type == "mps" and not torch.backends.mps.is_available():
        raise InputError(f"device {name!r} is not there; use cpu or auto.")
    return wanted
