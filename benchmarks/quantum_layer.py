"""QuantumLayer forward and backward, against PennyLane's default.qubit and lightning.qubit.

Gradients of weights and of features, the same circuit and the same numbers on every side. Run with
one thread:

    OMP_NUM_THREADS=1 python benchmarks/quantum_layer.py
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from quantum_report import write_report
from rarebit.quantum import Circuit, QuantumLayer, angle_encoding, rotation_layers
from rarebit.quantum.pennylane_backend import to_qnode

PEERS = {"default.qubit": "backprop", "lightning.qubit": "adjoint"}
ROTATIONS = {"RY + CNOT ring": ("RY",), "Rot + CNOT ring": ("RZ", "RY", "RZ")}
LAYERS = 3


def make_circuit(n_wires: int, rotations: tuple[str, ...]) -> Circuit:
    """Angle encoding and three trainable layers."""
    ansatz = rotation_layers(
        n_wires, LAYERS, rotations=rotations, entangler="CNOT", wiring="circular"
    )
    return angle_encoding(n_wires) + ansatz


def make_peer(circuit: Circuit, device: str, layer: QuantumLayer) -> Callable:
    """The same layer as a PennyLane QNode with torch tensors."""
    qnode = to_qnode(
        circuit,
        layer.observables,
        device=device,
        interface="torch",
        diff_method=PEERS[device],
    )
    return lambda features: torch.stack(list(qnode(layer.weights, features)), dim=-1)


def step(function: Callable, layer: QuantumLayer, features: torch.Tensor) -> torch.Tensor:
    """One forward and backward pass; return all gradients."""
    layer.weights.grad = features.grad = None
    function(features).sum().backward()
    return torch.cat([layer.weights.grad.ravel(), features.grad.ravel()])


def best_seconds(function: Callable[[], object], repeats: int) -> float:
    """CPU seconds of the fastest run."""
    times = []
    for _ in range(repeats):
        begin = time.process_time()
        function()
        times.append(time.process_time() - begin)
    return min(times)


def compare(name: str, n_wires: int, batch: int, rounds: int) -> dict:
    """Measure one cell; all sides take turns."""
    circuit = make_circuit(n_wires, ROTATIONS[name])
    layer = QuantumLayer(circuit).double()
    features = torch.rand(batch, n_wires, dtype=torch.float64, requires_grad=True)
    sides = {"rarebit": layer} | {d: make_peer(circuit, d, layer) for d in PEERS}
    repeats = {"rarebit": 5, "default.qubit": 2, "lightning.qubit": 1}
    seconds = dict.fromkeys(sides, np.inf)
    gradients = {side: step(function, layer, features) for side, function in sides.items()}
    for _ in range(rounds):
        for side, function in sides.items():
            found = best_seconds(
                lambda function=function: step(function, layer, features), repeats[side]
            )
            seconds[side] = min(seconds[side], found)
    gap = max(float((gradients[d] - gradients["rarebit"]).abs().max()) for d in PEERS)
    cell = {"circuit": name, "qubits": n_wires, "batch": batch}
    cell |= {f"{side}_ms": round(1e3 * value, 3) for side, value in seconds.items()}
    cell |= {f"ratio_{d}": round(seconds[d] / seconds["rarebit"], 1) for d in PEERS}
    return cell | {"largest_gradient_gap": f"{gap:.0e}"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--qubits", type=int, nargs="+", default=[4, 6, 8, 10])
    parser.add_argument("--batches", type=int, nargs="+", default=[32, 128, 256])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/quantum"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    table = pd.DataFrame(
        [
            compare(name, n_wires, batch, options.rounds)
            for name in ROTATIONS
            for n_wires in options.qubits
            for batch in options.batches
        ]
    )
    remarks = [
        f"Angle encoding, {LAYERS} layers, <Z> of every wire; gradients for weights and features; "
        "float64; CPU time. Runs alternate, and the fastest run of each library counts."
    ]
    for name, part in table.groupby("circuit"):
        for device, method in PEERS.items():
            ratios = part[f"ratio_{device}"]
            mean = np.exp(np.log(ratios).mean())
            remarks.append(
                f"{name}: {mean:.1f} times as fast as {device} ({method}) on average (geometric "
                f"mean), and at least {ratios.min():.1f} times."
            )
    write_report(
        options.out, "layer", "QuantumLayer, forward and backward", table, options.seed, remarks
    )


if __name__ == "__main__":
    main()
