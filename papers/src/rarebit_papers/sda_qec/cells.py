"""One cell: an arm trained on a data set from a seed, scored on images it has not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from rarebit._common.threads import one_thread
from rarebit.imaging import Hardware
from rarebit.metrics import score_all
from rarebit.quantum.noise import NoiseModel
from rarebit_papers.cells import Cell, Line
from rarebit_papers.sda_qec.arms import CONTROL, Arm
from rarebit_papers.sda_qec.data import WEIGHTS, Grouped, load, training_and_test
from rarebit_papers.sda_qec.fits import fit_head, fit_network

EXACT = "exact"
# What the trained circuit of some arms is run on, besides the exact simulation.
HARDWARE = {
    "depolarizing 0.01": Hardware(NoiseModel(depolarizing=0.01)),
    "depolarizing 0.05": Hardware(NoiseModel(depolarizing=0.05)),
    "amplitude damping 0.05": Hardware(NoiseModel(amplitude_damping=0.05)),
    "100 shots": Hardware(shots=100, random_state=0),
    "1000 shots": Hardware(shots=1000, random_state=0),
}
# The arms that are.
NOISY = {("main", CONTROL), ("head", "quantum")}


def make_cells(
    plan: Iterable[tuple[str, str, Arm, int]], data_dir: Path, device: str = "cpu"
) -> list[Cell]:
    """Lay out cells; nothing is loaded yet.

    Parameters
    ----------
    plan : iterable of (data set, study, arm, seed)
        What :func:`rarebit_papers.sda_qec.plan.planned` returned.
    data_dir : Path
        Folder with ``images/`` and ``weights/``.
    device : str
        Where to train.

    Returns
    -------
    list of Cell
    """
    reader = lru_cache(maxsize=4)(partial(load, data_dir=data_dir))
    return [
        Cell(
            {"dataset": dataset, "study": study, "arm": arm.name, "seed": seed},
            partial(_run, reader, dataset, study, arm, seed, data_dir / WEIGHTS, device),
        )
        for dataset, study, arm, seed in plan
    ]


def _run(
    reader: Callable[..., Grouped],
    dataset: str,
    study: str,
    arm: Arm,
    seed: int,
    weights: Path,
    device: str,
) -> list[Line]:
    hardware = HARDWARE if (study, arm.name) in NOISY else {}
    with one_thread("torch"):
        data = reader(dataset, size=arm.image_size)
        return train_and_score(arm, data, seed, weights, hardware, device)


def train_and_score(
    arm: Arm,
    data: Grouped,
    seed: int,
    weights: Path,
    hardware: dict[str, Hardware],
    device: str = "cpu",
) -> list[Line]:
    """Train one arm and score it: on the test images, on a balanced part, on noisy hardware."""
    rest, test = training_and_test(data, seed)
    fit = fit_head if arm.start == "frozen" else fit_network
    trained = fit(arm, data, rest, seed, weights, device)
    common = {"image_size": arm.image_size, "n_train": len(rest), **trained.facts}
    y = data.labels[test]
    parts = {"original": np.arange(len(test)), "balanced": balanced_part(y, seed)}
    lines: list[Line] = []
    for name, settings in ({EXACT: None} | hardware).items():
        proba = trained.predict(test, settings)
        for part, rows in parts.items():
            scores = score_all(y[rows], proba[rows].argmax(axis=1), proba[rows], positive=data.rare)
            rounded = {metric: round(score, 6) for metric, score in scores.items()}
            lines.append({"hardware": name, "test": part, **common, **rounded})
    return lines


def balanced_part(y: np.ndarray, seed: int) -> np.ndarray:
    """Positions of as many images of each class as the smallest has.

    Examples
    --------
    >>> y = np.array([0, 0, 0, 1, 1])
    >>> np.bincount(y[balanced_part(y, seed=0)]).tolist()
    [2, 2]
    """
    rng = np.random.default_rng(seed)
    few = np.bincount(y).min()
    return np.concatenate([rng.permutation(np.flatnonzero(y == c))[:few] for c in np.unique(y)])
