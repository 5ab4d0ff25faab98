"""The study of the classifier: all arms trained, scored on images they have not seen, compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from rarebit.imaging import Hardware
from rarebit.metrics import score_all
from rarebit.quantum import NoiseModel
from rarebit.running import CellKey, config_hash
from rarebit_papers.request import Outcome, Request, data_folder
from rarebit_papers.sda_qec import arms, fits
from rarebit_papers.sda_qec.arms import CONTROL, EVERY, Arm
from rarebit_papers.sda_qec.comparisons import FEWEST, TEST_RATIO, difference_table, reading
from rarebit_papers.sda_qec.data import WEIGHTS, load, training_and_test
from rarebit_papers.sda_qec.figures import score_figure
from rarebit_papers.studies import Cell, Scores, Study, named
from rarebit_papers.summary import summarise as average

EXACT = "exact"
# What the trained circuit of some arms is run on, besides the exact simulation.
HARDWARE = {
    "depolarizing 0.01": Hardware(NoiseModel(depolarizing=0.01)),
    "depolarizing 0.05": Hardware(NoiseModel(depolarizing=0.05)),
    "amplitude damping 0.05": Hardware(NoiseModel(amplitude_damping=0.05)),
    "100 shots": Hardware(shots=100, random_state=0),
    "1000 shots": Hardware(shots=1000, random_state=0),
}
NOISY = {("main", CONTROL), ("head", "quantum")}  # those arms
SCORES = (
    "balanced_accuracy", "roc_auc", "pr_auc", "macro_f1", "sensitivity", "specificity", "accuracy",
    "brier", "calibration_error",
)  # fmt: skip
KEYS = ["dataset", "study", "arm", "test", "hardware"]
FIGURES = ("main", "head", "augmenter")
HOW = (
    "All arms of a study have the same number of steps, batch size and split, and keep the weights "
    "with the lowest validation loss. Intervals are 95 % over seeds (corrected after Nadeau and "
    "Bengio for BUSI, whose test set differs between seeds); those of scores are clipped to 0 and "
    "1. They are not corrected for the number of comparisons: of 20 comparisons without a true "
    "difference, one would exclude 0 by chance."
)


# ---------------------------------------------------------------- cells


def plan(request: Request) -> list[Cell]:
    """Every arm of every study; ``--seeds`` changes the number of seeds of each."""
    wanted = request.chosen(EVERY)

    def cell(arm: Arm, study: str, dataset: str, seed: int) -> Cell:
        settings = config_hash(asdict(arm) | fits.SETTINGS)
        key = CellKey(dataset, arm.name, "", study, seed, config_hash=settings)
        where = (request.data_dir, request.device)
        return Cell(key, partial(run_arm, arm, study, dataset, seed, *where), module="torch")

    return [
        cell(arm, block.study, dataset, seed)
        for block in arms.PLAN
        for seed in range(request.seeds or block.n_seeds)
        for dataset in block.datasets
        if dataset in wanted
        for arm in block.arms
    ]


def run_arm(
    arm: Arm, study: str, dataset: str, seed: int, data_dir: Path | None, device: str
) -> Scores:
    """Train one arm and score it: on the test images, on a balanced subset, on noisy hardware."""
    folder = data_folder(data_dir)
    data = load(dataset, folder, arm.image_size)
    rest, test = training_and_test(data, seed)
    fit = fits.fit_head if arm.start == "frozen" else fits.fit_network
    trained = fit(arm, data, rest, seed, folder / WEIGHTS, device)
    found: Scores = {"image_size": arm.image_size, "n_train": len(rest), **trained.facts}
    y = data.labels[test]
    subsets = {"original": np.arange(len(test)), "balanced": balanced_subset(y, seed)}
    hardware = HARDWARE if (study, arm.name) in NOISY else {}
    for name, settings in ({EXACT: None} | hardware).items():
        proba = trained.predict(test, settings)
        for subset, rows in subsets.items():
            scores = score_all(y[rows], proba[rows].argmax(axis=1), proba[rows], positive=data.rare)
            found |= named({key: round(value, 6) for key, value in scores.items()}, name, subset)
    return found


def balanced_subset(y: np.ndarray, seed: int) -> np.ndarray:
    """Draw as many positions of each class as the smallest has."""
    rng = np.random.default_rng(seed)
    few = np.bincount(y).min()
    return np.concatenate([rng.permutation(np.flatnonzero(y == c))[:few] for c in np.unique(y)])


# ---------------------------------------------------------------- conclusions


def summarise(lines: pd.DataFrame, request: Request) -> Outcome:
    """Average over seeds, compare the pairs, report what was not run."""
    lines = lines.rename(columns={"protocol": "study"}).sort_values(
        "dataset", kind="stable", key=lambda names: names.map(EVERY.index)
    )
    scores = score_table(lines)
    differences = difference_table(lines[_plain(lines)])
    shown = scores[_plain(scores)]
    figures = {
        f"{study}.png": score_figure(shown[shown["study"] == study], "roc_auc", "ROC-AUC")
        for study in FIGURES
        if study in set(shown["study"])
    }
    return Outcome(
        [HOW, *not_run(lines), *reading(differences)],
        score_pages(scores) | {"Differences": differences},
        {"scores": scores},
        figures,
        {} if request.seeds is None else {"seeds": request.seeds},
    )


def _plain(lines: pd.DataFrame) -> pd.Series:
    """Which lines are of the exact circuit on the original test set."""
    return (lines["hardware"] == EXACT) & (lines["test"] == "original")


def score_table(lines: pd.DataFrame) -> pd.DataFrame:
    """Average every score over seeds, with 95 % intervals clipped to 0 and 1."""
    return average(
        lines, KEYS, SCORES, ratio=TEST_RATIO, first=["steps"], fewest=FEWEST, bounds=(0.0, 1.0)
    )


def page_table(scores: pd.DataFrame, first: Sequence[str]) -> pd.DataFrame:
    """Write scores as text, value and interval in one field."""
    shown = scores[[*first, "seeds"]].reset_index(drop=True)
    for metric in SCORES[:7]:
        ends = zip(*(scores[f"{metric}{end}"] for end in ("", "_low", "_high")), strict=True)
        shown[metric] = [
            f"{value:.3f}" if pd.isna(low) else f"{value:.3f} [{low:.3f}, {high:.3f}]"
            for value, low, high in ends
        ]
    return shown


def score_pages(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Make one table per study, one for both test sets, one for noisy hardware."""
    control = scores[(scores["study"] == "main") & (scores["arm"] == CONTROL)]
    exact, original = control["hardware"] == EXACT, control["test"] == "original"
    return {
        **{
            f"Scores of the study {study}": page_table(rows, ["dataset", "arm"])
            for study, rows in scores[_plain(scores)].groupby("study", sort=False)
        },
        "SDA-QEC on the original and a balanced test set": page_table(
            control[exact], ["dataset", "test"]
        ),
        "SDA-QEC on noisy hardware": page_table(control[original], ["dataset", "hardware"]),
    }


