"""The quantum head against PennyLane, forward and backward, and its share of a training step.

    python benchmarks/imaging_head.py --out results/benchmarks/imaging

All in one run and on one thread, at batch 64: a circuit of 8 wires with gates on 4, two layers.
Processor time, so that other processes do not count.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pennylane as qml
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from quantum_report import write_report
from rarebit.imaging import CircuitReadout, NetworkSpec, build_network
from rarebit.quantum.pennylane_backend import to_qnode

BATCH = 64


def seconds(function: Callable[[], object], repeats: int) -> dict[str, float]:
    """Median and smallest time of a call, after a warm-up."""
    for _ in range(repeats // 10):
        function()
    times = []
    for _ in range(repeats):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return {"median": statistics.median(times), "fastest": min(times), "repeats": repeats}


def forward_backward(module: Callable[[Tensor], Tensor], features: Tensor) -> Callable[[], None]:
    def call() -> None:
        x = features.clone().requires_grad_()
        module(x).sum().backward()

    return call


class Lightning(nn.Module):
    """The same circuit on lightning.qubit with adjoint differentiation, row by row.

    With gradients to the features PennyLane turns the state preparation into gates, as training a
    backbone needs; without, only the angles get theirs, which is less work than ours does.
    """

    def __init__(self, readout: CircuitReadout, to_features: bool) -> None:
        super().__init__()
        self.to_features = to_features
        self.weights = nn.Parameter(readout.weights.detach().clone())
        device = qml.device("lightning.qubit", wires=readout.n_wires)
        self.qnode = to_qnode(
            readout.layer.circuit, readout.layer.observables, device=device,
            interface="torch", diff_method="adjoint",
        )  # fmt: skip

    def forward(self, features: Tensor) -> Tensor:
        """Map features (n, 256) to <Z>, (n, 4)."""
        rows = features if self.to_features else features.detach()
        states = rows.double() / rows.double().norm(dim=1, keepdim=True)
        return torch.stack([torch.stack(list(self.qnode(self.weights, None, s))) for s in states])


def measure_head(repeats: int) -> dict[str, dict[str, float]]:
    """Time every way to compute the circuit, and check that they agree."""
    torch.manual_seed(0)
    features = torch.rand(BATCH, 256)
    ours = CircuitReadout(8, 4, 2)
    peers: dict[str, nn.Module] = {
        "rarebit closed form": ours,
        "rarebit state": CircuitReadout(8, 4, 2, backend="state"),
        "default.qubit backprop": CircuitReadout(8, 4, 2, backend="pennylane"),
        "lightning.qubit adjoint": Lightning(ours, to_features=True),
        "the same, angles only": Lightning(ours, to_features=False),
    }
    for peer in list(peers.values())[1:3]:
        peer.load_state_dict(ours.state_dict())
    expected = ours(features).detach()
    found = {}
    for name, peer in peers.items():
        np.testing.assert_allclose(peer(features).detach().float(), expected, atol=1e-5)
        n = {"default": repeats // 5, "the": 3, "lightning": 1}.get(
            re.split("[. ]", name)[0], repeats
        )
        found[name] = seconds(forward_backward(peer, features), n)
        print(f"{name:28} {1e3 * found[name]['median']:10.3f} ms", flush=True)
    return found


def measure_step(size: int, repeats: int) -> dict[str, dict[str, float]]:
    """Time a whole training step of MobileNetV2 with the head."""
    torch.manual_seed(0)
    network = build_network(NetworkSpec("mobilenet_v2", "quantum", 2, 3)).train()
    optimizer = torch.optim.Adam(network.parameters())
    images, codes = torch.rand(BATCH, 3, size, size), torch.arange(BATCH) % 2

    def step() -> None:
        optimizer.zero_grad()
        cross_entropy(network(images), codes).backward()
        optimizer.step()

    name = f"MobileNetV2 step at {size}"
    step()
    found = {name: seconds(step, repeats)}
    print(f"{name:28} {1e3 * found[name]['median']:10.3f} ms", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=300)
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    step = f"MobileNetV2 step at {arguments.size}"
    times = measure_head(arguments.repeats) | measure_step(arguments.size, arguments.steps)
    ours = times["rarebit closed form"]["median"]
    table = pd.DataFrame(
        {
            "what": name,
            "median_ms": f"{1e3 * found['median']:.3f}",
            "fastest_ms": f"{1e3 * found['fastest']:.3f}",
            "repeats": found["repeats"],
            "times_ours": f"{found['median'] / ours:.1f}",
        }
        for name, found in times.items()
    )
    remarks = [
        f"Forward and backward pass of a circuit with 8 wires, gates on 4 of them and two layers; "
        f"batch of {BATCH}; CPU time on one thread.",
        "`default.qubit backprop` computes gradients for features and angles, as Rarebit does; "
        "`lightning.qubit adjoint` does this row by row; `the same, angles only` computes only the "
        "gradients for angles.",
        f"The circuit takes {ours / times[step]['median']:.2%} of the time of a training step of "
        f"MobileNetV2 at {arguments.size} pixels.",
    ]
    if arguments.out:
        title = "The quantum head of SDA-QEC compared with PennyLane"
        write_report(arguments.out, "head", title, table, 0, remarks)


if __name__ == "__main__":
    main()
