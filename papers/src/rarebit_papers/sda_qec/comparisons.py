"""What is compared with what: each pair is one question that the study answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rarebit.statistics import corrected_t_test
from rarebit_papers.sda_qec.arms import CONTROL
from rarebit_papers.sda_qec.data import BUSI

# Of the seeds of BUSI each draws its own fifth for testing: training parts overlap, and the
# variance is corrected for it (Nadeau and Bengio 2003). The others have one test part, and their
# intervals are over training alone.
TEST_RATIO = {BUSI: 0.25}
# Two seeds have an interval that says nothing: Student's t at one degree of freedom is 12.7.
FEWEST = 3
METRICS = ("balanced_accuracy", "roc_auc", "pr_auc", "brier")
BACKBONES = ("mobilenet_v2", "resnet18", "densenet121", "vgg16")
HEADS = ("quantum_unentangled", "classical", "linear", "direct")

Named = tuple[str, str]
MAIN: Named = ("main", CONTROL)
# The quantum head on a fixed backbone, with forward diffusion: the control of the studies of parts.
PART: Named = ("head", "quantum")


@dataclass(frozen=True)
class Pair:
    """An arm and what it is compared with, as (study, name), under the question it answers."""

    question: str
    arm: Named
    control: Named


def _pairs(question: str, pairs: Iterable[tuple[Named, Named]]) -> list[Pair]:
    return [Pair(question, arm, control) for arm, control in pairs]


PAIRS = [
    *_pairs("SDA-QEC against a plain backbone", [(MAIN, ("main", name)) for name in BACKBONES]),
    *_pairs(
        "Quantum head against one layer, from scratch",
        [(MAIN, ("main", "mobilenet_v2 + diffusion"))],
    ),
    *_pairs(
        "Forward diffusion against none, from scratch",
        [(("main", f"{name} + diffusion"), ("main", name)) for name in BACKBONES],
    ),
    *_pairs(
        "Forward diffusion against none, fixed backbone",
        [
            (PART, ("augmenter", "none")),
            (("head", "direct"), ("augmenter", "none, direct head")),
        ],
    ),
    *_pairs(
        "Forward diffusion against another augmenter, fixed backbone",
        [(PART, ("augmenter", name)) for name in ("noise", "affine", "mixup", "ddpm")],
    ),
    *_pairs(
        "Quantum head against another head, fixed backbone",
        [(PART, ("head", name)) for name in HEADS],
    ),
    *_pairs(
        "Quantum head against another head, whole network from ImageNet's weights",
        [(("pretrained", "quantum"), ("pretrained", name)) for name in HEADS],
    ),
    *_pairs(
        "Another reading of the circuit against the quantum head, fixed backbone",
        [(("head", name), PART) for name in ("quantum_full", "quantum_compact", "lqer")],
    ),
    *_pairs(
        "Another depth of the circuit against 2 layers, fixed backbone",
        [(("depth", f"{layers} layers"), PART) for layers in (1, 3, 4)],
    ),
    *_pairs(
        "Another schedule against T = 5, beta from 1e-4 to 0.02, rho = 0.7, fixed backbone",
        [
            (("schedule", name), PART)
            for name in (
                "T = 1", "T = 3", "T = 10", "beta_start = 1e-05", "beta_start = 0.001",
                "beta_end = 0.005", "beta_end = 0.05", "rho = 0.4", "rho = 1",
            )
        ],
    ),
    *_pairs(
        "Quantum head against another head, fixed backbone, smaller images",
        [
            (("size", f"quantum, {size} px"), ("size", f"{name}, {size} px"))
            for size in (32, 64)
            for name in ("linear", "direct")
        ],
    ),
]  # fmt: skip


def difference_table(lines: pd.DataFrame) -> pd.DataFrame:
    """Compare the pairs on the data sets and seeds that have both.

    Parameters
    ----------
    lines : DataFrame
        Exact scores on the original test part: one line a cell.

    Returns
    -------
    DataFrame
        ``question``, ``dataset``, ``arm``, ``control``, ``seeds`` and, for each metric, the mean
        difference (arm less control) and, from three seeds on, its 95 % interval.
    """
    by_arm = {
        (str(study), str(arm)): rows.set_index(["dataset", "seed"])[list(METRICS)]
        for (study, arm), rows in lines.groupby(["study", "arm"])
    }
    found: list[dict[str, Any]] = []
    for pair in PAIRS:
        if pair.arm not in by_arm or pair.control not in by_arm:
            continue
        change = (by_arm[pair.arm] - by_arm[pair.control]).dropna()
        for dataset in dict.fromkeys(lines["dataset"]):
            values = change[change.index.get_level_values("dataset") == dataset]
            if values.empty:
                continue
            line = {
                "question": pair.question,
                "dataset": dataset,
                "arm": _shown(pair.arm),
                "control": _shown(pair.control),
                "seeds": len(values),
            }
            for metric in METRICS:
                test = corrected_t_test(values[metric].to_numpy(), TEST_RATIO.get(dataset, 0.0))
                low, high = (test.low, test.high) if len(values) >= FEWEST else (np.nan, np.nan)
                line |= {metric: test.difference, f"{metric}_low": low, f"{metric}_high": high}
            found.append(line)
    return pd.DataFrame(found)


def _shown(arm: Named) -> str:
    study, name = arm
    return name if study in ("main", "size") else f"{study}: {name}"


def reading(table: pd.DataFrame) -> list[str]:
    """Say what the differences of each question come to, in one sentence each."""
    sentences = []
    for question, pairs in table.groupby("question", sort=False):
        parts = []
        for metric, name in (("roc_auc", "ROC-AUC"), ("balanced_accuracy", "balanced accuracy")):
            above = int((pairs[f"{metric}_low"] > 0).sum())
            below = int((pairs[f"{metric}_high"] < 0).sum())
            parts.append(
                f"{name} {pairs[metric].mean():+.3f} on average (interval above 0: {above}, below "
                f"0: {below}, none for want of seeds: {int(pairs[f'{metric}_low'].isna().sum())})"
            )
        sentences.append(f"{question}, {len(pairs)} pairs: {'; '.join(parts)}.")
    return sentences
