"""SDA-QEC (arXiv:2601.18556) on open images: its tables and ablations, resumable cell by cell.

    python -m rarebit.reproduce.sda_qec --data-dir DATA --out results/sda_qec

A cell is one arm on one data set from one seed. Finished cells are lines of ``cells.csv`` in the
folder; the same command goes on with those that are missing, so a killed run loses one cell.
The angiography images of the paper are private: PneumoniaMNIST, as it is and with its rare class
cut to 1 : 10, and BUSI (malignant against the rest) stand in.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from rarebit.exceptions import InputError
from rarebit.imaging import Hardware, ImageData, SDAQECClassifier, read_images
from rarebit.imaging.augmentation import AUGMENTERS, ImageAugmenter
from rarebit.imaging.circuits import CircuitReadout
from rarebit.imaging.duplicates import find_duplicates, keep_together
from rarebit.imaging.fidelity import (
    extract_features,
    feature_extractor,
    frechet_distance,
    own_class_share,
)
from rarebit.imaging.network import count_parameters
from rarebit.imaging.splits import set_aside
from rarebit.metrics import score_all
from rarebit.quantum.noise import NoiseModel

WEIGHTS = Path("weights") / "mobilenet_v2_imagenet_folded.npz"
BATCH = 32
# What the trained circuit of the main arm is run on, besides the exact simulation.
HARDWARE = {
    "depolarizing 0.01": Hardware(NoiseModel(depolarizing=0.01)),
    "depolarizing 0.05": Hardware(NoiseModel(depolarizing=0.05)),
    "amplitude damping 0.05": Hardware(NoiseModel(amplitude_damping=0.05)),
    "100 shots": Hardware(shots=100, random_state=0),
    "1000 shots": Hardware(shots=1000, random_state=0),
}


@dataclass(frozen=True)
class Arm:
    """A model to be trained: what differs from SDA-QEC as published.

    Attributes
    ----------
    study : str
        Which table it belongs to.
    name : str
        Unique in its study.
    backbone, head : str
        Names as for :class:`rarebit.imaging.SDAQECClassifier`.
    augmenter : str or None
        Name of the augmenter; None for none.
    options : dict
        Its parameters.
    pretrained : bool
        Whether the backbone starts from the folded ImageNet weights.
    """

    study: str
    name: str
    backbone: str = "mobilenet_v2"
    head: str = "quantum"
    augmenter: str | None = "diffusion"
    options: dict[str, Any] = field(default_factory=dict)
    pretrained: bool = False

    def make_augmenter(self, seed: int, device: str = "cpu") -> ImageAugmenter | None:
        """Build the augmenter; only the full diffusion model has use for a device."""
        if self.augmenter is None:
            return None
        options = {**self.options, "random_state": seed}
        if self.augmenter == "ddpm":
            options["device"] = device
        return AUGMENTERS[self.augmenter](**options)


def all_arms() -> list[Arm]:
    """List every arm of every study.

    Examples
    --------
    >>> sorted({arm.study for arm in all_arms()})
    ['augmenter', 'head', 'main', 'pretrained', 'schedule']
    """
    backbones = ("resnet18", "mobilenet_v2", "densenet121", "vgg16")
    arms = [Arm("main", "SDA-QEC")]
    for name in backbones:
        arms.append(Arm("main", name, name, "direct", None))
        arms.append(Arm("main", f"{name} + diffusion", name, "direct"))
    heads = ("quantum_full", "quantum_compact", "quantum_unentangled", "lqer", "classical",
             "linear", "direct")  # fmt: skip
    arms += [Arm("head", head, head=head) for head in heads]
    arms += [
        Arm("pretrained", head, head=head, pretrained=True)
        for head in ("quantum", "quantum_unentangled", "lqer", "classical", "linear", "direct")
    ]
    arms += [Arm("augmenter", "none", augmenter=None)]
    arms += [Arm("augmenter", name, augmenter=name) for name in AUGMENTERS if name != "diffusion"]
    schedule: list[dict[str, Any]] = [{"T": T} for T in (1, 3, 10)]
    schedule += [{"beta_end": beta} for beta in (0.005, 0.05)]
    schedule += [{"beta_start": beta} for beta in (1e-5, 1e-3)]
    schedule += [{"rho": rho} for rho in (0.4, 1.0)]
    for options in schedule:
        [(name, value)] = options.items()
        arms.append(Arm("schedule", f"{name} = {value:g}", options=options))
    return arms


def pneumonia(data_dir: Path, rare: bool, size: int) -> ImageData:
    """Read PneumoniaMNIST; its rare class, normal, cut to 1 : 10 in training where wanted."""
    data = read_images(data_dir / "images" / "pneumoniamnist.npz", image_size=size)
    if not rare:
        return data
    assert data.labels is not None
    assert data.split is not None
    training = data.split != "test"
    normal = np.flatnonzero(training & (data.labels == 0))
    wanted = int((training & (data.labels == 1)).sum()) // 10
    left_out = np.random.default_rng(0).permutation(normal)[wanted:]
    return data.take(np.setdiff1d(np.arange(len(data)), left_out))


def busi(data_dir: Path, size: int) -> ImageData:
    """Read BUSI: malignant (1) against normal and benign (0)."""
    path = data_dir / "images" / "busi_128.npz"
    data = read_images(path, image_size=size)
    assert data.labels is not None
    return ImageData(data.images, (data.labels == 2).astype(int), data.names, source=str(path))


DATASETS: dict[str, Callable[[Path, int], ImageData]] = {
    "pneumonia": lambda folder, size: pneumonia(folder, False, size),
    "pneumonia 1:10": lambda folder, size: pneumonia(folder, True, size),
    "busi malignant": busi,
}


def split(data: ImageData, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Training and test positions, duplicates on one side; and the sets that stay together."""
    assert data.labels is not None
    sets = keep_together(len(data), find_duplicates(data.images), data.groups)
    if data.split is None:
        rest, test = set_aside(data.labels, 0.2, sets, seed)
        return rest, test, sets
    test = np.flatnonzero(data.split == "test")
    # A training image with a duplicate among the test images is left out.
    rest = np.flatnonzero((data.split != "test") & ~np.isin(sets, sets[test]))
    return rest, test, sets


