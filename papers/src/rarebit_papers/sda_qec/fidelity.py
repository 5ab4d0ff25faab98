"""Do synthetic images keep their class's distribution? Frechet distances to unseen real ones."""

from __future__ import annotations

import io
import re
from dataclasses import asdict
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from rarebit.imaging import (
    ImageAugmenter,
    extract_features,
    feature_extractor,
    frechet_distance,
    own_class_share,
)
from rarebit.imaging.backbones import Backbone
from rarebit.persistence import atomic_write_bytes
from rarebit.running import CellKey, config_hash
from rarebit_papers.request import Outcome, Request, data_folder
from rarebit_papers.sda_qec import arms
from rarebit_papers.sda_qec.arms import Arm, make_augmenter
from rarebit_papers.sda_qec.data import WEIGHTS, Grouped, load
from rarebit_papers.sda_qec.figures import sheet
from rarebit_papers.studies import Cell, Scores, Study
from rarebit_papers.summary import summarise as summarise_lines

REAL = "real images"
# All arms that make images, except those that only make more of them.
AUGMENTERS = {
    REAL: None,
    "T = 5": Arm(arms.CONTROL),
    **{arm.name: arm for arm in arms.SCHEDULE if "rho" not in dict(arm.options)},
    **{arm.name: arm for arm in [*arms.AUGMENTED, arms.DDPM] if arm.augmenter},
}
SEEDS = 3
# Every seed cuts the same images into halves, so that seeds share images: the variance is corrected
# for it (Nadeau and Bengio 2003), with as many images to compare with as the augmenter was given.
TEST_RATIO = 1.0
# On the sheet of examples.
SHOWN = (REAL, "T = 1", "T = 5", "T = 10", "noise", "affine", "mixup", "ddpm")
HOW = (
    "Means over seeds with 95 % intervals, corrected after Nadeau and Bengio, since every seed "
    "splits the same images into a half to augment and a half to compare with."
)
MEASURES = ("frechet_distance", "to_other_class", "own_class_share")


def plan(request: Request) -> list[Cell]:
    """Every augmenter on both data sets, and real images beside them, from three seeds.

    The first seed's cells leave an image each in the folder of examples.
    """
    where = (request.data_dir, _examples(request), request.device)
    return [
        Cell(
            CellKey(dataset, name, seed=seed, config_hash=config_hash(asdict(arm) if arm else {})),
            partial(_run, dataset, name, arm, seed, *where),
            module="torch",
        )
        for dataset in request.chosen(arms.CHOSEN)
        for seed in range(request.seeds or SEEDS)
        for name, arm in AUGMENTERS.items()
    ]


_extractor = lru_cache(maxsize=1)(feature_extractor)


def _examples(request: Request) -> Path:
    return request.out / "fidelity" / "examples"


def _run(
    dataset: str, name: str, arm: Arm | None, seed: int, data_dir: Path | None, folder: Path,
    device: str,
) -> Scores:  # fmt: skip
    data = data_folder(data_dir)
    augmenter = None if arm is None else make_augmenter(arm.augmenter, arm.options, seed, device)
    images = load(dataset, data, arms.SIZE)
    scores, example = measure(images, augmenter, _extractor(data / WEIGHTS), seed)
    if seed == 0 and name in SHOWN:
        file = io.BytesIO()
        np.save(file, example)
        folder.mkdir(parents=True, exist_ok=True)
        atomic_write_bytes(folder / _file_name(dataset, name), file.getvalue())
    return scores


def _file_name(dataset: str, name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "_", f"{dataset}_{name}.npy".lower())


def read_examples(folder: Path, dataset: str) -> dict[str, np.ndarray]:
    """Read the images that cells of a data set left, by the augmenter's name."""
    paths = {name: folder / _file_name(dataset, name) for name in SHOWN}
    return {name: np.load(path) for name, path in paths.items() if path.exists()}


def measure(
    data: Grouped, augmenter: ImageAugmenter | None, extractor: Backbone, seed: int
) -> tuple[Scores, np.ndarray]:
    """Compare synthetic images with real ones that the augmenter has not seen.

    The rare class outside the test set is cut into halves. The augmenter is given one and makes
    as many images as the other holds, so that all distances compare equal numbers of images.
    Without an augmenter, the first half itself is compared.

    Returns ``frechet_distance`` to the unseen half, ``to_other_class`` to as many images of the
    other class, and ``own_class_share``: how many have an image of their class as the nearest real
    one, among the unseen half and as many of the other class. Then what was made of the first image
    of the first half, (h, w); the first one where none has a parent.
    """
    rng = np.random.default_rng(seed)
    own, other = (rng.permutation(rows) for rows in training_rows(data))
    n = len(own) // 2
    seen, unseen = own[:n], own[n : 2 * n]
    made, parents = data.images[seen], np.arange(n)
    if augmenter is not None:
        made, parents = make_images(data, seen, other, augmenter)
    of_made, of_unseen, of_others = (
        extract_features(images, extractor)
        for images in (made, data.images[unseen], data.images[other[:n]])
    )
    real, labels = np.concatenate([of_unseen, of_others]), np.repeat([1, 0], n)
    scores = {
        "n": n,
        "frechet_distance": round(frechet_distance(of_unseen, of_made), 4),
        "to_other_class": round(frechet_distance(of_others, of_made), 4),
        "own_class_share": round(own_class_share(real, labels, of_made, np.ones(len(made))), 4),
    }
    return scores, made[int(np.argmax(parents == 0))]


def training_rows(data: Grouped) -> tuple[np.ndarray, np.ndarray]:
    """Positions outside the data's own test set: of the rare class, and of the others."""
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
    """Average over seeds: one line per data set and augmenter, with corrected 95 % intervals."""
    named = lines.rename(columns={"arm": "augmenter"})
    return summarise_lines(named, ["dataset", "augmenter"], MEASURES, ratio=TEST_RATIO, first=["n"])


def summarise(lines: pd.DataFrame, request: Request) -> Outcome:
    """Say how far synthetic images are from real ones, and show some."""
    table = fidelity_table(lines)
    datasets = dict.fromkeys(table["dataset"])
    images = {name: read_examples(_examples(request), name) for name in datasets}
    figures = {"augmenters.png": sheet(images)}
    return Outcome([HOW, *reading(table)], {"Fidelity": table}, figures=figures)


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


STUDY = Study("fidelity", "Fidelity of synthetic images", plan, summarise)
reproduce = STUDY.reproduce
