"""What needs no images: gradients against depth, and how many parameters each network has."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import torch

from rarebit.imaging import CircuitReadout, NetworkSpec, build_network, count_parameters
from rarebit_papers.sda_qec.arms import DEEP, HEADS, MAIN, Arm


def gradient_variance(
    depths: Iterable[int] = (1, 2, 3, 4, 8, 16), n_draws: int = 200, seed: int = 0
) -> pd.DataFrame:
    """Variance of the gradient of <Z_0> to an angle, over draws of all angles and features.

    The mean over the angles: some of them <Z_0> does not depend on (with one layer, on the first).

    Returns
    -------
    DataFrame
        ``reading`` ("embedded": gates on 4 of 8 wires; "full": on all), ``layers``, ``variance``.

    Examples
    --------
    >>> gradient_variance(depths=(1, 2), n_draws=5).shape
    (4, 3)
    """
    lines = []
    for reading, n_gate_wires in (("embedded", 4), ("full", 8)):
        for depth in depths:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                found = []
                for _ in range(n_draws):
                    readout = CircuitReadout(8, n_gate_wires, depth)  # draws its angles
                    value = readout(torch.rand(1, 256))[0, 0]
                    (gradient,) = torch.autograd.grad(value, readout.weights)
                    found.append(gradient.numpy())
            variance = float(np.var(found, axis=0).mean())
            lines.append({"reading": reading, "layers": depth, "variance": variance})
    return pd.DataFrame(lines)


def parameter_table() -> pd.DataFrame:
    """Count the parameters of every arm of the main study and of the heads, for colour images.

    Returns
    -------
    DataFrame
        ``backbone`` and ``head`` with their parameters, ``as_in_paper`` (circuit and last layer,
        or the layers that they replace) and ``total``.

    Examples
    --------
    >>> table = parameter_table().set_index(["backbone", "head"])
    >>> table.loc[("mobilenet_v2", "quantum"), "as_in_paper"].item()
    18
    >>> table.loc[("mobilenet_v2", "linear"), "as_in_paper"].item()
    514
    """
    arms = [*MAIN, *HEADS, *DEEP]
    specs = dict.fromkeys((arm.backbone, arm.head) for arm in arms)
    return pd.DataFrame([_count(Arm("", *spec)) for spec in specs])


def _count(arm: Arm) -> dict[str, str | int]:
    with torch.random.fork_rng(devices=[]):
        counts = count_parameters(build_network(NetworkSpec(arm.backbone, arm.head, 2, 3)))
    return {
        "backbone": arm.backbone,
        "head": arm.head,
        "of the backbone": counts["backbone"],
        "of the head": counts["total"] - counts["backbone"],
        "as_in_paper": counts["as_in_paper"],
        "total": counts["total"],
    }
