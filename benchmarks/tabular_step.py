"""How fast QCL-MixNet trains: a step compared with a baseline, several seeds, epochs.

    python benchmarks/tabular_step.py --out results/benchmarks/tabular

(``--quick`` for a smoke run, which writes nothing of worth.) Times are CPU time of this process on
one thread, the fastest run of each side, the sides taken in turns.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from pytorch_metric_learning.losses import SupConLoss, TripletMarginLoss
from pytorch_metric_learning.miners import MultiSimilarityMiner
from torch import Tensor, nn
from torch.nn import functional

from quantum_report import write_report
from rarebit._common.threads import one_thread
from rarebit.tabular import NetworkClassifier, QCLMixNetClassifier, fit_seeds
from rarebit.tabular.losses.hybrid import HybridLoss
from rarebit.tabular.mixup import MixupSettings, draw_mixup
from rarebit.tabular.network.layers import stack_modules
from rarebit.tabular.network.qcl_mixnet import QCLMixNet
from rarebit.tabular.training.batches import epoch_order
from rarebit.tabular.training.learner import Rows
from rarebit.tabular.training.loop import LoopSettings, MemberRows, train
from rarebit.tabular.training.qcl_mixnet import QCLMixNetLearner

SEED = 0
BATCH = 64
N_ROWS = 10 * BATCH
# Rates at which no weight moves: every step of a run is at the same weights.
RATE, PEAK = 1e-30, 1e-29
BASELINES = ("mlp", "resnet", "gru", "lstm", "bigru", "bilstm", "cnn")
GRAPHS = ("gcn", "graphsage", "gat", "gin", "jknet")


class PlainEntanglement(nn.Module):
    """Eq. 1-3 as one would write them down."""

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.randn(n_features))

    def forward(self, x: Tensor) -> Tensor:
        """Scale the features, then gate the row."""
        projected = x * torch.cos(self.theta)
        gate = torch.sigmoid((projected * torch.sin(self.theta)).sum(dim=1, keepdim=True))
        return projected * gate


class PlainStep(nn.Module):
    """The published step from the usual parts: torch's layers, pytorch-metric-learning's losses."""

    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.entanglement1 = PlainEntanglement(n_features)
        self.attention = nn.MultiheadAttention(n_features, 1, batch_first=True)
        self.fc1, self.norm1 = nn.Linear(n_features, 64), nn.BatchNorm1d(64)
        self.entanglement2 = PlainEntanglement(64)
        self.fc2, self.norm2 = nn.Linear(64, 32), nn.BatchNorm1d(32)
        self.fc3 = nn.Linear(32, n_classes)
        self.projection1, self.projection_norm = nn.Linear(32, 16), nn.BatchNorm1d(16)
        self.projection2 = nn.Linear(16, 8)
        self.centroids = nn.Parameter(torch.randn(n_classes, 8))
        self.supcon = SupConLoss(temperature=0.2)
        self.triplet = TripletMarginLoss(margin=0.5)
        self.miner = MultiSimilarityMiner(epsilon=0.1)

    def represent(self, x: Tensor) -> Tensor:
        """Encode a batch."""
        x = self.entanglement1(x)
        row = x.unsqueeze(1)
        x = x + self.attention(row, row, row)[0].squeeze(1)
        x = functional.leaky_relu(self.norm1(self.fc1(x)))
        return functional.leaky_relu(self.norm2(self.fc2(self.entanglement2(x))))

    def forward(self, x: Tensor, y: Tensor, draws: Tensor, passes: int = 1) -> Tensor:
        """Compute the loss; Algorithm 1 has one pass for the logits, one for the embedding."""
        distance = torch.cdist(x, x)
        distance.fill_diagonal_(torch.inf)
        k = min(5, len(x) - 1)
        nearest = distance.topk(k, largest=False).indices
        partner = nearest[torch.arange(len(x)), (draws[:, 1] * k).long()]
        share = draws[0, 0]
        x = share * x + (1 - share) * x[partner]
        representation = self.represent(x)
        logits = self.fc3(representation)
        if passes == 2:
            representation = self.represent(x)
        inner = functional.relu(self.projection_norm(self.projection1(representation)))
        embedding = self.projection2(inner)
        cross_entropy = functional.cross_entropy(logits, y, reduction="none")
        focal = ((1 - torch.exp(-cross_entropy)) ** 3 * cross_entropy).mean()
        intra = functional.mse_loss(embedding, self.centroids[y])
        inter = -functional.logsigmoid(functional.pdist(self.centroids[y.unique()]).mean())
        contrast = self.supcon(embedding, y) + self.triplet(embedding, y, self.miner(embedding, y))
        return 0.5 * (focal + 0.8 * intra + inter) + 0.5 * contrast


def copy_weights(plain: PlainStep, learner: QCLMixNetLearner) -> None:
    """Give the plain composition the learner's numbers."""
    state = {
        name.removeprefix("network.").removeprefix("loss."): value
        for name, value in learner.state_dict().items()
    }
    parts = [
        state.pop(f"attention.{name}.{kind}")
        for kind in ("weight", "bias")
        for name in ("query", "key", "value")
    ]
    state["attention.in_proj_weight"] = torch.cat(parts[:3])
    state["attention.in_proj_bias"] = torch.cat(parts[3:])
    for kind in ("weight", "bias"):
        state[f"attention.out_proj.{kind}"] = state.pop(f"attention.output.{kind}")
    plain.load_state_dict(state)


