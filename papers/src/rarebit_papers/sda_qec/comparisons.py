"""What is compared with what: each pair answers one question of the study."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rarebit_papers.sda_qec.arms import CONTROL, SCHEDULE
from rarebit_papers.sda_qec.data import BUSI
from rarebit_papers.summary import paired_tests

# Each seed of BUSI draws its own fifth for testing: training sets overlap, and the variance is
# corrected for it (Nadeau and Bengio 2003). The others have one test set, and their intervals are
# over training alone.
TEST_RATIO = {BUSI: 0.25}
# The interval of two seeds is useless: Student's t at one degree of freedom is 12.7.
FEWEST = 3
METRICS = ("balanced_accuracy", "roc_auc", "pr_auc", "brier")
BACKBONES = ("mobilenet_v2", "resnet18", "densenet121", "vgg16")
HEADS = ("quantum_unentangled", "classical", "linear", "direct")

Named = tuple[str, str]
MAIN: Named = ("main", CONTROL)
# The quantum head on a fixed backbone, with forward diffusion: the control of the studies of parts.
PART: Named = ("head", "quantum")


# Question -> arms and what each is compared with, as (study, arm).
PAIRS: dict[str, list[tuple[Named, Named]]] = {
    "SDA-QEC against a plain backbone": [(MAIN, ("main", name)) for name in BACKBONES],
    "Quantum head against one layer, from scratch": [(MAIN, ("main", "mobilenet_v2 + diffusion"))],
    "Forward diffusion against none, from scratch": [
        (("main", f"{name} + diffusion"), ("main", name)) for name in BACKBONES
    ],
    "Forward diffusion against none, fixed backbone": [
        (PART, ("augmenter", "none")),
        (("head", "direct"), ("augmenter", "none, direct head")),
    ],
    "Forward diffusion against another augmenter, fixed backbone": [
        (PART, ("augmenter", name)) for name in ("noise", "affine", "mixup", "ddpm")
    ],
    "Quantum head against another head, fixed backbone": [(PART, ("head", name)) for name in HEADS],
    "Quantum head against another head, whole network from ImageNet's weights": [
        (("pretrained", "quantum"), ("pretrained", name)) for name in HEADS
    ],
    "Another read-out of the circuit against the quantum head, fixed backbone": [
        (("head", name), PART) for name in ("quantum_full", "quantum_compact", "lqer")
    ],
    "Another depth of the circuit against 2 layers, fixed backbone": [
        (("depth", f"{layers} layers"), PART) for layers in (1, 3, 4)
    ],
    "Another schedule against T = 5, beta from 1e-4 to 0.02, rho = 0.7, fixed backbone": [
        (("schedule", arm.name), PART) for arm in SCHEDULE
    ],
    "Quantum head against another head, fixed backbone, smaller images": [
        (("size", f"quantum, {size} px"), ("size", f"{name}, {size} px"))
        for size in (32, 64)
        for name in ("linear", "direct")
    ],
}


def difference_table(lines: pd.DataFrame) -> pd.DataFrame:
    """Compare the pairs on the data sets and seeds that have both: one line per pair and data set.

    ``question``, ``dataset``, ``arm``, ``control``, ``seeds`` and, for each metric, the mean
    difference (arm less control) and, from three seeds on, its 95 % interval.
    """
    both = pd.Series(list(zip(lines["study"], lines["arm"], strict=True)), lines.index)
    questions = {pair: question for question, pairs in PAIRS.items() for pair in pairs}
    found = []
    for pair, (dataset,), n, tests in paired_tests(
        lines.assign(arm=both), questions, by=["dataset"], over=["seed"], metrics=METRICS,
        ratio=TEST_RATIO,
    ):  # fmt: skip
        line: dict[str, Any] = {"question": questions[pair], "dataset": dataset}
        line |= {"arm": _shown(pair[0]), "control": _shown(pair[1]), "seeds": n}
        for metric, test in tests.items():
            low, high = (test.low, test.high) if n >= FEWEST else (np.nan, np.nan)
            line |= {metric: test.difference, f"{metric}_low": low, f"{metric}_high": high}
        found.append(line)
    return pd.DataFrame(found)


def _shown(arm: Named) -> str:
    study, name = arm
    return name if study in ("main", "size") else f"{study}: {name}"


def reading(table: pd.DataFrame) -> list[str]:
    """Answer each question in one sentence."""
    sentences = []
    for question, pairs in table.groupby("question", sort=False):
        parts = []
        for metric, name in (("roc_auc", "ROC-AUC"), ("balanced_accuracy", "balanced accuracy")):
            above = int((pairs[f"{metric}_low"] > 0).sum())
            below = int((pairs[f"{metric}_high"] < 0).sum())
            parts.append(
                f"{name} {pairs[metric].mean():+.3f} on average (interval above 0: {above}, below "
                f"0: {below}, too few seeds: {int(pairs[f'{metric}_low'].isna().sum())})"
            )
        sentences.append(f"{question}, {len(pairs)} pairs: {'; '.join(parts)}.")
    return sentences
