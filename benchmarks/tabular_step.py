"""How fast QCL-MixNet trains: a step against its plain composition, seeds side by side, epochs.

Run ``python benchmarks/tabular_step.py`` (add ``--quick`` for a smoke run). Times are CPU seconds
of this process on one thread, the two sides of a comparison taking turns, medians over rounds.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable
from importlib.metadata import version

import numpy as np
import torch
from pytorch_metric_learning.losses import SupConLoss, TripletMarginLoss
from pytorch_metric_learning.miners import MultiSimilarityMiner
from torch import Tensor, nn
from torch.nn import functional

from rarebit.tabular import QCLMixNet, QCLMixNetClassifier, fit_seeds
from rarebit.tabular.classifier import QCLMixNetLearner
from rarebit.tabular.losses import HybridLoss
from rarebit.tabular.mixup import MixupSettings


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


def make_stepper(module: nn.Module, loss: Callable[[], Tensor], fused: bool) -> Callable[[], None]:
    """One update of the parameters, schedule included, at a rate of 0: the loss stays the same."""
    optimizer = torch.optim.AdamW(
        module.parameters(), lr=0.0, weight_decay=1e-5, fused=fused or None
    )
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)

    def step() -> None:
        value = loss()
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        schedule.step()

    return step


def cpu_seconds(call: Callable[[], object], repeats: int) -> float:
    start = time.process_time()
    for _ in range(repeats):
        call()
    return (time.process_time() - start) / repeats


def take_turns(calls: list[Callable[[], object]], rounds: int, repeats: int) -> list[float]:
    """Median time of each call, all of them measured in every round."""
    times = [[cpu_seconds(call, repeats) for call in calls] for _ in range(rounds)]
    return [float(value) for value in np.median(times, axis=0)]


def compare_steps(
    n_features: int, n_classes: int, rare: float, epochs: int, rounds: int, repeats: int
) -> None:
    X, y = make_rows(1000, n_features, n_classes, rare)
    learner = QCLMixNetLearner(
        QCLMixNet(n_features, n_classes), HybridLoss(n_classes), MixupSettings()
    )
    if epochs:
        model = QCLMixNetClassifier(epochs=epochs, random_state=0, validation_fraction=0)
        learner = model.fit(X, y).learner_
    plain = PlainStep(n_features, n_classes)
    copy_weights(plain, learner)
    learner.train()
    x, labels = torch.from_numpy(X[-64:]).float(), torch.from_numpy(y[-64:])
    draws = torch.rand(64, 2) * 0.5 + torch.tensor([0.5, 0.0])
    ours = learner.batch_loss(x, labels, None, draws)["loss"].item()
    theirs = plain(x, labels, draws).item()
    assert abs(ours - theirs) < 1e-4 * abs(theirs), (ours, theirs)
    steps = [
        make_stepper(learner, lambda: learner.batch_loss(x, labels, None, draws)["loss"], True),
        make_stepper(plain, lambda: plain(x, labels, draws), False),
        make_stepper(plain, lambda: plain(x, labels, draws, passes=2), False),
    ]
    for step in steps:
        cpu_seconds(step, 5)
    fast, once, twice = (1e3 * seconds for seconds in take_turns(steps, rounds, repeats))
    print(
        f"{n_features:8d} {n_classes:7d} {rare:6.2f} {epochs:6d} {ours:8.4f} {theirs:8.4f} "
        f"{fast:6.2f} {once:6.2f} {twice:7.2f} {once / fast:6.1f}x {twice / fast:6.1f}x"
    )


def make_rows(
    n_rows: int, n_features: int, n_classes: int, rare: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping classes of equal size, or the last one a ``rare`` share of the rows."""
    rng = np.random.default_rng(0)
    shares = np.full(n_classes, 1 / n_classes)
    if rare:
        shares[:] = (1 - rare) / (n_classes - 1)
        shares[-1] = rare
    y = rng.choice(n_classes, size=n_rows, p=shares)
    y[: 2 * n_classes] = np.repeat(np.arange(n_classes), 2)
    centers = rng.normal(size=(n_classes, n_features))
    return rng.normal(size=(n_rows, n_features)) + 0.7 * centers[y], y


def compare_seeds(rounds: int, epochs: int) -> None:
    for n_rows, n_features in ((640, 20), (640, 100)):
        X, y = make_rows(n_rows, n_features, 3)
        model = QCLMixNetClassifier(epochs=epochs)
        one, ten = take_turns(
            [lambda: fit_seeds(model, X, y, [0]), lambda: fit_seeds(model, X, y, range(10))],  # noqa: B023
            rounds,
            1,
        )
        print(f"{n_rows:6d} {n_features:5d} {one:9.2f} {ten:9.2f} {ten / one:7.1f}x")


def time_epochs(rounds: int, sizes: list[tuple[int, int, int]]) -> None:
    for n_rows, n_features, n_classes in sizes:
        X, y = make_rows(n_rows, n_features, n_classes)
        model = QCLMixNetClassifier(epochs=2, random_state=0)
        (seconds,) = take_turns([lambda: model.fit(X, y)], rounds, 1)  # noqa: B023
        print(f"{n_rows:6d} {n_features:5d} {n_classes:8d} {seconds / 2:9.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repeats and small tables")
    quick = parser.parse_args().quick
    torch.set_num_threads(1)
    packages = ("torch", "pytorch-metric-learning", "numpy")
    print(platform.machine(), *(f"{name} {version(name)}" for name in packages), "one thread")
    rounds, repeats = (3, 5) if quick else (15, 20)
    torch.manual_seed(0)
    print("\nA training step at batch 64 (ms), against the plain composition in one pass through")
    print("the network, and in two, as Algorithm 1 has it; after so many epochs of training")
    print("features classes   rare epochs loss ours  plain   ours  plain 2 passes  ratio  ratio")
    for n_features, n_classes, rare in (
        (16, 2, 0.1),
        (16, 2, 0),
        (20, 3, 0.1),
        (36, 6, 0),
        (16, 26, 0),
    ):
        for epochs in (0, 20):
            compare_steps(n_features, n_classes, rare, epochs, rounds, repeats)
    print("\nFitting ten seeds side by side against one (s)")
    print("  rows features    one       ten   ratio")
    compare_seeds(1 if quick else 3, 2 if quick else 10)
    print("\nAn epoch (s), as rows, features and classes grow")
    print("  rows features classes seconds")
    sizes = [(1000, 20, 3), (4000, 20, 3), (16000, 20, 3)]
    sizes += [(1000, 100, 3), (1000, 500, 3), (1000, 20, 20), (1000, 20, 100)]
    time_epochs(1 if quick else 3, sizes[:1] if quick else sizes)


if __name__ == "__main__":
    main()