def run_cell(
    arm: Arm, data: ImageData, seed: int, steps: int, data_dir: Path, device: str
) -> list[dict[str, Any]]:
    """Train one arm and score it: on the test images, on a balanced part, on noisy hardware."""
    assert data.labels is not None
    rest, test, sets = split(data, seed)
    counts = np.bincount(data.labels[rest])
    # Equal steps: an augmented epoch is longer, so there are fewer of them.
    wanted = np.ceil(arm.options.get("rho", 0.7) * counts.max())
    n_images = counts.sum() if arm.augmenter is None else np.maximum(counts, wanted).sum()
    epochs = max(1, round(steps / (0.8 * n_images / BATCH)))
    model = SDAQECClassifier(
        arm.backbone,
        arm.head,
        arm.make_augmenter(seed, device),
        weights=data_dir / WEIGHTS if arm.pretrained else None,
        learning_rate=1e-4 if arm.pretrained else 1e-3,
        epochs=epochs,
        patience=None,
        batch_size=BATCH,
        keep_duplicates_together=False,
        device=device,
        random_state=seed,
    )
    start = time.perf_counter()
    model.fit(data.images[rest], data.labels[rest], groups=sets[rest])
    spent = time.perf_counter() - start
    parameters = count_parameters(model.network_)
    common = {
        "epochs": epochs,
        "n_train": len(rest),
        "n_synthetic": len(model.synthetic_),
        "fit_seconds": round(spent, 1),
        "parameters": parameters["total"],
        "parameters_as_in_paper": parameters["as_in_paper"],
    }
    y, images = data.labels[test], data.images[test]
    rare = int(np.bincount(data.labels[rest]).argmin())
    every = np.arange(len(test))
    few = np.bincount(y).min()
    rng = np.random.default_rng(seed)
    balanced = np.concatenate([rng.permutation(np.flatnonzero(y == c))[:few] for c in (0, 1)])
    runs: list[tuple[str, Hardware | None]] = [("exact", None)]
    if (arm.study, arm.name) == ("main", "SDA-QEC"):
        runs += list(HARDWARE.items())
    lines = []
    for hardware, settings in runs:
        proba = model.predict_proba(images, hardware=settings)
        for part, rows in (("original", every), ("balanced", balanced)):
            scores = score_all(y[rows], proba[rows].argmax(axis=1), proba[rows], positive=rare)
            lines.append({"hardware": hardware, "test": part, **common, **scores})
    return lines


def run_cells(
    out: Path,
    data_dir: Path,
    *,
    datasets: Iterable[str] = tuple(DATASETS),
    studies: Iterable[str] = ("main", "head", "pretrained", "augmenter", "schedule"),
    seeds: Iterable[int] = range(5),
    image_size: int = 64,
    steps: int = 2000,
    device: str = "cpu",
) -> pd.DataFrame:
    """Run the cells that are missing, one line after the other.

    Parameters
    ----------
    out : Path
        Folder of ``cells.csv``.
    data_dir : Path
        Folder with ``images/`` and ``weights/``.
    datasets, studies : iterable of str
        Which of :data:`DATASETS` and of the studies.
    seeds : iterable of int
        Seeds of split, weights and augmentation.
    image_size, steps : int
        Side of the images and optimiser steps, the same for every arm.
    device : str
        Where to train.

    Returns
    -------
    DataFrame
        All lines of ``cells.csv``.

    Raises
    ------
    InputError
        If the folder holds cells of another size or number of steps.
    """
    out.mkdir(parents=True, exist_ok=True)
    path = out / "cells.csv"
    settings = {"image_size": image_size, "steps": steps}
    known = pd.read_csv(path) if path.exists() else pd.DataFrame()
    if len(known) and (known[list(settings)] != list(settings.values())).any(axis=None):
        raise InputError(
            f"{path} holds cells of other settings than {settings}; name a new folder."
        )
    keys = ["dataset", "study", "arm", "seed"]
    done = set(known[keys].itertuples(index=False, name=None)) if len(known) else set()
    arms = [arm for arm in all_arms() if arm.study in set(studies)]
    seeds = list(seeds)
    for dataset in datasets:
        data = DATASETS[dataset](data_dir, image_size)
        for seed in seeds:
            for arm in arms:
                key = (dataset, arm.study, arm.name, seed)
                if key in done:
                    continue
                lines = run_cell(arm, data, seed, steps, data_dir, device)
                named = dict(zip(keys, key, strict=True))
                _append(path, [{**named, **settings, **line} for line in lines])
                print(*key, f"{lines[0]['balanced_accuracy']:.3f}", flush=True)
    return pd.read_csv(path) if path.exists() else pd.DataFrame()


