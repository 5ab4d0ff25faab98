"""An arm trained: the whole network, or its head alone on the features of a fixed backbone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from rarebit.imaging import (
    Hardware,
    ImageNetwork,
    NetworkSpec,
    SDAQECClassifier,
    build_network,
    count_parameters,
    extract_features,
)
from rarebit.imaging.augmentation import fill_up
from rarebit.imaging.backbones import Backbone, build_backbone
from rarebit.imaging.images import set_aside
from rarebit_papers.sda_qec.arms import Arm, Options, make_augmenter
from rarebit_papers.sda_qec.data import Grouped

# The whole network: the weights of the epoch with the lowest validation loss are kept. With 500
# steps one core trains the whole plan in two hours.
BATCH, EPOCHS, STEPS = 16, 10, 50
# Pretrained weights need smaller steps.
RATE, PRETRAINED_RATE = 1e-3, 3e-4
# The head alone: 1000 steps, by when the validation loss rises again.
HEAD_BATCH, HEAD_EPOCHS, HEAD_STEPS = 32, 10, 100
VALIDATION = 0.1
DECAY = 1e-4
SETTINGS = {
    "network": (BATCH, EPOCHS, STEPS, RATE, PRETRAINED_RATE),
    "head": (HEAD_BATCH, HEAD_EPOCHS, HEAD_STEPS),
    "common": (VALIDATION, DECAY),
}


@dataclass(frozen=True)
class Trained:
    """Predicts probabilities for positions of images; and facts of the training."""

    predict: Callable[[np.ndarray, Hardware | None], np.ndarray]
    facts: dict[str, Any]


def fit_network(
    arm: Arm, data: Grouped, rest: np.ndarray, seed: int, weights: Path, device: str = "cpu"
) -> Trained:
    """Train backbone and head."""
    model = SDAQECClassifier(
        arm.backbone,
        arm.head,
        make_augmenter(arm.augmenter, arm.options, seed, device),
        weights=weights if arm.start == "pretrained" else None,
        n_layers=arm.n_layers,
        learning_rate=PRETRAINED_RATE if arm.start == "pretrained" else RATE,
        weight_decay=DECAY,
        epochs=EPOCHS,
        patience=None,
        batch_size=BATCH,
        validation_fraction=VALIDATION,
        keep_duplicates_together=False,  # `sets` holds them
        device=device,
        trainer_options={"limit_train_batches": STEPS},
        random_state=seed,
    )
    start = time.process_time()
    model.fit(data.images[rest], data.labels[rest], groups=data.sets[rest])
    return Trained(
        lambda rows, hardware: model.predict_proba(data.images[rows], hardware=hardware),
        _facts(
            model.network_, start, EPOCHS * STEPS, len(model.synthetic_),
            model.history_["train_loss"][-1], min(model.history_["val_loss"]),
        ),
    )  # fmt: skip


def fit_head(
    arm: Arm, data: Grouped, rest: np.ndarray, seed: int, weights: Path, device: str = "cpu"
) -> Trained:
    """Train the head on the features of the fixed, pretrained backbone.

    The same head, loss, optimiser and split as :func:`fit_network`. Features are computed once, on
    the CPU, which is fast enough: only the full diffusion model uses the device.
    """
    start = time.process_time()
    kept, aside = set_aside(data.labels[rest], VALIDATION, data.sets[rest], seed)
    own, validation = rest[kept], rest[aside]
    rows, labels = _training_features(
        data, weights, own.tobytes(), arm.augmenter, arm.options, seed, device
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        spec = NetworkSpec(arm.backbone, arm.head, 2, 1, arm.n_layers, folded=True)
        network = build_network(spec, weights)
    known = _features(data, weights)
    losses = _train_head(
        network.head,
        rows,
        labels,
        known[validation],
        torch.from_numpy(data.labels[validation]),
        seed,
    )

    def predict(rows: np.ndarray, hardware: Hardware | None) -> np.ndarray:
        network.eval().set_hardware(hardware)
        with torch.inference_mode():
            logits: Tensor = network.head(known[rows])
        return np.asarray(logits.double().softmax(dim=1))

    steps = HEAD_EPOCHS * HEAD_STEPS
    return Trained(predict, _facts(network, start, steps, len(rows) - len(own), *losses))


def _train_head(
    head: torch.nn.Module, rows: Tensor, codes: Tensor, validation: Tensor, truth: Tensor, seed: int
) -> tuple[float, float]:
    """Train with Adam; keep the epoch with the lowest validation loss; return both losses."""
    optimizer = torch.optim.Adam(head.parameters(), lr=RATE, weight_decay=DECAY, fused=True)
    rng = np.random.default_rng(seed)
    best, kept, loss = np.inf, head.state_dict(), torch.zeros(())
    for _ in range(HEAD_EPOCHS):
        head.train()
        for _ in range(HEAD_STEPS):
            batch = torch.from_numpy(rng.integers(len(rows), size=HEAD_BATCH))
            loss = cross_entropy(head(rows[batch]), codes[batch])
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        with torch.inference_mode():
            loss_there = float(cross_entropy(head.eval()(validation), truth))
        if loss_there < best:
            best = loss_there
            kept = {name: value.clone() for name, value in head.state_dict().items()}
    head.load_state_dict(kept)
    return float(loss.detach()), best


@lru_cache(maxsize=2)
def _features(data: Grouped, weights: Path) -> Tensor:
    """Features of all images, the same for every arm and seed."""
    return torch.from_numpy(extract_features(data.images, _backbone(weights))).float()


@lru_cache(maxsize=1)
def _training_features(
    data: Grouped,
    weights: Path,
    own: bytes,
    augmenter: str | None,
    options: Options,
    seed: int,
    device: str,
) -> tuple[Tensor, Tensor]:
    """Features and labels of training images, then of synthetic ones; the same for every head.

    ``own`` holds the positions of the training images (as bytes, which a cache can compare).
    """
    rows = np.frombuffer(own, dtype=np.int64)
    filled = fill_up(
        data.images, data.labels, rows, make_augmenter(augmenter, options, seed, device)
    )
    features = _features(data, weights)[torch.from_numpy(rows.copy())]
    if len(filled.images) > len(rows):
        new = extract_features(filled.images[len(rows) :], _backbone(weights))
        features = torch.cat([features, torch.from_numpy(new).float()])
    return features, torch.from_numpy(filled.labels)


@lru_cache(maxsize=1)
def _backbone(weights: Path) -> Backbone:
    return build_backbone("mobilenet_v2", 1, weights).eval()


def _facts(
    network: ImageNetwork, start: float, steps: int, n_synthetic: int, train: float, val: float
) -> dict[str, Any]:
    parameters = count_parameters(network)
    return {
        "steps": steps,
        "n_synthetic": n_synthetic,
        "cpu_seconds": round(time.process_time() - start, 1),
        "parameters": parameters["total"],
        "parameters_as_in_paper": parameters["as_in_paper"],
        "train_loss": round(train, 6),
        "val_loss": round(val, 6),
    }
