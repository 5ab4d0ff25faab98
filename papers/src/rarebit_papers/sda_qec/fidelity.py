"""Do synthetic images keep their class's distribution? Frechet distances to unseen real ones."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rarebit._common.threads import one_thread
from rarebit.imaging import (
    ImageAugmenter,
    extract_features,
    feature_extractor,
    frechet_distance,
    own_class_share,
)
from rarebit.imaging.backbones import Backbone
from rarebit.persistence import atomic_write_bytes
from rarebit.statistics import corrected_interval
from rarebit_papers.cells import Cell, Line
from rarebit_papers.sda_qec.arms import (
    AUGMENTED,
    CONTROL,
    DDPM,
    SCHEDULE,
    SIZE,
    Arm,
    make_augmenter,
)
from rarebit_papers.sda_qec.data import WEIGHTS, Grouped, load

REAL = "real images"
# All that makes images, but for those that only make more of them.
AUGMENTERS = [
    Arm(CONTROL),
    *(arm for arm in SCHEDULE if "rho" not in dict(arm.options)),
    *(arm for arm in AUGMENTED if arm.augmenter),
    DDPM,
]
SEEDS = (0, 1, 2)
# Every seed cuts the same images into halves, so that seeds share images: the variance is corrected
# for it (Nadeau and Bengio 2003), with as many images to compare with as the augmenter was given.
TEST_RATIO = 1.0
# On the sheet of examples.
SHOWN = (REAL, "T = 1", "T = 5", "T = 10", "noise", "affine", "mixup", "ddpm")
HOW = (
    "Means over seeds with 95 % intervals, corrected after Nadeau and Bengio: every seed cuts the "
    "same images into the half that is augmented and the half that is compared with."
)
MEASURES = ("frechet_distance", "to_other_class", "own_class_share")


def make_cells(datasets: list[str], data_dir: Path, seeds: int | None, folder: Path) -> list[Cell]:
    """Lay out a cell for every data set, augmenter and seed; nothing is loaded yet.

    The first seed's cells leave an image each in ``folder``, for :func:`examples`.
    """
    reader = lru_cache(maxsize=1)(partial(load, data_dir=data_dir, size=SIZE))
    extractor = lru_cache(maxsize=1)(partial(feature_extractor, data_dir / WEIGHTS))
    return [
        Cell(
            {"dataset": dataset, "augmenter": name, "seed": seed},
            partial(_run, reader, extractor, dataset, name, arm, seed, folder),
        )
        for dataset in datasets
        for seed in SEEDS
        if seeds is None or seed < seeds
        for name, arm in [(REAL, None), *((_name(arm), arm) for arm in AUGMENTERS)]
    ]


def _name(arm: Arm) -> str:
    return "T = 5" if arm.name == CONTROL else arm.name


def _run(
    reader: Callable[[str], Grouped],
    extractor: Callable[[], Backbone],
    dataset: str,
    name: str,
    arm: Arm | None,
    seed: int,
    folder: Path,
) -> list[Line]:
    with one_thread("torch"):
        augmenter = None if arm is None else make_augmenter(arm.augmenter, arm.options, seed)
        line, image = measure(reader(dataset), augmenter, extractor(), seed)
    if seed == SEEDS[0] and name in SHOWN:
        write_example(folder, dataset, name, image)
    return [line]


def write_example(folder: Path, dataset: str, name: str, image: np.ndarray) -> None:
    """Keep an image that an augmenter made."""
    file = io.BytesIO()
    np.save(file, image)
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write_bytes(folder / f"{_file_name(dataset)}_{_file_name(name)}.npy", file.getvalue())


def examples(folder: Path, dataset: str) -> dict[str, np.ndarray]:
    """Read what :func:`write_example` kept of a data set: by the augmenter's name."""
    paths = {name: folder / f"{_file_name(dataset)}_{_file_name(name)}.npy" for name in SHOWN}
    return {name: np.load(path) for name, path in paths.items() if path.exists()}


def _file_name(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "_", text.lower())


