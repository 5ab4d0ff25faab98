"""Data sets of the QI-SMOTE study: open ones in place of MIMIC-III and MIMIC-IV.

Two classes each, the rare one 1. Some are cut: to a stratified subsample, to a few clinical
columns, or to one rare row per 10 or 20 others, as the source did.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from rarebit.datasets import load_dataset

SEED = 0  # of the subsamples

HEART = ("age", "creatinine_phosphokinase", "ejection_fraction", "platelets", "serum_creatinine",
         "serum_sodium")  # fmt: skip
VITALS = ("age", "scoma", "meanbp", "hrt", "resp", "temp", "wblc", "crea", "sod")
DEMO = ("age", "heart_rate_mean", "sbp_mean", "dbp_mean", "resp_rate_mean", "spo2_mean",
        "temp_c_mean", "gcs_motor_min", "creatinine_max")  # fmt: skip


@dataclass(frozen=True)
class StudySet:
    """A data set as the study uses it."""

    name: str
    source: str  # in the registry; sets of one source are no independent evidence
    columns: tuple[str, ...] = ()  # features kept; empty for all
    rare: tuple[str | int, ...] = ()  # labels of the rare class; empty for that of the registry
    majority: int | None = None  # rows of the other class that are drawn; None for all
    # Rows of the other class per rare one, after the rare class is cut; None for the share of a
    # stratified subsample.
    imbalance: int | None = None

    def load(self, data_dir: Path | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return features (n_rows, n_features), nan where missing, and labels, 1 the rare class."""
        dataset = load_dataset(self.source, data_dir=data_dir)
        frame = dataset.frame[list(self.columns)] if self.columns else dataset.frame
        rare = self.rare or (dataset.classes[dataset.positive or 0],)
        y = pd.Series(dataset.labels).isin(rare).to_numpy(dtype=np.int64)
        rows = self._rows(y)
        return frame.to_numpy(dtype=np.float64)[rows], y[rows]

    def _rows(self, y: np.ndarray) -> np.ndarray:
        """Return the positions of the rows that are used, ascending."""
        common, own = np.flatnonzero(y == 0), np.flatnonzero(y == 1)
        n_common = min(self.majority or len(common), len(common))
        if self.imbalance is None:
            n_rows = round(len(y) * n_common / len(common))
            return _stratified_subsample(y, n_rows)
        rng = np.random.default_rng(SEED)
        parts = [
            rng.permutation(common)[:n_common],
            rng.permutation(own)[: n_common // self.imbalance],
        ]
        return np.sort(np.concatenate(parts))


def _stratified_subsample(y: np.ndarray, n_rows: int) -> np.ndarray:
    """Return positions of about ``n_rows`` rows in class proportions, at least 3 of each class."""
    if n_rows >= len(y):
        return np.arange(len(y))
    rng = np.random.default_rng(SEED)
    chosen = []
    for code, count in enumerate(np.bincount(y)):
        wanted = min(count, max(3, round(n_rows * count / len(y))))
        chosen.append(rng.choice(np.flatnonzero(y == code), size=wanted, replace=False))
    return np.sort(np.concatenate(chosen))


SETS = {
    study_set.name: study_set
    for study_set in (
        StudySet("heart failure", "heart_failure"),
        StudySet("heart failure 10:1", "heart_failure", HEART, imbalance=10),
        StudySet("heart failure 20:1", "heart_failure", HEART, imbalance=20),
        StudySet("SUPPORT2 vitals", "support2_hospdead", VITALS, majority=450),
        StudySet("SUPPORT2 vitals 10:1", "support2_hospdead", VITALS, majority=450, imbalance=10),
        StudySet("SUPPORT2 vitals 20:1", "support2_hospdead", VITALS, majority=450, imbalance=20),
        StudySet("MIMIC-III demo", "mimic3_demo_mortality", DEMO),
        StudySet("ecoli", "ecoli"),
        StudySet("abalone", "abalone", majority=450),
        StudySet("breast cancer", "breast_cancer_rare"),
        StudySet("pen digit 5", "pen_digits", majority=450),
        StudySet("glass headlamps", "glass", rare=("headlamps",)),
        StudySet("red wine, quality 3 or 4", "wine_quality_red", rare=(3, 4), majority=450),
        StudySet("vehicle van", "vehicle", rare=("van",), majority=450),
        StudySet("balance", "balance_scale", rare=("B",)),
    )
}
SOURCES = {name: study_set.source for name, study_set in SETS.items()}