def train_plain(
    plain: PlainStep, x: Tensor, y: Tensor, epochs: int, passes: int, fused: bool | None
) -> float:
    """Train as one would by hand; return the mean loss."""
    optimizer = torch.optim.AdamW(plain.parameters(), lr=RATE, weight_decay=1e-5, fused=fused)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=PEAK, total_steps=epochs * N_ROWS // BATCH, div_factor=PEAK / RATE
    )
    rng, total = np.random.default_rng(SEED), torch.zeros(())
    labels = y.numpy()
    for _ in range(epochs):
        order = torch.from_numpy(epoch_order(labels, rng))
        draws = torch.from_numpy(draw_mixup(N_ROWS, MixupSettings(), rng))
        for start in range(0, N_ROWS, BATCH):
            rows = order[start : start + BATCH]
            loss = plain(x[rows], y[rows], draws[start : start + BATCH], passes)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.detach()
    return total.item() / (epochs * N_ROWS // BATCH)


def train_ours(learner: QCLMixNetLearner, rows: Rows, epochs: int, n_seeds: int = 1) -> float:
    """Train through the library's own loop, its set-up and history included."""
    settings = LoopSettings(epochs=epochs, learning_rate=RATE, max_learning_rate=PEAK)
    generators = [np.random.default_rng(SEED + seed) for seed in range(n_seeds)]
    positions = np.tile(np.arange(N_ROWS), (n_seeds, 1))
    history, *_ = train(learner, MemberRows(rows, positions), settings, generators)
    return float(np.mean(history["loss"]))


def cpu_seconds(call: Callable[[], object]) -> float:
    start = time.process_time()
    call()
    return time.process_time() - start


def fastest(calls: list[Callable[[], object]], rounds: int) -> list[float]:
    """Give the shortest time of each call, all of them measured in every round."""
    for call in calls:
        call()
    return np.min([[cpu_seconds(call) for call in calls] for _ in range(rounds)], axis=0).tolist()


def compare_steps(
    n_features: int, n_classes: int, rare: float, trained: int, rounds: int, epochs: int
) -> dict[str, Any]:
    """Time a step of both sides at the same weights, batches and draws."""
    X, y = make_rows(N_ROWS, n_features, n_classes, rare)
    torch.manual_seed(SEED)
    network = QCLMixNet(n_features, n_classes)
    learner = QCLMixNetLearner(network, HybridLoss(n_classes), MixupSettings())
    if trained:
        model = QCLMixNetClassifier(epochs=trained, random_state=SEED, validation_fraction=0)
        learner = model.fit(X, y).learner_
    plain = PlainStep(n_features, n_classes)
    copy_weights(plain, learner)
    rows = Rows(torch.from_numpy(X).float(), torch.from_numpy(y))
    ten = stack_modules([learner] * 10)
    calls: list[Callable[[], float]] = [
        lambda: train_ours(learner, rows, epochs),
        lambda: train_plain(plain, rows.x, rows.y, epochs, passes=1, fused=None),
        lambda: train_plain(plain, rows.x, rows.y, epochs, passes=1, fused=True),
        lambda: train_plain(plain, rows.x, rows.y, epochs, passes=2, fused=None),
        lambda: train_ours(ten, rows, epochs, n_seeds=10),
    ]
    losses = [call() for call in calls]
    assert np.allclose(losses, losses[0], rtol=1e-4), losses
    n_steps = epochs * N_ROWS // BATCH
    ours, *theirs, of_ten = (1e3 * seconds / n_steps for seconds in fastest(calls, rounds))
    names = ("plain", "plain_fused_adamw", "plain_two_passes")
    return {
        "features": n_features,
        "classes": n_classes,
        "rare": rare,
        "epochs_before": trained,
        "loss": round(losses[0], 4),
        "loss_plain": round(losses[1], 4),
        "rarebit_ms": round(ours, 3),
        **{f"{name}_ms": round(ms, 3) for name, ms in zip(names, theirs, strict=True)},
        **{f"ratio_{name}": round(ms / ours, 1) for name, ms in zip(names, theirs, strict=True)},
        "rarebit_ten_seeds_ms": round(of_ten, 3),
        "ten_seeds_of_one_plain": round(of_ten / theirs[0], 2),
    }


def make_rows(
    n_rows: int, n_features: int, n_classes: int, rare: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping classes of equal size, or the last one a ``rare`` share of the rows."""
    rng = np.random.default_rng(SEED)
    shares = np.full(n_classes, 1 / n_classes)
    if rare:
        shares[:] = (1 - rare) / (n_classes - 1)
        shares[-1] = rare
    y = rng.choice(n_classes, size=n_rows, p=shares)
    y[: 2 * n_classes] = np.repeat(np.arange(n_classes), 2)
    centers = rng.normal(size=(n_classes, n_features))
    return rng.normal(size=(n_rows, n_features)) + 0.7 * centers[y], y


def time_epoch(
    model: Any, X: np.ndarray, y: np.ndarray, n_seeds: list[int], rounds: int, epochs: int
) -> list[float]:
    """Milliseconds of an epoch for so many seeds, without what a fit takes once."""
    calls = [
        lambda n=n, e=e: fit_seeds(model.set_params(epochs=e), X, y, range(n))
        for n in n_seeds
        for e in (1, 1 + epochs)
    ]
    times = fastest(calls, rounds)
    pairs = zip(times[::2], times[1::2], strict=True)
    return [1e3 * (long - short) / epochs for short, long in pairs]


def compare_seeds(rounds: int, epochs: int) -> list[dict[str, Any]]:
    """Time ten seeds side by side against one, for all networks."""
    lines = []
    models = [("qcl_mixnet", QCLMixNetClassifier(), (16, 100))]
    models += [(name, NetworkClassifier(network=name), (16,)) for name in BASELINES + GRAPHS]
    for name, model, widths in models:
        for n_features in widths:
            X, y = make_rows(800, n_features, 3)
            one, ten = time_epoch(model, X, y, [1, 10], rounds, epochs)
            lines.append(
                {
                    "network": name,
                    "rows": len(X),
                    "features": n_features,
                    "one_seed_ms": round(one, 2),
                    "ten_seeds_ms": round(ten, 2),
                    "ratio": round(ten / one, 1),
                }
            )
    return lines


def compare_sizes(
    rounds: int, epochs: int, sizes: list[tuple[int, int, int]]
) -> list[dict[str, Any]]:
    """Time an epoch as the table grows."""
    lines = []
    for n_rows, n_features, n_classes in sizes:
        X, y = make_rows(n_rows, n_features, n_classes)
        (one,) = time_epoch(QCLMixNetClassifier(), X, y, [1], rounds, epochs)
        sizes_ = {"rows": n_rows, "features": n_features, "classes": n_classes}
        lines.append({**sizes_, "epoch_ms": round(one, 2)})
    return lines


def time_fit(rounds: int, epochs: int) -> list[dict[str, Any]]:
    """Time a whole fit at the published settings on small tables."""
    lines = []
    for n_rows in (100, 800):
        X, y = make_rows(n_rows, 16, 3)
        model = QCLMixNetClassifier(epochs=epochs)
        calls = [lambda n=n: fit_seeds(model, X, y, range(n)) for n in (1, 10)]  # noqa: B023
        one, ten = fastest(calls, rounds)
        line = {"rows": n_rows, "epochs": epochs, "one_seed_s": one, "ten_seeds_s": ten}
        lines.append({name: round(value, 3) for name, value in line.items()})
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repeats and small tables")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks/tabular"))
    arguments = parser.parse_args()
    quick = arguments.quick
    rounds = 1 if quick else 7
    cases = [(16, 2, 0.1), (16, 2, 0), (20, 3, 0.1), (36, 6, 0), (16, 26, 0)]
    sizes = [(1000, 20, 3), (4000, 20, 3), (16000, 20, 3), (1000, 1, 3), (1000, 100, 3)]
    sizes += [(1000, 500, 3), (1000, 20, 20), (1000, 20, 100)]
    clock = "CPU time on one thread; runs alternate, and the fastest run of each side counts."
    peer = f"pytorch-metric-learning {version('pytorch-metric-learning')}"
    with one_thread(user_api="blas"):
        steps = [
            compare_steps(*case, trained, rounds, 1 if quick else 5)
            for case in cases[: 1 if quick else None]
            for trained in (0, 20)
        ]
        remarks = [
            f"One step on a batch of {BATCH} rows: row selection, mixup, network, losses, backward "
            f"pass, AdamW, one-cycle schedule. {clock}",
            f"plain: the baseline, made of torch's layers and SupCon, TripletMargin and "
            f"MultiSimilarityMiner of {peer}. It uses one pass through the network, with torch's "
            "default or fused AdamW, or two passes (logits, embedding) as in Algorithm 1.",
            "Last two columns: time of a step of ten seeds trained together, and its ratio to one "
            "plain step.",
            "Both sides use the same weights (untrained, or after the given number of epochs), "
            "batches and random draws; the mean losses agree.",
        ]
        title = "QCL-MixNet: time of a training step compared with a baseline"
        write_report(arguments.out, "steps", title, pd.DataFrame(steps), SEED, remarks)
        seeds = compare_seeds(rounds, 1 if quick else 5)
        remarks = [f"One epoch in batches of {BATCH}, including the validation score. {clock}"]
        title = "Time of ten seeds trained together compared with one"
        write_report(arguments.out, "seeds", title, pd.DataFrame(seeds), SEED, remarks)
        grown = compare_sizes(rounds, 1 if quick else 3, sizes[: 1 if quick else None])
        title = "QCL-MixNet: time of an epoch by size of the table"
        write_report(arguments.out, "epochs", title, pd.DataFrame(grown), SEED, remarks)
        fits = time_fit(1 if quick else 3, 2 if quick else 100)
        remarks = [f"16 features, 3 classes, the published settings. {clock}"]
        title = "QCL-MixNet: time of a fit on small tables"
        write_report(arguments.out, "fits", title, pd.DataFrame(fits), SEED, remarks)


if __name__ == "__main__":
    main()
