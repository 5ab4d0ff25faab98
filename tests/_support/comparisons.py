"""A small table, and comparisons of it that are quick."""

import numpy as np
import pandas as pd

from rarebit.evaluation import Protocol

ONCE = Protocol(n_folds=3, n_configs=1)
FAST = {"models": ["logistic_regression"], "preset": "quick", "protocol": ONCE}
ONE = {**FAST, "treatments": ["untouched"]}
TIMES = ["fit_seconds", "predict_seconds", "peak_mib"]


def make_table(n_rows=150, seed=0, share=0.2):
    rng = np.random.default_rng(seed)
    y = (rng.uniform(size=n_rows) < share).astype(int)
    X = pd.DataFrame({"a": rng.normal(size=n_rows) + 1.5 * y, "b": rng.normal(size=n_rows)})
    return X, y


def without_times(comparison):
    return comparison.ranking.drop(columns=TIMES, errors="ignore")