def measure(
    data: Grouped, augmenter: ImageAugmenter | None, extractor: Backbone, seed: int
) -> tuple[dict[str, Any], np.ndarray]:
    """Compare synthetic images with real ones that the augmenter has not seen.

    The rare class outside of the test part is cut into halves. The augmenter is given one and makes
    as many images as the other holds, so that all distances are at one number of images.

    Parameters
    ----------
    data : Grouped
        Images.
    augmenter : ImageAugmenter or None
        None compares the first half itself.
    extractor : Backbone
        From images to features.
    seed : int
        Of the halves.

    Returns
    -------
    line : dict
        ``frechet_distance`` to the unseen half, ``to_other_class`` to as many images of the other
        class, and ``own_class_share``: how many have an image of their class as the nearest real
        one, among the unseen half and as many of the other class.
    image : ndarray of shape (h, w)
        What was made of the first image that was seen (the first one where none has a parent).
    """
    rng = np.random.default_rng(seed)
    own, other = (rng.permutation(rows) for rows in training_rows(data))
    n = len(own) // 2
    seen, unseen = own[:n], own[n : 2 * n]
    made, parents = data.images[seen], np.arange(n)
    if augmenter is not None:
        made, parents = make_images(data, seen, other, augmenter)
    features = {
        name: extract_features(images, extractor)
        for name, images in (
            ("made", made), ("unseen", data.images[unseen]), ("others", data.images[other[:n]]),
        )
    }  # fmt: skip
    real = np.concatenate([features["unseen"], features["others"]])
    labels = np.repeat([1, 0], n)
    line = {
        "n": n,
        "frechet_distance": round(frechet_distance(features["unseen"], features["made"]), 4),
        "to_other_class": round(frechet_distance(features["others"], features["made"]), 4),
        "own_class_share": round(
            own_class_share(real, labels, features["made"], np.ones(len(made))), 4
        ),
    }
    return line, made[int(np.argmax(parents == 0))]


def training_rows(data: Grouped) -> tuple[np.ndarray, np.ndarray]:
    """Positions outside of the data's own test part: of the rare class, and of the others."""
    is_rare = data.labels == data.rare
    free = np.full(len(is_rare), True) if data.split is None else data.split != "test"
    return np.flatnonzero(free & is_rare), np.flatnonzero(free & ~is_rare)


def make_images(
    data: Grouped, own: np.ndarray, other: np.ndarray, augmenter: ImageAugmenter
) -> tuple[np.ndarray, np.ndarray]:
    """Make as many images of the rare class as ``own`` has; return them and their parents' places.

    Parents are positions in ``own``, -1 where an image has none.
    """
    n = len(own)
    rows = np.concatenate([own, other])
    augmenter.set_params(rho=min(1.0, 2 * n / len(other)))
    more, _ = augmenter.fit_resample(data.images[rows], data.labels[rows])
    return more[len(rows) :][:n], augmenter.synthetic_["parent"].to_numpy()[:n]


def fidelity_table(lines: pd.DataFrame) -> pd.DataFrame:
    """Average over seeds: one line a data set and augmenter, with corrected 95 % intervals."""
    found = []
    for (dataset, augmenter), group in lines.groupby(["dataset", "augmenter"], sort=False):
        line = {"dataset": dataset, "augmenter": augmenter, "seeds": len(group)}
        line["n"] = int(group["n"].iloc[0])
        for measure_name in MEASURES:
            interval = corrected_interval(group[measure_name].to_numpy(), TEST_RATIO)
            line |= {
                measure_name: interval.estimate,
                f"{measure_name}_low": interval.low,
                f"{measure_name}_high": interval.high,
            }
        found.append(line)
    return pd.DataFrame(found)


def reading(table: pd.DataFrame) -> list[str]:
    """Say how far each kind of image is from the class, set by set."""
    sentences = []
    for dataset, rows in table.groupby("dataset", sort=False):
        by_name = rows.set_index("augmenter")
        distance, share = by_name["frechet_distance"], by_name["own_class_share"]
        told = [
            f"{name} {float(distance[name]):.1f} and {float(share[name]):.2f}"
            for name in SHOWN
            if name in by_name.index
        ]
        sentences.append(
            f"{dataset}: Frechet distance to unseen images of the class, and share whose nearest "
            f"real image is of the class (0.5 by chance): {'; '.join(told)}."
        )
    return sentences
