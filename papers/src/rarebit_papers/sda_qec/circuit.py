"""What needs no images: gradients by depth, and how many parameters each network has."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
import pandas as pd
import torch

from rarebit.imaging import CircuitReadout, NetworkSpec, build_network, count_parameters
from rarebit.running import CellKey
from rarebit_papers.request import Outcome, Request
from rarebit_papers.sda_qec.arms import DEEP, HEADS, MAIN
from rarebit_papers.studies import Cell, Scores, Study, named

LAYERS = (1, 2, 3, 4, 8, 16)
GRADIENTS, PARAMETERS = "gradients", "parameters"
COUNTS = ("of the backbone", "of the head", "as_in_paper", "total")
READINGS = {"embedded": 4, "full": 8}  # gates on so many of the 8 wires


def gradient_variance(
    n_gate_wires: int, depths: Iterable[int] = LAYERS, n_draws: int = 200
) -> Scores:
    """Variance of the gradient of <Z_0> to an angle, over draws of all angles and features.

    By number of layers; the mean over the angles: on some of them <Z_0> does not depend (with one
    layer, on the first).
    """
    scores: Scores = {}
    for depth in depths:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            found = []
            for _ in range(n_draws):
                readout = CircuitReadout(8, n_gate_wires, depth)  # draws its angles
                value = readout(torch.rand(1, 256))[0, 0]
                (gradient,) = torch.autograd.grad(value, readout.weights)
                found.append(gradient.numpy())
        scores |= named({"variance": float(np.var(found, axis=0).mean())}, depth)
    return scores


def parameter_counts(backbone: str, head: str) -> Scores:
    """Count the parameters of a network for colour images.

    ``as_in_paper``: circuit and last layer, or the layers that they replace.
    """
    with torch.random.fork_rng(devices=[]):
        counts = count_parameters(build_network(NetworkSpec(backbone, head, 2, 3)))
    backbone_alone, total = counts["backbone"], counts["total"]
    numbers = (backbone_alone, total - backbone_alone, counts["as_in_paper"], total)
    return named(dict(zip(COUNTS, numbers, strict=True)), "network")


def plan(_: Request) -> list[Cell]:
    """Both readings of the circuit, and the networks of the main study and of the heads."""
    networks = dict.fromkeys((arm.backbone, arm.head) for arm in [*MAIN, *HEADS, *DEEP])
    work = {
        CellKey(GRADIENTS, name): partial(gradient_variance, wires)
        for name, wires in READINGS.items()
    } | {
        CellKey(*network, protocol=PARAMETERS): partial(parameter_counts, *network)
        for network in networks
    }
    return [Cell(key, function, module="torch") for key, function in work.items()]


def summarise(lines: pd.DataFrame, _: Request) -> Outcome:
    """Say how gradients shrink with depth, and how few parameters the circuit saves."""
    gradients = lines[lines["dataset"] == GRADIENTS].rename(columns={"arm": "reading"})
    gradients = gradients.assign(layers=gradients["layer"].astype(int))
    shown = gradients.pivot_table(index="layers", columns="reading", values="variance")
    counts = lines[lines["protocol"] == PARAMETERS].rename(
        columns={"dataset": "backbone", "arm": "head"}
    )
    counts = counts[["backbone", "head", *COUNTS]].astype(dict.fromkeys(COUNTS, int))
    findings = [
        f"Variance of the gradient of <Z_0>, 2 vs. 16 layers: {name} {column.loc[2]:.4f} vs. "
        f"{column.loc[16]:.4f}."
        for name, column in shown.items()
    ]
    total = counts.set_index(["backbone", "head"])["total"]
    quantum, linear = total["mobilenet_v2", "quantum"], total["mobilenet_v2", "linear"]
    findings.append(
        f"Parameters of the whole network: {quantum:,} with the quantum head, {linear:,} with the "
        f"linear one: {1 - quantum / linear:.3%} fewer (18 vs. 514 in the paper: 96.5 % fewer)."
    )
    return Outcome(findings, {"Gradient variance": shown, "Parameters": counts})


STUDY = Study("circuit", "The circuit and its parameters", plan, summarise, ("layer",))
reproduce = STUDY.reproduce