def not_run(lines: pd.DataFrame) -> list[str]:
    """Say which cells of the plan are missing, study by study."""
    keys = ["dataset", "study", "arm", "seed"]
    done = set(lines[keys].itertuples(index=False, name=None))
    whole = [
        (key.dataset, key.protocol, key.classifier, key.seed)
        for key in (cell.key for cell in plan(Request(Path())))
    ]
    missing = pd.DataFrame([cell for cell in whole if cell not in done], columns=keys)
    if missing.empty:
        return [f"All {len(whole)} cells of the plan were run."]
    sentences = [f"{len(whole) - len(missing)} of the {len(whole)} cells of the plan were run."]
    for (study, dataset), rows in missing.groupby(["study", "dataset"], sort=False):
        by_seeds: dict[str, list[str]] = {}
        for arm, seeds in rows.groupby("arm", sort=False)["seed"]:
            by_seeds.setdefault(", ".join(map(str, seeds)), []).append(str(arm))
        each = "; ".join(f"{', '.join(names)} (seeds {seeds})" for seeds, names in by_seeds.items())
        sentences.append(f"Not run in {study} on {dataset}: {each}.")
    return sentences


STUDY = Study("study", "SDA-QEC on public image data", plan, summarise, ("hardware", "test"))
reproduce = STUDY.reproduce