def _append(path: Path, lines: list[dict[str, Any]]) -> None:
    """Add a cell's lines in one write: a killed run leaves whole cells."""
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        if is_new:
            writer.writeheader()
        writer.writerows(lines)


def fidelity_table(
    data: ImageData, weights: Path | None, seed: int = 0, device: str = "cpu"
) -> pd.DataFrame:
    """How like its class's images every augmenter's are; one line an augmenter or schedule.

    ``frechet_distance`` is that to the class's real images, ``to_other_class`` to the other's,
    ``own_class_share`` the share whose nearest real image is of their class; ``real`` is one half
    of the class beside the other. Features are those of ``weights``, else of fixed random ones:
    the figures compare among themselves only.
    """
    assert data.labels is not None
    extractor = feature_extractor(weights)
    features = extract_features(data.images, extractor)
    rare = int(np.bincount(data.labels).argmin())
    own, other = features[data.labels == rare], features[data.labels != rare]
    half = np.random.default_rng(seed).permutation(len(own))
    middle = len(own) // 2
    lines = [
        {
            "augmenter": "real",
            "frechet_distance": frechet_distance(own[half[:middle]], own[half[middle:]]),
            "to_other_class": frechet_distance(own, other),
        }
    ]
    arms = [a for a in all_arms() if a.study in ("augmenter", "schedule") and a.augmenter]
    for arm in [Arm("main", "diffusion"), *arms]:
        augmenter = arm.make_augmenter(seed, device)
        assert augmenter is not None
        more, labels = augmenter.fit_resample(data.images, data.labels)
        made = extract_features(more[len(data) :], extractor)
        lines.append(
            {
                "augmenter": arm.name,
                "frechet_distance": frechet_distance(own, made),
                "to_other_class": frechet_distance(other, made),
                "own_class_share": own_class_share(
                    features, data.labels, made, labels[len(data) :]
                ),
            }
        )
    return pd.DataFrame(lines)


def gradient_variance(
    depths: Iterable[int] = (1, 2, 4, 8, 16), n_draws: int = 200, seed: int = 0
) -> pd.DataFrame:
    """Variance of the gradient of <Z_0> to the first angle, over angles and features.

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
                    found.append(float(gradient[0]))
            lines.append({"reading": reading, "layers": depth, "variance": np.var(found)})
    return pd.DataFrame(lines)


def main(arguments: list[str] | None = None) -> None:
    """Run what is missing and write the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--datasets", nargs="+", choices=list(DATASETS), default=list(DATASETS))
    parser.add_argument("--studies", nargs="+", default=sorted({a.study for a in all_arms()}))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--image-size", type=int, default=64)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--fidelity", action="store_true", help="the augmenters' table, too")
    options = parser.parse_args(arguments)
    cells = run_cells(
        options.out, options.data_dir, datasets=options.datasets, studies=options.studies,
        seeds=range(options.seeds), image_size=options.image_size, steps=options.steps,
        device=options.device,
    )  # fmt: skip
    by = ["dataset", "test", "study", "arm", "hardware"]
    shown = ["accuracy", "roc_auc", "pr_auc", "macro_f1", "sensitivity", "specificity",
             "balanced_accuracy", "brier", "calibration_error"]  # fmt: skip
    if len(cells):
        table = cells.groupby(by, sort=False)[shown].agg(["mean", "std"])
        table.columns = table.columns.map("_".join)
        table.to_csv(options.out / "summary.csv")
    gradient_variance().to_csv(options.out / "gradient_variance.csv", index=False)
    if options.fidelity:
        weights = options.data_dir / WEIGHTS
        for name in options.datasets:
            data = DATASETS[name](options.data_dir, options.image_size)
            real = data if data.split is None else data.take(data.split != "test")
            known = weights if weights.is_file() else None
            found = fidelity_table(real, known, device=options.device)
            found.to_csv(options.out / f"fidelity_{name.replace(':', '-').replace(' ', '_')}.csv")


if __name__ == "__main__":
    main()
